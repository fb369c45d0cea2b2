"""Reading one row of somebody's product list: what it says, what will not do, and what was left out."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.rules.labels import is_typed
from app.rules.money import ZERO, round_money
from app.rules.typed_numbers import read_number

NAMES_OF: Final[dict[str, tuple[str, ...]]] = {
    "sku": (
        "sku",
        "part_number",
        "part_no",
        "teilenummer",
        "source_id",
        "code",
        "article",
        "article_number",
        "item_no",
        "id",
        "artikelnummer",
        "nummer",
    ),
    "name": ("name", "product", "title", "description", "bezeichnung", "artikel"),
    "category": ("category", "group", "kategorie", "warengruppe"),
    "manufacturer": ("manufacturer", "maker", "brand", "hersteller", "marke"),
    "day_rate": ("day_rate", "rate", "price", "daily_rate", "rental_price", "tagespreis", "mietpreis"),
    "week_rate": ("week_rate", "weekly_rate", "wochenpreis"),
    "replacement_value": ("replacement_value", "value", "new_price", "neuwert"),
    "quantity": ("quantity", "qty", "qty_total", "stock", "count", "anzahl", "menge", "bestand"),
    "unit_cost": ("unit_cost", "cost", "purchase_price", "einkaufspreis"),
    "location": ("location", "place", "shelf", "bin", "lagerort", "lagerplatz"),
    "barcode": ("barcode", "gtin", "ean", "upc"),
    "tracking": ("tracking", "tracked"),
    "unit": ("unit", "uom", "einheit"),
    "reorder_level": ("reorder_level", "reorder_point", "minimum", "min", "meldebestand", "mindestbestand"),
    "order_up_to": ("order_up_to", "order_up_to_level", "maximum", "max", "sollbestand", "höchstbestand"),
    "lead_days": ("lead_days", "lead_time", "lead_time_days", "lieferzeit"),
    "weight_kg": ("weight_kg", "weight", "gewicht"),
    "length_mm": ("length_mm", "length", "laenge", "länge"),
    "width_mm": ("width_mm", "width", "breite"),
    "height_mm": ("height_mm", "height", "hoehe", "höhe"),
    "power_w": ("power_w", "power", "watt", "leistung"),
    "currency": ("currency", "waehrung", "währung"),
    "rate_unit": ("rate_unit", "per"),
    "source": ("source", "quelle"),
    "notes": ("notes", "remarks", "bemerkung"),
}
"""What the columns of other systems are called, the likeliest first."""

LABELS: Final[dict[str, str]] = {
    "sku": "Code (SKU)", "name": "Name", "category": "Category", "manufacturer": "Manufacturer",
    "day_rate": "Day rate", "week_rate": "Week rate", "replacement_value": "Replacement value",
    "quantity": "Quantity", "unit_cost": "Unit cost", "location": "Location", "barcode": "Barcode",
    "tracking": "Tracked", "unit": "Unit", "reorder_level": "Reorder level", "order_up_to": "Order up to",
    "lead_days": "Lead time (days)", "weight_kg": "Weight (kg)", "length_mm": "Length (mm)",
    "width_mm": "Width (mm)", "height_mm": "Height (mm)", "power_w": "Power (W)", "currency": "Currency",
    "rate_unit": "Rate is per", "source": "Source", "notes": "Notes",
}  # fmt: skip

TEXTS: Final = ("sku", "name", "category", "manufacturer", "location", "barcode", "unit", "source", "notes")
AMOUNTS: Final = ("day_rate", "week_rate", "replacement_value")
COUNTS: Final = ("quantity", "reorder_level", "order_up_to")
TRACKED: Final[dict[str, tuple[str, ...]]] = {
    "serialized": ("serialized", "serialised", "asset", "assets", "single", "piece by piece", "serial"),
    "bulk": ("bulk", "counted", "by count", "count"),
    "consumable": ("consumable", "consumables", "used up", "verbrauch", "expendable"),
}
"""How a product is followed, and what other systems call it."""
USED_UP: Final = "consumable"
"""What is ordered again and has no rate is not rented out: it is used up, unless the row says otherwise."""
MEASURES: Final = ("length_mm", "width_mm", "height_mm")
CODED: Final = ("sku", "name", "barcode")
PER_DAY: Final = ("", "day", "days", "d", "tag", "per day", "24h")
INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
LONGEST_TEXT: Final = 200
LEAST_MM: Final = Decimal(10)
"""Below this a size with a fraction is a mix-up of units: 1.87 stands for metres, not millimetres."""
MOST_PIECES: Final = 1_000_000
MOST_WORTH: Final = Decimal(10_000_000)
NOT_STOCK: Final = (
    "crew",
    "personal",
    "personnel",
    "staff",
    "technician",
    "techniker",
    "transport",
    "delivery",
    "labour",
    "labor",
    "dienstleistung",
)
CONSUMED: Final = ("consumable", "consumables", "verbrauchsmaterial", "expendables")


@dataclass(frozen=True)
class RowRead:
    """A row as understood. Errors keep it out; notes say what was left out or guessed."""

    values: dict[str, Any]
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def propose_columns(headers: Iterable[str]) -> dict[str, str]:
    """For each field the column that seems to hold it, by its name."""
    by_key = {column_key(header): header for header in reversed(list(headers))}
    found = {
        field: next((by_key[name] for name in names if name in by_key), "")
        for field, names in NAMES_OF.items()
    }
    return {field: header for field, header in found.items() if header}


def column_key(header: str) -> str:
    """How column names are compared."""
    return re.sub(r"[^\w]+", "_", clean_text(header).casefold()).strip("_")


def clean_text(text: str) -> str:
    """Text without what cannot be seen: soft hyphens, zero-width marks, control characters, double blanks."""
    if is_typed(text):
        return " ".join(text.split())
    shown = "".join(
        " " if unicodedata.category(letter) == "Cc" else letter for letter in INVISIBLE.sub("", text)
    )
    return unicodedata.normalize("NFC", " ".join(shown.split()))


def read_row(cells: Mapping[str, str], columns: Mapping[str, str], currency: str) -> RowRead:
    """What a row says, field by field; an empty cell says nothing."""
    given = {field: clean_text(cells.get(header, "")) for field, header in columns.items()}
    errors: list[str] = []
    notes: list[str] = []
    values: dict[str, Any] = {field: given[field] for field in TEXTS if given.get(field)}
    for field, read in READERS.items():
        if text := given.get(field):
            try:
                values[field] = read(text)
            except ValueError as error:
                errors.append(f"{LABELS[field]} “{text}”: {error}")
    drop_doubtful(values, notes)
    values.setdefault("sku", code_from(values.get("name", "")))
    if "reorder_level" in values and not values.get("day_rate"):
        values.setdefault("tracking", USED_UP)
    errors += missing(values) + foreign(given, currency) + unending(values)
    if "day_rate" in columns and not values.get("day_rate") and not errors:
        notes.append("No day rate.")
    return RowRead(values, tuple(errors), tuple(notes))


def codes_of(cells: Mapping[str, str], columns: Mapping[str, str]) -> Iterator[str]:
    """The codes that a row names: its product's own, as read_row() gives it, and its barcode."""
    sku, name, barcode = (clean_text(cells.get(columns.get(field, ""), "")) for field in CODED)
    if code := sku or code_from(name):
        yield code
    if barcode:
        yield barcode


