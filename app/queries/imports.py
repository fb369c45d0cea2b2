"""What an import would do: each row of a file beside what is known, with nothing written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.extensions import db
from app.models import (
    Category,
    Code,
    ImportRun,
    Location,
    LocationKind,
    Organization,
    Product,
    StockTransaction,
    StoredFile,
    Tracking,
)
from app.models.base import plain_text
from app.queries.paging import Page
from app.rules.catalogue_rows import LABELS, RowRead, is_consumed, is_not_stock, read_row
from app.rules.codes import code_key
from app.rules.typed_numbers import read_number
from app.scope import current_organization_id

COMPARED = (
    "name", "category", "manufacturer", "day_rate", "week_rate", "replacement_value", "weight_kg",
    "length_mm", "width_mm", "height_mm", "power_w", "unit", "reorder_level", "order_up_to", "lead_days",
    "source", "notes",
)  # fmt: skip
CHUNK = 900
"""Ids in one question: well below what either database takes."""


class RowVerdict(StrEnum):
    """What becomes of a row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left_out"
    ERROR = "error"


@dataclass(frozen=True)
class ImportRules:
    """How a file is read: which column holds what, and how its products are to be tracked.

    A product that costs at least `serialized_rate` a day, and of which there are at most
    `serialized_most`, is followed asset by asset; a rate of None follows none that way.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    serialized_rate: Decimal | None = Decimal(20)
    serialized_most: int = 40
    leaves_out_people: bool = True

    def as_json(self) -> dict[str, Any]:
        """The rules as an import run keeps them."""
        rate = None if self.serialized_rate is None else str(self.serialized_rate)
        return {
            "columns": dict(self.columns), "serialized_rate": rate, "serialized_most": self.serialized_most,
            "leaves_out_people": self.leaves_out_people,
        }  # fmt: skip

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ImportRules":
        """The rules that an import run kept."""
        rate = kept["serialized_rate"]
        return cls(
            kept["columns"],
            None if rate is None else read_number(rate),
            kept["serialized_most"],
            kept["leaves_out_people"],
        )

    def tracking(self, values: Mapping[str, Any]) -> Tracking:
        """How a new product of these values is followed: as the row says, else as it looks."""
        if said := values.get("tracking"):
            return Tracking(said)
        if is_consumed(values.get("category", "")):
            return Tracking.CONSUMABLE
        dear = self.serialized_rate is not None and values.get("day_rate", 0) >= self.serialized_rate
        return (
            Tracking.SERIALIZED
            if dear and values.get("quantity", 0) <= self.serialized_most
            else Tracking.BULK
        )


class Change(NamedTuple):
    """One field that an update changes."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RowPlan:
    """What is to become of one row, with the reasons a person should know."""

    line: int
    verdict: RowVerdict
    values: Mapping[str, Any]
    tracking: Tracking | None = None
    opening: int = 0
    product_id: int | None = None
    changes: Sequence[Change] = ()
    reasons: Sequence[str] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    location_id: int | None = None
    """Where its opening stock goes; where the others go, when the row says nothing."""
    new_barcode: str = ""


class Known(NamedTuple):
    """What is known of a product that the file may name."""

    id: int
    tracking: Tracking
    is_package: bool
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Knowledge:
    """All that rows are compared with, loaded at once."""

    currency: str
    products: Mapping[str, Known]
    codes: Mapping[str, int | None]
    moved: frozenset[int]
    places: Mapping[str, int]


def plan_import(
    rows: Iterable[tuple[int, Mapping[str, str]]], rules: ImportRules, *, has_place: bool
) -> list[RowPlan]:
    """What each row would do. `has_place` says whether quantities have somewhere to go."""
    currency = organization_currency()
    understood = [(line, cells, read_row(cells, rules.columns, currency)) for line, cells in rows]
    named = [row.values.get(name, "") for _, _, row in understood for name in ("sku", "barcode")]
    known = knowledge(currency, named)
    first_lines: dict[str, int] = {}
    return [
        plan_row(line, cells, row, rules, known, first_lines, has_place=has_place)
        for line, cells, row in understood
    ]


