"""The lines of a draft: added, changed, moved, removed. Name, price, factor and tax are frozen on the line."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from app.actors import Actor
from app.extensions import db
from app.models import Deal, LineKind, Product, Quote, QuoteLine
from app.queries.quote_totals import LABOUR, PRICED, Sums, line_net
from app.refusals import NotFound, Refused
from app.services.activities import record
from app.services.quote_pricing import charged_days, default_tax_rate, factor_tables, price_of
from app.services.quotes import label, lines_of, refuse_frozen, retotal
from app.transactions import lock

MOST_OF_ONE = 100_000
MOST_LINES = 500
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Written:
    """What a deed on a line left behind: the line, all lines in order, and what they come to."""

    line: QuoteLine
    lines: Sequence[QuoteLine]
    sums: Sums


@dataclass(frozen=True)
class LineChange:
    """What is to be different about a line; None leaves as it is."""

    description: str | None = None
    quantity: int | None = None
    charge_units: Decimal | None = None
    unit_price: Decimal | None = None
    factor: Decimal | None = None
    discount_percent: Decimal | None = None
    tax_rate: Decimal | None = None
    unit_cost: Decimal | None = None
    is_discountable: bool | None = None
    is_optional: bool | None = None

    def given(self) -> dict[str, object]:
        """Only what is to change."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) is not None}


def add_product_line(quote: Quote, product: Product, quantity: int = 1, *, by: Actor) -> Written:
    """Offer a product or package, at its rate for the deal's charged days."""
    lines = begin(quote)
    if product.archived_at is not None:
        raise Refused(f"{product.name} is archived.", "product_id")
    days = charged_days(db.session.get_one(Deal, quote.deal_id))
    price = price_of(product, days, factor_tables())
    line = QuoteLine(
        quote_id=quote.id,
        kind=LineKind.PRODUCT,
        product_id=product.id,
        description=product.name,
        quantity=checked_quantity(quantity),
        charge_units=Decimal(days),
        unit_price=price.unit_price,
        factor=price.factor,
        tax_rate=default_tax_rate(),
        is_discountable=product.is_discountable,
        unit_cost=product.average_cost.quantize(CENT) if product.tracking == "consumable" else Decimal(0),
    )
    return append(quote, lines, line, by=by)


def add_plain_line(quote: Quote, kind: LineKind, description: str, *, by: Actor) -> Written:
    """Offer people, transport or a service; or write a title or a text between the lines."""
    lines = begin(quote)
    if kind is LineKind.PRODUCT:
        raise Refused("Choose the product from the list.", "product_id")
    if not description.strip():
        raise Refused("Please write what this line says.", "description")
    days = (
        Decimal(charged_days(db.session.get_one(Deal, quote.deal_id)))
        if kind is LineKind.CREW
        else Decimal(1)
    )
    line = QuoteLine(
        quote_id=quote.id,
        kind=kind,
        description=description.strip(),
        quantity=1,
        charge_units=days,
        factor=days,
        tax_rate=default_tax_rate() if kind in PRICED else Decimal(0),
    )
    return append(quote, lines, line, by=by)


def begin(quote: Quote) -> list[QuoteLine]:
    """Lock the draft and read its lines: every deed on a line starts so."""
    lock({Quote: [quote.id]})
    refuse_frozen(quote)
    return lines_of(quote)


def append(quote: Quote, lines: list[QuoteLine], line: QuoteLine, *, by: Actor) -> Written:
    """Put a new line at the end."""
    if len(lines) >= MOST_LINES:
        raise Refused(f"A quote holds {MOST_LINES} lines. Begin a second one.")
    line.position = lines[-1].position + 1 if lines else 1
    db.session.add(line)
    return settle(quote, [*lines, line], line, "quote_line.added", by=by)


def settle(quote: Quote, lines: Sequence[QuoteLine], line: QuoteLine, verb: str, *, by: Actor) -> Written:
    """Count again, keep it, and write it down."""
    db.session.flush()
    line.net = line_net(line)
    sums = retotal(quote, lines)
    record(
        verb,
        line,
        by=by,
        label=f"{label(quote)}: {line.description}",
        deal_id=quote.deal_id,
        quote_id=quote.id,
    )
    return Written(line, lines, sums)


