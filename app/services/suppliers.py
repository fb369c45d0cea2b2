"""Suppliers: companies that sell us things, and how each of them sells a product."""

from datetime import UTC, datetime

from sqlalchemy import select, update

from app.actors import Actor
from app.extensions import db
from app.fields import Cost, Email, Facts, LongText, Name, Quantity, ShortText
from app.models import Company, Product, ProductSupplier
from app.refusals import Refused
from app.services.activities import record
from app.services.companies import company_called
from app.transactions import lock


class SupplierFacts(Facts):
    """Who somebody is that sells us things."""

    name: Name
    email: Email = ""
    phone: ShortText = ""
    address: LongText = ""


class Selling(Facts):
    """How a supplier sells a product: packs and the least to order are in the product's own unit."""

    code: ShortText = ""
    unit_cost: Cost | None = None
    pack_quantity: Quantity = 1
    minimum_quantity: Quantity = 1
    is_preferred: bool = False


def add_supplier(facts: SupplierFacts, *, by: Actor) -> Company:
    """Let a company be one that we buy from; it is added when nobody of that name is known.

    What is known about a company already stays, only what was missing is filled in.
    """
    company = company_called(facts.name)
    if company is None:
        company = Company(created_at=datetime.now(UTC), **facts.model_dump())
        db.session.add(company)
    for name in ("email", "phone", "address"):
        setattr(company, name, getattr(company, name) or getattr(facts, name))
    if not company.is_supplier:
        company.is_supplier = True
        db.session.flush()
        record("supplier.added", company, by=by)
    return company


def sellers_of(product_id: int) -> list[ProductSupplier]:
    """Who sells a product, the preferred one first."""
    query = select(ProductSupplier).where(ProductSupplier.product_id == product_id)
    return list(db.session.scalars(query.order_by(ProductSupplier.is_preferred.desc(), ProductSupplier.id)))


def add_seller(product: Product, company: Company, selling: Selling, *, by: Actor) -> ProductSupplier:
    """Say that a company sells us a product. The first one is preferred. Raises Refused when it stands there."""
    lock({Product: [product.id]})
    others = sellers_of(product.id)
    if product.is_package:
        raise Refused(f"{product.name} is a package: its parts are bought.", "supplier")
    if any(other.company_id == company.id for other in others):
        raise Refused(f"{company.name} is there already.", "supplier")
    row = ProductSupplier(
        product_id=product.id, company_id=company.id, **selling.model_dump(exclude={"is_preferred"})
    )
    db.session.add(row)
    db.session.flush()
    if selling.is_preferred or not others:
        prefer(row)
    company.is_supplier = True
    record("supplier.named", product, by=by, company=company.name)
    return row


def change_seller(row: ProductSupplier, selling: Selling, *, by: Actor) -> ProductSupplier:
    """Say anew how a supplier sells a product. Another becomes preferred only by being chosen."""
    lock({Product: [row.product_id]})
    for name, value in selling.model_dump(exclude={"is_preferred"}).items():
        setattr(row, name, value)
    if selling.is_preferred:
        prefer(row)
    db.session.flush()
    product = db.session.get_one(Product, row.product_id)
    record("supplier.changed", product, by=by, company_id=row.company_id)
    return row


def remove_seller(row: ProductSupplier, *, by: Actor) -> None:
    """A company sells us a product no more; when it was the preferred one, the next is."""
    lock({Product: [row.product_id]})
    product_id, was_preferred = row.product_id, row.is_preferred
    db.session.delete(row)
    db.session.flush()
    if was_preferred and (others := sellers_of(product_id)):
        prefer(others[0])
    record("supplier.dropped", db.session.get_one(Product, product_id), by=by, company_id=row.company_id)


def prefer(row: ProductSupplier) -> None:
    """Let this one be who the product is bought from; there is one at most."""
    others = update(ProductSupplier).where(
        ProductSupplier.product_id == row.product_id, ProductSupplier.is_preferred
    )
    db.session.execute(others.values(is_preferred=False))
    row.is_preferred = True
    db.session.flush()


__all__ = [
    "Selling", "SupplierFacts", "add_seller", "add_supplier", "change_seller", "prefer", "remove_seller",
    "sellers_of",
]  # fmt: skip
