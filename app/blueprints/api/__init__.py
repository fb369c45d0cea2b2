"""What a person can do in the browser, a program can do here: the same services, the same permissions."""

from flask import Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
pages = Blueprint("api_pages", __name__, url_prefix="/api")
"""What people read about it, in a browser."""

from app.blueprints.api import (  # noqa: E402
    activity,
    alerts,
    assets,
    availability,
    categories,
    close_outs,
    codes,
    companies,
    contacts,
    costs,
    count_plans,
    count_reviews,
    counts,
    dashboard,
    dates,
    deals,
    events,
    handovers,
    imports,
    invoices,
    job_parts,
    job_types,
    jobs,
    leads,
    locations,
    losses,
    notifications,
    openapi,
    product_files,
    product_parts,
    products,
    pull_lists,
    purchase_orders,
    put_away,
    quote_answers,
    quote_lines,
    quotes,
    rates,
    repairs,
    replenishment,
    reports,
    scans,
    search,
    shortages,
    stock,
    stock_deeds,
    suppliers,
    transactions,
    work,
)

__all__ = [
    "activity", "alerts", "assets", "availability", "blueprint", "categories", "close_outs", "codes",
    "companies", "contacts", "costs", "count_plans", "count_reviews", "counts", "dashboard", "dates", "deals",
    "events", "handovers", "imports", "invoices", "job_parts", "job_types", "jobs", "leads", "locations",
    "losses", "notifications", "openapi", "pages", "product_files", "product_parts", "products", "pull_lists",
    "purchase_orders", "put_away", "quote_answers", "quote_lines", "quotes", "rates", "repairs",
    "replenishment", "reports", "scans", "search", "shortages", "stock", "stock_deeds", "suppliers",
    "transactions", "work",
]  # fmt: skip
