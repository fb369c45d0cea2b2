"""The builder's lines: each answer is a row or a few cells, so nothing reloads and nothing jumps."""

from decimal import Decimal
from typing import Any

from flask import Response, g, render_template, request, url_for
from pydantic import Field

from app.blueprints.crm import blueprint
from app.edge import actor
from app.fields import ChargeUnits, Id, Input, Money, Multiplier, Percentage, Quantity
from app.finding import find
from app.forms import Invalid, current_form, read_form, show_again, shown_again_by
from app.htmx import answer, flashed, go_to, page, part, say, settle, wants_part
from app.models import Deal, LineKind, Product, Quote, QuoteLine
from app.permissions import Permission, can, requires
from app.queries import crm_quotes as queries
from app.queries.quote_totals import sums_of
from app.refusals import NotFound, Refused
from app.services import quote_lines as services


class NewLine(Input):
    """A product, or a line that is only written; one line of the builder says which."""

    product_id: Id | None = None
    kind: LineKind = LineKind.PRODUCT
    description: str = Field("", max_length=500)
    quantity: Quantity = 1


class LineCells(Input):
    """The cells of one row; a cell that does not come stays as it is."""

    description: str | None = Field(None, max_length=500)
    quantity: Quantity | None = None
    charge_units: ChargeUnits | None = None
    unit_price: Money | None = None
    factor: Multiplier | None = None
    discount_percent: Percentage | None = None
    tax_rate: Percentage | None = None
    unit_cost: Money | None = None
    is_optional: bool | None = None
    is_discountable: bool | None = None


class LineForm(LineCells):
    """The whole line in its dialog, where a box that is not ticked sends nothing."""

    is_optional: bool = False
    is_discountable: bool = False


class Place(Input):
    """Where a line goes: one up or down, or to a place counted from 0."""

    way: str = Field("", pattern="^(up|down)?$")
    position: int | None = Field(None, ge=0, le=10_000)


@blueprint.get("/quotes/<int:quote_id>/choices")
@requires(Permission.QUOTES_MANAGE)
def quote_choices(quote_id: int) -> Response:
    """Products that fit what is being typed, with what is free on the deal's dates."""
    quote = queries.quote_head(quote_id)
    typed = request.args.get("find", "").strip()[:200]
    found = queries.offered_for(quote, typed) if typed else []
    return page(
        "crm/_quote_choices.html", part="crm/_quote_choices.html", choices=found, typed=typed, quote=quote
    )


@blueprint.post("/quotes/<int:quote_id>/lines")
@requires(Permission.QUOTES_MANAGE)
def add_quote_line(quote_id: int) -> Response:
    """Add a line: its row joins the table, the totals follow."""
    quote = find(Quote, quote_id)
    given = read_form(NewLine)
    if given.product_id is not None:
        product = chosen(given.product_id)
        written = services.add_product_line(quote, product, given.quantity, by=actor())
    else:
        written = services.add_plain_line(quote, given.kind, given.description, by=actor())
    return rows_answer(quote, written, "crm/_quote_row.html")


def chosen(product_id: int) -> Product:
    """The product that was chosen. Raises Refused when it is gone."""
    try:
        return find(Product, product_id)
    except NotFound as gone:
        raise Refused("This product does not exist any more.", "product_id") from gone


@blueprint.get("/quotes/<int:quote_id>/lines/<int:line_id>")
@requires(Permission.QUOTES_MANAGE)
def quote_line(quote_id: int, line_id: int) -> Response:
    """Everything about one line, in a dialog or on a page of its own."""
    quote, line = queries.quote_head(quote_id), line_of(quote_id, line_id)
    response = page(
        "crm/quote_line.html", part="crm/_quote_line_form.html", quote=quote, deal=quote.deal, line=line,
        rates=queries.tax_rates(), form=current_form(),
    )  # fmt: skip
    if current_form():
        response.headers["HX-Retarget"] = "#quote-line-form"
    return response


def line_of(quote_id: int, line_id: int) -> QuoteLine:
    """A line of this quote. Raises NotFound."""
    find(Quote, quote_id)
    line = find(QuoteLine, line_id)
    if line.quote_id != quote_id:
        raise NotFound("This line is not on the quote any more.")
    return line


