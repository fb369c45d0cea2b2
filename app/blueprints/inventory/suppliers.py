"""Suppliers: the list, one, and who sells us a product."""

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.crm.fields import searched, today
from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import page_number, sees_costs
from app.blueprints.inventory.product_parts import back, belonging
from app.blueprints.inventory.products import product as product_view
from app.edge import actor
from app.fields import Email, Name
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, part, say
from app.models import Product, ProductSupplier
from app.permissions import Permission, requires
from app.queries import suppliers as queries
from app.queries.lead_times import lead_times
from app.queries.orders import COMING, OrderFilters, all_order_rows
from app.services.suppliers import (
    Selling,
    SupplierFacts,
    add_seller,
    add_supplier,
    change_seller,
    remove_seller,
)

ORDERS_SHOWN = 25


class SellerForm(Selling):
    """Who sells a product, by name: a new one is added."""

    supplier: Name
    email: Email = Field(default="")


@blueprint.get("/suppliers")
@requires(Permission.ORDERS_READ)
def suppliers() -> Response:
    """The list of suppliers."""
    return page(
        "inventory/suppliers.html",
        part="inventory/_supplier_list.html",
        page=queries.supplier_lines(searched(), page_number()),
        find=searched(),
    )


@blueprint.get("/suppliers/offers")
@requires(Permission.ORDERS_READ)
def supplier_offers() -> Response:
    """Companies that fit what is being typed, as options of the box."""
    typed = request.args.get("supplier", "").strip()[:200]
    offers = queries.offered_suppliers(typed) if typed else ()
    return part("inventory/_supplier_offers.html", offers=offers)


@blueprint.get("/suppliers/<int:company_id>")
@requires(Permission.ORDERS_READ)
def supplier(company_id: int) -> Response:
    """One supplier: what is on its way, how long they take, what they sell us."""
    row = queries.supplier_page(company_id)
    coming = all_order_rows(OrderFilters(supplier=row.id, state=COMING, sort="expected"), today())
    return page(
        "inventory/supplier.html",
        supplier=row,
        coming=coming[:ORDERS_SHOWN],
        drafts=all_order_rows(OrderFilters(supplier=row.id, state="draft"), today()),
        lead=lead_times([row.id]).get(row.id),
        reliability=queries.reliability(row.id, today()),
        products=queries.products_of(row.id),
        sees_costs=sees_costs(),
    )


@blueprint.get("/suppliers/new")
@requires(Permission.ORDERS_MANAGE)
def supplier_new() -> Response:
    """The empty form."""
    return page("inventory/supplier_form.html", form=current_form())


@blueprint.post("/suppliers/new")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(supplier_new)
def supplier_add() -> Response:
    """Name a supplier; a company that is known already becomes one."""
    row = add_supplier(read_form(SupplierFacts), by=actor())
    say(f"{row.name} can be ordered from.")
    return go_to(url_for("inventory.supplier", company_id=row.id))


@blueprint.post("/products/<int:product_id>/suppliers")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(product_view)
def put_seller(product_id: int) -> Response:
    """Say who sells us a product."""
    product, given = find(Product, product_id), read_form(SellerForm)
    company = add_supplier(SupplierFacts(name=given.supplier, email=given.email), by=actor())
    add_seller(product, company, selling_of(given), by=actor())
    say(f"{product.name} is bought from {company.name}.")
    return back(product_id, "suppliers")


def selling_of(given: Selling, known: ProductSupplier | None = None) -> Selling:
    """What was said; the price stays as it is for people who do not see it."""
    kept = given.unit_cost if sees_costs() else known and known.unit_cost
    facts = {name: getattr(given, name) for name in Selling.model_fields}
    return Selling.model_construct(**(facts | {"unit_cost": kept}))


@blueprint.post("/products/<int:product_id>/suppliers/<int:seller_id>")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(lambda product_id, **_: product_view(product_id))
def save_seller(product_id: int, seller_id: int) -> Response:
    """Say anew how a supplier sells a product."""
    row = belonging(ProductSupplier, seller_id, product_id)
    change_seller(row, selling_of(read_form(Selling), row), by=actor())
    say("Saved.")
    return back(product_id, "suppliers")


@blueprint.post("/products/<int:product_id>/suppliers/<int:seller_id>/removal")
@requires(Permission.ORDERS_MANAGE)
def drop_seller(product_id: int, seller_id: int) -> Response:
    """Let a supplier sell a product no more."""
    remove_seller(belonging(ProductSupplier, seller_id, product_id), by=actor())
    say("The supplier was taken off this product.")
    return back(product_id, "suppliers")
