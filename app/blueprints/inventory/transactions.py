"""The ledger, as a list."""

from datetime import date

from flask import Response, g, request

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import page_number, sees_costs, whole
from app.finding import find
from app.htmx import page
from app.models import Location, Product, TransactionKind
from app.permissions import Permission, requires
from app.queries.choices import place_options, product_typed
from app.queries.transactions import LedgerFilters, all_ledger_lines, ledger_lines

KINDS = [(str(kind), kind.capitalize()) for kind in TransactionKind]


def day(name: str) -> date | None:
    """A day from the address; nothing for anything else."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def filters(product: Product | None) -> LedgerFilters:
    """What the address narrows the ledger to."""
    return LedgerFilters(
        product=product.id if product else None,
        location=whole("location"),
        kind=request.args.get("kind", ""),
        since=day("since"),
        until=day("until"),
    )


def chosen() -> Product | None:
    """The product that the address names, by id or by what was typed."""
    if product_id := whole("product"):
        return find(Product, product_id)
    return product_typed(request.args.get("product", ""))


@blueprint.get("/transactions")
@requires(Permission.STOCK_READ)
def transactions() -> Response:
    """The list of movements; of one product with its running balance."""
    product = chosen()
    narrowed = filters(product)
    place = find(Location, narrowed.location) if narrowed.location else None
    return page(
        "inventory/transactions.html",
        part="inventory/_transaction_list.html",
        page=ledger_lines(narrowed, g.organization.timezone, page_number()),
        product=product,
        place=place,
        typed=request.args.get("product", ""),
        filters=narrowed,
        kinds=KINDS,
        place_options=place_options(),
        sees_costs=sees_costs(),
    )


@blueprint.get("/transactions.csv")
@requires(Permission.STOCK_READ)
def transactions_csv() -> Response:
    """The same list as a file, oldest first."""
    costs = sees_costs()
    header = [
        "When",
        "Kind",
        "SKU",
        "Product",
        "Asset",
        "Quantity",
        "From",
        "To",
        "Reference",
        "Event",
        "By",
        "Notes",
    ]
    rows = (
        [
            row.happened_at, row.kind, row.sku, row.product, row.tag, row.quantity, row.origin, row.target,
            row.reference_number, row.event, row.by, row.notes, *([row.unit_cost] if costs else []),
        ]
        for row in all_ledger_lines(filters(chosen()), g.organization.timezone)
    )  # fmt: skip
    return csv_answer("transactions", header + (["Unit cost"] if costs else []), rows)