@blueprint.post("/quotes/<int:quote_id>/lines/<int:line_id>/details")
@requires(Permission.QUOTES_MANAGE)
@shown_again_by(quote_line)
def change_whole_line(quote_id: int, line_id: int) -> Response:
    """Change a line from its dialog."""
    line_of(quote_id, line_id)
    given = read_form(LineForm)
    services.change_line(find(Quote, quote_id), line_id, change_of(given), by=actor())
    return table_answer(quote_id)


def change_of(given: LineCells) -> services.LineChange:
    """What was typed, as services take it; an emptied discount is none, and cost is for who sees margins."""
    said = given.model_dump()
    if request.form.get("discount_percent", "-").strip() == "":
        said["discount_percent"] = Decimal(0)
    if not can(Permission.MARGINS_READ):
        said["unit_cost"] = None
    return services.LineChange(**said)


@blueprint.post("/quotes/<int:quote_id>/lines/<int:line_id>")
@requires(Permission.QUOTES_MANAGE)
def change_quote_line(quote_id: int, line_id: int) -> Response:
    """Change cells of a row. What was typed stays where it is; only what follows from it is sent back."""
    line_of(quote_id, line_id)
    quote = find(Quote, quote_id)
    try:
        written = services.change_line(quote, line_id, change_of(read_form(LineCells)), by=actor())
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return row_again(quote_id, line_id, refused)
    return rows_answer(quote, written, "crm/quote_follows.html")


def row_again(quote_id: int, line_id: int, refused: Refused) -> Response:
    """The row with what was typed and what is wrong with it."""
    show_again(refused)
    if not isinstance(refused, Invalid) and not refused.errors:
        say(refused.message, "refused")
    quote, line = queries.quote_head(quote_id), line_of(quote_id, line_id)
    sheet = queries.sheet_of(quote, quote.deal, [line], sums_of([line], Decimal(0)))
    response = part("crm/_quote_row.html", **context_of(sheet, line))
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = f"#quote-row-{line_id}", "outerHTML"
    return response


@blueprint.post("/quotes/<int:quote_id>/lines/<int:line_id>/removal")
@requires(Permission.QUOTES_MANAGE)
def remove_quote_line(quote_id: int, line_id: int) -> Response:
    """Take a line off."""
    line_of(quote_id, line_id)
    quote = find(Quote, quote_id)
    services.remove_line(quote, line_id, by=actor())
    return table_answer(quote_id)


@blueprint.post("/quotes/<int:quote_id>/lines/<int:line_id>/place")
@requires(Permission.QUOTES_MANAGE)
def move_quote_line(quote_id: int, line_id: int) -> Response:
    """Put a line elsewhere."""
    line_of(quote_id, line_id)
    given, quote = read_form(Place), find(Quote, quote_id)
    if given.position is not None:
        services.move_line(quote, line_id, given.position, by=actor())
    else:
        services.nudge_line(quote, line_id, given.way or "down", by=actor())
    return table_answer(quote_id)


def table_answer(quote_id: int) -> Response:
    """All lines afresh, for htmx; the page for a browser without it."""
    if not wants_part():
        return go_to(url_for("crm.quote", quote_id=quote_id))
    settle()
    sheet = queries.quote_sheet(quote_id)
    return part("crm/_quote_lines.html", "crm/_quote_totals.html", **context_of(sheet, None))


def rows_answer(quote: Quote, written: services.Written, template: str) -> Response:
    """What follows from one line: its cells or its row, the lines that share its pieces, the totals."""
    if not wants_part():
        return go_to(url_for("crm.quote", quote_id=quote.id))
    settle()
    line = written.line
    is_product = line.product_id is not None
    deal = find(Deal, quote.deal_id)
    sheet = queries.sheet_of(
        quote, deal, written.lines, written.sums, with_stock=is_product, around=line.product_id
    )
    context = context_of(sheet, line)
    body = render_template(template, **context)
    if template != "crm/quote_follows.html":
        body += render_template("crm/quote_follows.html", is_new=True, **context)
    return answer(body + render_template("crm/_quote_totals.html", out_of_band=True, **context) + flashed())


def context_of(sheet: queries.QuoteSheet, line: QuoteLine | None) -> dict[str, Any]:
    """What the builder's parts need."""
    return {
        "sheet": sheet,
        "quote": sheet.quote,
        "deal": sheet.deal,
        "line": line,
        "can_edit": True,
        "form": current_form(),
        "organization": g.organization,
    }