def plan_row(
    line: int,
    cells: Mapping[str, str],
    row: RowRead,
    rules: ImportRules,
    known: Knowledge,
    first_lines: dict[str, int],
    *,
    has_place: bool,
) -> RowPlan:
    """What one row would do. `first_lines` remembers which codes stood in the file before."""
    key = code_key(row.values.get("sku", ""))
    product = known.products.get(key)
    errors = [
        *row.errors,
        *clashes(key, product, known, first_lines),
        *barcode_clashes(row.values.get("barcode", ""), product, known, first_lines),
        *unknown_place(row.values.get("location", ""), known),
    ]
    for code in (key, code_key(row.values.get("barcode", ""))):
        first_lines.setdefault(code, line)
    if errors:
        return RowPlan(line, RowVerdict.ERROR, row.values, reasons=[*errors, *row.notes], cells=cells)
    if rules.leaves_out_people and is_not_stock(row.values.get("category", "")):
        reason = f"{row.values['category']}: people and transport are not kept on a shelf."
        return RowPlan(line, RowVerdict.LEFT_OUT, row.values, reasons=[reason], cells=cells)
    place_id = known.places.get(plain_text(row.values.get("location", "")))
    has_place = has_place or place_id is not None
    if product is None:
        tracking = rules.tracking(row.values)
        opening = row.values.get("quantity", 0) if has_place else 0
        plan = RowPlan(line, RowVerdict.CREATE, row.values, tracking, opening, reasons=row.notes, cells=cells)
    else:
        plan = plan_known(line, cells, row, product, known, has_place=has_place)
    return replace(plan, location_id=place_id, new_barcode=new_barcode(row.values, known))


def clashes(key: str, product: Known | None, known: Knowledge, first_lines: Mapping[str, int]) -> list[str]:
    """Codes that stand in the file twice, or name something else already."""
    if not key:
        return []
    if key in first_lines:
        return [f"The same code stands in line {first_lines[key]}."]
    if product is None and key in known.codes:
        return ["This code names something else already."]
    return []


def barcode_clashes(
    barcode: str, product: Known | None, known: Knowledge, first_lines: Mapping[str, int]
) -> list[str]:
    """A barcode that stands in the file twice, or names something else."""
    key = code_key(barcode)
    if not key or (key in known.codes and product is not None and known.codes[key] == product.id):
        return []
    if key in first_lines:
        return [f"The same barcode stands in line {first_lines[key]}."]
    return [f"The barcode {barcode} names something else already."] if key in known.codes else []


def unknown_place(location: str, known: Knowledge) -> list[str]:
    """A place that we do not have."""
    is_known = not location or plain_text(location) in known.places
    return [] if is_known else [f"There is no location with the code or name {location}."]


def new_barcode(values: Mapping[str, Any], known: Knowledge) -> str:
    """The barcode of a row, when it is not known yet."""
    barcode: str = values.get("barcode", "")
    return "" if code_key(barcode) in known.codes else barcode


def plan_known(
    line: int, cells: Mapping[str, str], row: RowRead, product: Known, known: Knowledge, *, has_place: bool
) -> RowPlan:
    """A row whose product exists: what it would change. Stock that was moved is never touched again."""
    changes = [
        Change(LABELS[name], product.values[name], row.values[name])
        for name in COMPARED
        if name in row.values and differs(name, row.values[name], product.values[name])
    ]
    can_open = has_place and product.id not in known.moved and not product.is_package
    opening = row.values.get("quantity", 0) if can_open else 0
    if opening:
        changes.append(Change(LABELS["quantity"], 0, opening))
    if barcode := new_barcode(row.values, known):
        changes.append(Change(LABELS["barcode"], "", barcode))
    verdict = RowVerdict.UPDATE if changes else RowVerdict.UNCHANGED
    return RowPlan(
        line, verdict, row.values, product.tracking, opening, product.id, changes, row.notes, cells
    )


def differs(name: str, given: Any, known: Any) -> bool:
    """True when a row says something new; categories are the same whatever their letter case."""
    if name == "category":
        return bool(given.casefold() != known.casefold())
    return bool(given != known)