def change_line(quote: Quote, line_id: int, change: LineChange, *, by: Actor) -> Written:
    """Change some of what a line says. New days bring the factor that belongs to them, unless it is new as well."""
    lines = begin(quote)
    line = line_in(lines, line_id)
    changed = {name: value for name, value in checked(line, change).items() if getattr(line, name) != value}
    for name, value in changed.items():
        setattr(line, name, value)
    if "charge_units" in changed and "factor" not in changed:
        line.factor = factor_for(line)
    line.is_chosen = not line.is_optional
    return settle(quote, lines, line, "quote_line.changed", by=by)


def line_in(lines: Sequence[QuoteLine], line_id: int) -> QuoteLine:
    """The line of this id among the quote's own. Raises NotFound."""
    for line in lines:
        if line.id == line_id:
            return line
    raise NotFound("This line is not on the quote any more.")


def checked(line: QuoteLine, change: LineChange) -> dict[str, object]:
    """What is to change, if all of it will do. Raises Refused beside the field."""
    given = change.given()
    if change.description is not None and not change.description.strip():
        raise Refused("Please write what this line says.", "description")
    if change.quantity is not None:
        checked_quantity(change.quantity)
    for name in ("discount_percent", "tax_rate"):
        percent = given.get(name)
        if isinstance(percent, Decimal) and not 0 <= percent <= 100:
            raise Refused("A percentage lies between 0 and 100.", name)
    if line.kind not in PRICED:
        given = {name: given[name] for name in ("description", "discount_percent") if name in given}
    return given


def checked_quantity(quantity: int) -> int:
    """The quantity, if anybody could mean it. Raises Refused."""
    if not 1 <= quantity <= MOST_OF_ONE:
        raise Refused(f"Please enter a whole number from 1 to {MOST_OF_ONE:,}.", "quantity")
    return quantity


def factor_for(line: QuoteLine) -> Decimal:
    """What the price is multiplied by for the line's days: people by the day, gear by its table."""
    if line.kind in LABOUR or line.product_id is None:
        return line.charge_units
    product = db.session.get_one(Product, line.product_id)
    return price_of(product, max(int(line.charge_units), 1), factor_tables()).factor


def remove_line(quote: Quote, line_id: int, *, by: Actor) -> Written:
    """Take a line off the draft."""
    lines = begin(quote)
    line = line_in(lines, line_id)
    left = [other for other in lines if other.id != line_id]
    db.session.delete(line)
    sums = retotal(quote, left)
    record(
        "quote_line.removed", line, by=by, label=f"{label(quote)}: {line.description}",
        deal_id=quote.deal_id, quote_id=quote.id,
    )  # fmt: skip
    return Written(line, left, sums)


def move_line(quote: Quote, line_id: int, position: int, *, by: Actor) -> Written:
    """Put a line elsewhere: `position` counts from 0 among the other lines."""
    lines = begin(quote)
    line = line_in(lines, line_id)
    others = [other for other in lines if other.id != line_id]
    others.insert(max(0, min(position, len(others))), line)
    for number, other in enumerate(others, 1):
        if other.position != number:
            other.position = number
    sums = retotal(quote, others)
    record(
        "quote_line.moved", line, by=by, label=f"{label(quote)}: {line.description}", deal_id=quote.deal_id
    )
    return Written(line, others, sums)


def nudge_line(quote: Quote, line_id: int, way: str, *, by: Actor) -> Written:
    """Put a line one place up or down."""
    ids = [line.id for line in lines_of(quote)]
    if line_id not in ids:
        raise NotFound("This line is not on the quote any more.")
    return move_line(quote, line_id, ids.index(line_id) + (-1 if way == "up" else 1), by=by)


__all__ = [
    "LineChange", "Written", "add_plain_line", "add_product_line", "change_line", "move_line", "nudge_line",
    "remove_line",
]  # fmt: skip
