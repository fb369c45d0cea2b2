"""The lines of quotes, for programs: each with what is free of it beside."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import named
from app.blueprints.crm.quote_lines import LineCells, NewLine, line_of
from app.edge import actor
from app.fields import Input
from app.finding import find
from app.models import Deal, LineKind, Product, Quote, QuoteLine
from app.permissions import Permission, can
from app.queries.crm_quotes import quote_sheet, sheet_of
from app.queries.paging import Page
from app.queries.quote_stock import LineStock
from app.refusals import Refused
from app.services.quote_lines import (
    LineChange,
    Written,
    add_plain_line,
    add_product_line,
    change_line,
    move_line,
    remove_line,
)


class LineStockOut(Output):
    """What there is of a line's product on the deal's dates: free of so many, what is missing, and why."""

    free: int
    total: int
    free_elsewhere: int
    free_if_all_quotes_land: int
    missing: int
    reason: str


class QuoteLineOut(Output):
    """One line of a quote; its stock for products, its cost for tokens that may see margins."""

    id: int
    quote_id: int
    position: int
    kind: LineKind
    product_id: int | None
    description: str
    quantity: int
    charge_units: Decimal
    unit_price: Decimal
    factor: Decimal
    discount_percent: Decimal
    tax_rate: Decimal
    is_optional: bool
    is_chosen: bool
    is_discountable: bool
    net: Decimal
    unit_cost: Decimal | None
    stock: LineStockOut | None


PLAIN = tuple(name for name in QuoteLineOut.model_fields if name not in ("unit_cost", "stock"))


def line_facts(line: QuoteLine, stock: dict[int, LineStock]) -> dict[str, Any]:
    """One line as the contract lists it."""
    seen = line.unit_cost if can(Permission.MARGINS_READ) else None
    beside = stock_facts(stock.get(line.product_id or 0))
    return {name: getattr(line, name) for name in PLAIN} | {"unit_cost": seen, "stock": beside}


def stock_facts(stock: LineStock | None) -> dict[str, Any] | None:
    """What there is for a line, as the contract lists it; nothing for a line that is no product."""
    if stock is None:
        return None
    available = stock.available
    return {
        "free": available.free,
        "total": available.total,
        "free_elsewhere": available.free_elsewhere,
        "free_if_all_quotes_land": stock.if_quotes_land,
        "missing": stock.missing,
        "reason": stock.reason,
    }


def written_facts(quote: Quote, written: Written) -> dict[str, Any]:
    """The line that a deed wrote, with what is free beside it now."""
    deal = find(Deal, quote.deal_id)
    around = written.line.product_id
    sheet = sheet_of(quote, deal, written.lines, written.sums, with_stock=around is not None, around=around)
    return line_facts(written.line, sheet.stock)


@operation(
    "GET",
    "/crm/quotes/<int:quote_id>/lines",
    permission=Permission.QUOTES_READ,
    answer=QuoteLineOut,
    query=Paging,
    is_list=True,
)
def list_quote_lines(quote_id: int, query: Paging) -> Page[dict[str, Any]]:
    """The lines of a quote in order, with what is free of each product beside it."""
    sheet = quote_sheet(quote_id)
    page, shown = part_of(sheet.lines, query)
    return Page([line_facts(line, sheet.stock) for line in shown], page, query.per_page, len(sheet.lines))


def part_of(lines: Sequence[QuoteLine], query: Paging) -> tuple[int, Sequence[QuoteLine]]:
    """One page of lines that are read already, the last one when there are fewer."""
    page = min(query.page, max(1, -(-len(lines) // query.per_page)))
    first = (page - 1) * query.per_page
    return page, lines[first : first + query.per_page]


class QuoteLineIn(NewLine):
    """A product with its quantity, or another kind of line with its words: a section is a title above others."""


@operation(
    "POST",
    "/crm/quotes/<int:quote_id>/lines",
    permission=Permission.QUOTES_MANAGE,
    answer=QuoteLineOut,
    body=QuoteLineIn,
    status=201,
    is_idempotent=True,
)
def create_quote_line(quote_id: int, body: QuoteLineIn) -> dict[str, Any]:
    """Add a line to a draft."""
    quote = find(Quote, quote_id)
    if body.kind is not LineKind.PRODUCT:
        return written_facts(quote, add_plain_line(quote, body.kind, body.description, by=actor()))
    if body.product_id is None:
        raise Refused("Please name the product.", "product_id")
    product = named(Product, body.product_id, "product_id")
    return written_facts(quote, add_product_line(quote, product, body.quantity, by=actor()))


class QuoteLineChangeIn(LineCells):
    """What is to be different about a line; what is left out stays. New days bring the factor that is theirs."""


@operation(
    "PATCH",
    "/crm/quotes/<int:quote_id>/lines/<int:line_id>",
    permission=Permission.QUOTES_MANAGE,
    answer=QuoteLineOut,
    body=QuoteLineChangeIn,
)
def change_quote_line(quote_id: int, line_id: int, body: QuoteLineChangeIn) -> dict[str, Any]:
    """Change some of what a line of a draft says."""
    quote, line = find(Quote, quote_id), line_of(quote_id, line_id)
    if body.unit_cost is not None and not can(Permission.MARGINS_READ):
        raise Refused("This token may not say what things cost.", "unit_cost")
    return written_facts(quote, change_line(quote, line.id, LineChange(**body.model_dump()), by=actor()))


@operation(
    "DELETE",
    "/crm/quotes/<int:quote_id>/lines/<int:line_id>",
    permission=Permission.QUOTES_MANAGE,
)
def delete_quote_line(quote_id: int, line_id: int) -> None:
    """Take a line off a draft."""
    remove_line(find(Quote, quote_id), line_of(quote_id, line_id).id, by=actor())


class LinePlaceIn(Input):
    """Where a line goes, counted from 0 among the others."""

    position: Annotated[int, Field(ge=0, le=10_000)]


@operation(
    "POST",
    "/crm/quotes/<int:quote_id>/lines/<int:line_id>/place",
    permission=Permission.QUOTES_MANAGE,
    answer=QuoteLineOut,
    body=LinePlaceIn,
    is_idempotent=True,
)
def move_quote_line(quote_id: int, line_id: int, body: LinePlaceIn) -> dict[str, Any]:
    """Put a line elsewhere, below a section or above it."""
    quote, line = find(Quote, quote_id), line_of(quote_id, line_id)
    return written_facts(quote, move_line(quote, line.id, body.position, by=actor()))
