"""The ledger: the list of movements, and one of them with all that is known about it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from flask import Response, g, request, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.causes import cause_links
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import narrowed_place, new_request_id, page_number, sees_costs, whole
from app.edge import actor
from app.fields import Input, Name, RequestId
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Location, Product, StockTransaction, TransactionKind
from app.permissions import Permission, can, requires
from app.queries.choices import product_typed
from app.queries.feed import people
from app.queries.rows import AnyRow
from app.queries.transactions import LedgerFilters, all_ledger_lines, ledger_line, ledger_lines, reversal_of
from app.services.reversal_deeds import reverse_by_hand, why_not
from app.services.stock import ALLOWED_BY

KINDS = [(str(kind), kind.capitalize()) for kind in TransactionKind]
HEADER = (
    "Number", "Happened at", "Recorded at", "Kind", "SKU", "Product", "Asset", "Quantity", "Unit", "Said", "From",
    "To", "In all afterwards", "Left there", "Then there", "Reference", "Number of it", "Event", "By", "Notes",
    "Reverses",
)  # fmt: skip


def day(name: str) -> date | None:
    """A day from the address; nothing for anything else."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def filters(place: Location | None) -> LedgerFilters:
    """What the address narrows the ledger to."""
    return LedgerFilters(
        product=chosen(),
        location=place.id if place else None,
        kind=request.args.get("kind", ""),
        since=day("since"),
        until=day("until"),
        person=whole("person"),
        reference=request.args.get("reference", "").strip()[:200],
    )


def chosen() -> int | None:
    """The id of the product that the address names: in a link, or by what was typed, a number included."""
    if product_id := whole("product"):
        return product_id
    product = product_typed(typed())
    return product.id if product else None


class Moved(NamedTuple):
    """The product whose movements are listed, as their lines tell of it."""

    id: int
    sku: str
    name: str


def moved_product(product_id: int | None, lines: Sequence[AnyRow]) -> Moved | Product | None:
    """The product that the list is narrowed to. Raises NotFound for one that does not exist."""
    if product_id is None:
        return None
    for line in lines:
        return Moved(line.product_id, line.sku, line.product)
    return find(Product, product_id)


def typed() -> str:
    """What was typed into the box for a product."""
    return request.args.get("code", "").strip()[:200]


@blueprint.get("/transactions")
@requires(Permission.STOCK_READ)
def transactions() -> Response:
    """The list of movements; of one product with its running balance."""
    place = narrowed_place()
    narrowed = filters(place)
    found = ledger_lines(narrowed, g.organization.timezone, page_number())
    return page(
        "inventory/transactions.html",
        part="inventory/_transaction_list.html",
        page=found,
        causes=cause_links(found.items),
        product=moved_product(narrowed.product, found.items),
        place=place,
        typed=typed(),
        typed_place=request.args.get("place", ""),
        filters=narrowed,
        kinds=KINDS,
        people=people(),
        sees_costs=sees_costs(),
    )


@blueprint.get("/transactions.csv")
@requires(Permission.STOCK_READ)
def transactions_csv() -> Response:
    """The same list as a file, oldest first."""
    costs, narrowed = sees_costs(), filters(narrowed_place())
    moved_product(narrowed.product, ())  # there is one, or there is no file
    rows = (
        [
            row.id, row.happened_at, row.recorded_at, row.kind, row.sku, row.product, row.tag, row.quantity, row.unit,
            f"{row.said_quantity} {row.said_unit}" if row.said_quantity else None, row.origin, row.target,
            row.total_after, row.from_after, row.to_after, row.reference_type, row.reference_number, row.event,
            row.by, row.notes, row.reverses_id, *([row.unit_cost] if costs else []),
        ]
        for row in all_ledger_lines(narrowed, g.organization.timezone)
    )  # fmt: skip
    return csv_answer("transactions", [*HEADER, *(["Unit cost"] if costs else [])], rows)


class ReversalForm(Input):
    """Why a movement is taken back."""

    reason: Name
    request_id: RequestId


@blueprint.get("/transactions/<int:transaction_id>")
@requires(Permission.STOCK_READ)
def transaction(transaction_id: int) -> Response:
    """One movement with all that is known about it."""
    row = find(StockTransaction, transaction_id)
    line = ledger_line(row)
    return page(
        "inventory/transaction.html",
        row=line,
        cause=cause_links([line]).get(row.id),
        may_reverse=can(ALLOWED_BY[row.kind]) and can(Permission.STOCK_ADJUST),
        reversed_by_id=reversal_of(line),
        why_not="It was reversed already." if line.reversed_at else why_not(row),
        form=current_form(),
        request_id=new_request_id(),
        sees_costs=sees_costs(),
    )


@blueprint.post("/transactions/<int:transaction_id>/reversal")
@requires(Permission.STOCK_ADJUST)
@shown_again_by(transaction)
def reverse(transaction_id: int) -> Response:
    """Take a movement back."""
    row, given = find(StockTransaction, transaction_id), read_form(ReversalForm)
    done = reverse_by_hand(row, given.reason, by=actor(), request_id=given.request_id)
    say("It was reversed: this is the opposite movement.")
    if done.short_events:
        say(f"Short now: {', '.join(done.short_events)}. Planning and stock were told.", "warn")
    return go_to(url_for("inventory.transaction", transaction_id=done.transactions[0].id))
