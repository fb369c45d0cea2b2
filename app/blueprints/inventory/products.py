"""Products: the list, one, and its forms."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, request, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import page_number, sees_costs, whole
from app.blueprints.inventory.timelines import AHEAD, claims_on, shown
from app.edge import actor
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, part, say
from app.models import AccessoryPer, CodeKind, Product, Tracking
from app.permissions import Permission, can, requires
from app.queries import products as queries
from app.queries.assets import AssetFilters, asset_lines
from app.queries.choices import categories, factor_schedules, offered_products, warehouses
from app.queries.replenishment import suggestions
from app.queries.suppliers import sellers_of
from app.services.products import (
    ProductFacts,
    add_product,
    archive_product,
    change_product,
    facts_of,
    restore_product,
)

TRACKINGS = [
    (Tracking.SERIALIZED, "Each piece"),
    (Tracking.BULK, "By count"),
    (Tracking.CONSUMABLE, "Consumable"),
]
BOXES = ("product", "code", "accessory", "substitute")
"""The boxes in which products are typed."""
TRACKING_FILTERS = [*((str(key), label) for key, label in TRACKINGS), ("package", "Package")]


class ProductForm(ProductFacts):
    """The same in a form, where a box that is not ticked sends nothing."""

    is_discountable: bool = False


def filters() -> queries.ProductFilters:
    """What the address narrows the list to; what does not fit is left at its default."""
    args = request.args
    days = args.get("days", "7")
    return queries.ProductFilters(
        find=args.get("find", "").strip()[:200],
        category=whole("category"),
        tracking=args.get("tracking", ""),
        archived=args.get("archived") == "on",
        warehouse=next((key for key, _ in warehouses() if key == whole("warehouse")), None),
        days=int(days) if days in queries.WINDOWS else 7,
        sort=args.get("sort", "name"),
    )


@blueprint.get("/products")
@requires(Permission.PRODUCTS_READ)
def products() -> Response:
    """The list of products, with what is free of each."""
    chosen = filters()
    return page(
        "inventory/products.html",
        part="inventory/_product_list.html",
        page=queries.product_lines(chosen, page_number()),
        filters=chosen,
        sort=chosen.sort,
        categories=categories(),
        warehouses=warehouses(),
        windows=queries.WINDOWS,
        trackings=TRACKING_FILTERS,
    )


@blueprint.get("/products.csv")
@requires(Permission.PRODUCTS_READ)
def products_csv() -> Response:
    """The same list as a file, every page of it."""
    chosen = filters()
    header = [
        "SKU", "Name", "Manufacturer", "Category", "Tracking", "Day rate",
        f"Free ({queries.WINDOWS[str(chosen.days)]})", "Total", "Free elsewhere",
    ]  # fmt: skip
    rows = (
        (
            line.sku, line.name, line.manufacturer, line.category, "package" if line.is_package else line.tracking,
            line.day_rate, line.stock.free, line.stock.total, line.stock.free_elsewhere,
        )
        for line in queries.all_product_lines(chosen)
    )  # fmt: skip
    return csv_answer("products", header, rows)


@blueprint.get("/products/offers")
@requires(Permission.PRODUCTS_READ)
def product_offers() -> Response:
    """Products that fit what is being typed, as options of the box."""
    typed = (next(filter(None, map(request.args.get, BOXES)), "")).strip()
    return part("inventory/_product_offers.html", offers=offered_products(typed) if typed else ())


@blueprint.get("/products/<int:product_id>")
@requires(Permission.PRODUCTS_READ)
def product(product_id: int) -> Response:
    """One product: stock by place, who holds it, what belongs to it."""
    row = queries.product_page(product_id)
    is_single = row.tracking is Tracking.SERIALIZED and not row.is_package
    claims = None if row.is_package else claims_on(row.id)
    has = queries.belongings(row.id)
    return page(
        "inventory/product.html",
        part="inventory/_product_timeline.html",
        product=row,
        stock=claims.stock if claims else queries.free_of([row.id], None, AHEAD.days)[row.id],
        held=queries.stock_by_place(row.id, claims.away) if claims else (),
        repairs=queries.open_repairs(row.id) if claims and claims.in_repair else (),
        assets=asset_lines(AssetFilters(product=row.id), 1, queries.ASSETS_SHOWN) if is_single else None,
        parts=queries.parts_of(row.id) if row.is_package else (),
        packages=queries.packages_with(row.id) if has.packages else (),
        accessories=queries.accessories_of(row.id) if has.accessories else (),
        substitutes=queries.substitutes_of(row.id) if has.substitutes else (),
        files=queries.files_of(row.id) if has.files else (),
        alerts=queries.open_alerts_of(row.id) if has.alerts and can(Permission.ALERTS_READ) else (),
        codes=queries.codes_of(row.id),
        code_kinds=[(str(kind), kind.upper()) for kind in (CodeKind.GTIN, CodeKind.OTHER)],
        per=[(str(AccessoryPer.PIECE), "For each piece"), (str(AccessoryPer.LINE), "Once")],
        now=datetime.now(UTC),
        timeline=shown(claims) if claims else None,
        **buying(row, has.suppliers),
    )


def buying(row: Product, has_sellers: bool) -> dict[str, Any]:
    """Who sells a product, and how many of it to order, for those who see orders."""
    is_shown = not row.is_package and can(Permission.ORDERS_READ)
    is_counted = is_shown and (row.reorder_level is not None or row.order_up_to is not None)
    return {
        "sellers": sellers_of(row.id) if has_sellers and is_shown else (),
        "suggestion": next(iter(suggestions([row.id])), None) if is_counted else None,
        "sees_costs": sees_costs(),
    }


@blueprint.get("/products/new")
@requires(Permission.PRODUCTS_MANAGE)
def product_new() -> Response:
    """The empty form."""
    return form_page(
        None,
        ProductFacts.model_construct(name="").model_dump()
        | {"is_package": request.args.get("package") == "1"},
    )


@blueprint.post("/products/new")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(product_new)
def add() -> Response:
    """Add a product."""
    row = add_product(read_form(ProductForm), by=actor())
    say(f"{row.name} was added.")
    return go_to(url_for("inventory.product", product_id=row.id))


@blueprint.get("/products/<int:product_id>/edit")
@requires(Permission.PRODUCTS_MANAGE)
def product_edit(product_id: int) -> Response:
    """The form with what is known."""
    row = queries.product_page(product_id)
    return form_page(row, facts_of(row, row.category.name if row.category else "").model_dump())


@blueprint.post("/products/<int:product_id>/edit")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(product_edit)
def change(product_id: int) -> Response:
    """Change a product."""
    row = change_product(find(Product, product_id), read_form(ProductForm), by=actor())
    say(f"{row.name} was saved.")
    return go_to(url_for("inventory.product", product_id=product_id))


def form_page(row: Product | None, facts: dict[str, Any]) -> Response:
    """The form, for a new product or a known one."""
    return page(
        "inventory/product_form.html",
        product=row,
        facts=facts,
        form=current_form(),
        categories=categories(),
        schedules=factor_schedules(),
        trackings=[(str(key), label) for key, label in TRACKINGS],
    )


@blueprint.post("/products/<int:product_id>/archival")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(product)
def archive(product_id: int) -> Response:
    """Take a product out of use."""
    row = find(Product, product_id)
    archive_product(row, by=actor())
    say(f"{row.name} was archived. It can be restored from its page.")
    return go_to(url_for("inventory.product", product_id=product_id))


@blueprint.post("/products/<int:product_id>/restoration")
@requires(Permission.PRODUCTS_MANAGE)
def restore(product_id: int) -> Response:
    """Bring an archived product back."""
    row = find(Product, product_id)
    restore_product(row, by=actor())
    say(f"{row.name} is back.")
    return go_to(url_for("inventory.product", product_id=product_id))