def code_from(name: str) -> str:
    """A code for a row that has none, the same every time, so that the file can be imported again."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", "-", plain.upper()).strip("-")[:40]


def missing(values: Mapping[str, Any]) -> list[str]:
    """What a product cannot be without."""
    errors = [] if values.get("name") else ["The name is missing."]
    if values.get("name") and not values.get("sku"):
        errors.append("The code is missing.")
    for field in ("name", "sku", "category", "manufacturer", "unit", "barcode"):
        if len(values.get(field, "")) > LONGEST_TEXT:
            errors.append(f"{LABELS[field]} is longer than {LONGEST_TEXT} characters.")
    return errors


def unending(values: Mapping[str, Any]) -> list[str]:
    """Levels that contradict each other: a delivery would leave the product below its level."""
    level, up_to = values.get("reorder_level"), values.get("order_up_to")
    if level is None or up_to is None or up_to >= level:
        return []
    return [f"Ordering up to {up_to} would leave it below its reorder level of {level}."]


def foreign(given: Mapping[str, str], currency: str) -> list[str]:
    """Amounts that are not ours: another currency, or a rate that is not for a day."""
    errors = []
    if (theirs := given.get("currency", "")) and theirs.upper() != currency.upper():
        errors.append(f"The amounts are in {theirs}, not in {currency}.")
    if (unit := given.get("rate_unit", "")).casefold() not in PER_DAY:
        errors.append(f"The rate is per {unit}, not per day.")
    return errors


def drop_doubtful(values: dict[str, Any], notes: list[str]) -> None:
    """Leave sizes out that cannot be millimetres; round the others to whole ones."""
    for field in MEASURES:
        size = values.pop(field, None)
        if size is None or size == 0:
            continue
        if size < LEAST_MM and size != size.to_integral_value():
            notes.append(f"{LABELS[field]} {size} is not believable and was left out.")
        else:
            values[field] = int(round_money(size, 0))
    for field in ("weight_kg", "power_w"):
        if values.get(field) == 0:
            del values[field]


def amount(text: str) -> Decimal:
    """An amount of money, not below zero."""
    return round_money(within(read_number(text), MOST_WORTH))


def cost(text: str) -> Decimal:
    """What one piece costs, to the hundredth of a cent: a screw costs less than one."""
    return round_money(within(read_number(text), MOST_WORTH), 4)


def tracked(text: str) -> str:
    """How a product is followed, in our word for it."""
    words = text.casefold()
    found = next((ours for ours, theirs in TRACKED.items() if words in theirs), None)
    if found is None:
        raise ValueError("Write serialized, bulk or consumable.")
    return found


def days(text: str) -> int:
    """Days until a delivery: a year at most."""
    counted = pieces(text)
    if counted > 365:
        raise ValueError("A lead time is a year at most.")
    return counted


def measure(text: str) -> Decimal:
    """A size or weight, not below zero."""
    return within(read_number(text), Decimal(MOST_PIECES))


def weight(text: str) -> Decimal:
    """Kilograms to the gram."""
    return round_money(measure(text), 3)


def pieces(text: str) -> int:
    """A count: a whole number, not below zero."""
    counted = within(read_number(text), Decimal(MOST_PIECES))
    if counted != counted.to_integral_value():
        raise ValueError("A quantity is a whole number.")
    return int(counted)


def within(value: Decimal, most: Decimal) -> Decimal:
    """The value itself. Raises ValueError below zero and beyond belief."""
    if value < ZERO:
        raise ValueError("This cannot be below zero.")
    if value > most:
        raise ValueError("This is too large.")
    return value


READERS: Final[dict[str, Callable[[str], Any]]] = {
    **dict.fromkeys(AMOUNTS, amount),
    **dict.fromkeys(MEASURES, measure),
    "weight_kg": weight,
    "power_w": lambda text: int(round_money(measure(text), 0)),
    **dict.fromkeys(COUNTS, pieces),
    "unit_cost": cost,
    "lead_days": days,
    "tracking": tracked,
}


def is_not_stock(category: str) -> bool:
    """True for categories of people and transport, which are no things to keep on a shelf."""
    return bool(set(re.split(r"[^\w]+", category.casefold())) & set(NOT_STOCK))


def is_consumed(category: str) -> bool:
    """True for categories of things that do not come back."""
    return bool(set(re.split(r"[^\w]+", category.casefold())) & set(CONSUMED))