def organization_currency() -> str:
    """The currency of our own amounts."""
    query = select(Organization.currency).where(Organization.id == current_organization_id())
    return db.session.scalars(query).one()


def knowledge(currency: str, skus: Sequence[str]) -> Knowledge:
    """What is known of these codes: three questions for each few hundred."""
    keys = sorted({code_key(sku) for sku in skus if sku})
    codes: dict[str, int | None] = {}
    for part in chunks(keys):
        query = select(Code.code_key, Code.product_id).where(Code.code_key.in_(part))
        codes |= {row.code_key: row.product_id for row in db.session.execute(query)}
    products = known_products([product_id for product_id in codes.values() if product_id is not None])
    moved = moved_products([product.id for product in products.values()])
    return Knowledge(currency, products, codes, moved, places_by_name())


def places_by_name() -> dict[str, int]:
    """Places by code and by name, as both are compared; a code wins, and of equal names the first."""
    query = select(Location.id, Location.code, Location.name).where(
        Location.archived_at.is_(None), Location.kind != LocationKind.EVENT_SITE
    )
    rows = db.session.execute(query.order_by(Location.id.desc())).all()
    by_name = {plain_text(row.name): row.id for row in rows}
    return by_name | {plain_text(row.code): row.id for row in rows}


def known_products(ids: Sequence[int]) -> dict[str, Known]:
    """Products by the key of their own code, with the values that a file may change."""
    columns = [getattr(Product, name) for name in COMPARED if name != "category"]
    found: dict[str, Known] = {}
    for part in chunks(sorted(ids)):
        query = (
            select(
                Product.id,
                Product.sku,
                Product.tracking,
                Product.is_package,
                Category.name.label("category"),
                *columns,
            )
            .outerjoin(Category, Category.id == Product.category_id)
            .where(Product.id.in_(part))
        )
        for row in db.session.execute(query).mappings():
            values = {name: row[name] for name in COMPARED} | {"category": row["category"] or ""}
            found[code_key(row["sku"])] = Known(row["id"], row["tracking"], row["is_package"], values)
    return found


def moved_products(ids: Sequence[int]) -> frozenset[int]:
    """Which of these the ledger knows: they have their opening stock."""
    moved: set[int] = set()
    for part in chunks(sorted(ids)):
        query = select(StockTransaction.product_id).where(StockTransaction.product_id.in_(part)).distinct()
        moved.update(db.session.scalars(query))
    return frozenset(moved)


def chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The values, some hundreds at a time."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def tally(plans: Iterable[RowPlan]) -> dict[str, int]:
    """How many rows get which verdict, and the pieces that come into stock."""
    plans = list(plans)
    counted = Counter(str(plan.verdict) for plan in plans)
    opening = sum(plan.opening for plan in plans)
    assets = sum(plan.opening for plan in plans if plan.tracking is Tracking.SERIALIZED)
    counts = {str(verdict): counted[str(verdict)] for verdict in RowVerdict}
    return counts | {"rows": len(plans), "pieces": opening, "assets": assets}


def page_of_plans(plans: Sequence[RowPlan], verdict: str, page: int, per_page: int = 50) -> Page[RowPlan]:
    """One page of the rows with a verdict, or of all."""
    chosen = [plan for plan in plans if verdict in ("", str(plan.verdict))]
    page = min(max(page, 1), max(1, -(-len(chosen) // per_page)))
    return Page(chosen[(page - 1) * per_page : page * per_page], page, per_page, len(chosen))


def run_content(run: ImportRun) -> bytes:
    """The bytes of the file that was uploaded."""
    query = select(StoredFile).where(StoredFile.id == run.file_id).options(undefer(StoredFile.content))
    return db.session.scalars(query).one().content


def recent_runs(limit: int = 20) -> Sequence[Any]:
    """The latest imports with the names of their files."""
    query = (
        select(ImportRun.id, StoredFile.name, ImportRun.created_at, ImportRun.confirmed_at, ImportRun.summary)
        .join(StoredFile, StoredFile.id == ImportRun.file_id)
        .order_by(ImportRun.id.desc())
        .limit(limit)
    )
    return db.session.execute(query).all()
