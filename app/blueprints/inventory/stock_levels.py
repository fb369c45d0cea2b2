"""Stock levels: what lies where."""

from flask import Response, request

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import narrowed_place, page_number, sees_costs, whole
from app.htmx import page
from app.models import Location
from app.permissions import Permission, requires
from app.queries.choices import categories
from app.queries.stock_levels import LevelFilters, all_level_lines, level_lines


def filters(place: Location | None) -> LevelFilters:
    """What the address narrows the list to."""
    return LevelFilters(
        find=request.args.get("find", "").strip()[:200],
        location=place.id if place else None,
        category=whole("category"),
        is_low=request.args.get("low") == "on",
    )


@blueprint.get("/stock-levels")
@requires(Permission.STOCK_READ)
def stock_levels() -> Response:
    """The list, with what it is worth for those who may see costs."""
    place = narrowed_place()
    chosen = filters(place)
    return page(
        "inventory/stock_levels.html",
        part="inventory/_stock_level_list.html",
        page=level_lines(chosen, page_number()),
        filters=chosen,
        categories=categories(),
        place=place,
        typed_place=request.args.get("place", ""),
        sees_costs=sees_costs(),
    )


@blueprint.get("/stock-levels.csv")
@requires(Permission.STOCK_READ)
def stock_levels_csv() -> Response:
    """The same list as a file, every page of it."""
    costs = sees_costs()
    header = [
        "SKU",
        "Product",
        "Category",
        "Location",
        "Warehouse",
        "Quantity",
        "Unit",
        "In all",
        "Reorder at",
    ]
    rows = (
        [
            row.sku, row.product, row.category, row.location, row.warehouse, row.quantity, row.unit, row.on_hand,
            row.reorder_level, *([row.average_cost, row.average_cost * row.quantity] if costs else []),
        ]
        for row in all_level_lines(filters(narrowed_place()))
    )  # fmt: skip
    return csv_answer("stock-levels", header + (["Average cost", "Value"] if costs else []), rows)
