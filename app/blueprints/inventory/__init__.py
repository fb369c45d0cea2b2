"""What we own and where it is."""

from flask import Blueprint

blueprint = Blueprint("inventory", __name__, url_prefix="/inventory")

from app.blueprints.inventory import (  # noqa: E402
    alert_levels,
    alerts,
    assets,
    categories,
    count_links,
    count_plans,
    count_reviews,
    count_sheets,
    counting,
    counts,
    imports,
    labels,
    layouts,
    levels,
    locations,
    movements,
    opening_stock,
    order_lines,
    orders,
    product_files,
    product_parts,
    products,
    receiving,
    replenishment,
    stock_levels,
    suppliers,
    transaction_files,
    transactions,
)

__all__ = [
    "alert_levels", "alerts", "assets", "blueprint", "categories", "count_links", "count_plans", "count_reviews",
    "count_sheets", "counting", "counts", "imports", "labels", "layouts", "levels", "locations", "movements",
    "opening_stock", "order_lines", "orders", "product_files", "product_parts", "products", "receiving",
    "replenishment", "stock_levels", "suppliers", "transaction_files", "transactions",
]  # fmt: skip
