"""Purchase orders while they are drafts: who begins one, and what is put on it.

Whoever puts something on drafts locks `draft_locks(product_ids)` first: the organization's row keeps
two people from beginning a draft for the same supplier, the products keep needs from being met twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import func, select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Base,
    Location,
    LocationKind,
    OrderLine,
    OrderState,
    Organization,
    Product,
    ProductSupplier,
    PurchaseOrder,
)
from app.refusals import Refused
from app.rules.replenishment import whole_packs
from app.scope import current_organization_id
from app.services.activities import record
from app.services.numbers import next_number, this_year
from app.transactions import Ids, locked_rows


@dataclass(frozen=True)
class Wanted:
    """So many of a product that shall be ordered, in the product's own unit."""

    product: Product
    quantity: int
    notes: str = ""
    job_part_id: int | None = None
    said: tuple[int, str] | None = None
    is_exact: bool = False
    """True when somebody chose the number: it is not rounded up to packs."""


def draft_locks(product_ids: Collection[int]) -> dict[type[Base], Ids]:
    """What must be locked before these products are put on drafts, to be joined with what else a deed locks."""
    return {
        Organization: [current_organization_id()],
        PurchaseOrder: open_draft_ids,
        Product: list(product_ids),
    }


def open_draft_ids() -> Sequence[int]:
    """The drafts that there are."""
    query = select(PurchaseOrder.id).where(PurchaseOrder.state == OrderState.DRAFT)
    return db.session.scalars(query.order_by(PurchaseOrder.id)).all()


def ask_for(
    product: Product,
    quantity: int,
    *,
    by: Actor,
    is_urgent: bool = False,
    job_part_id: int | None = None,
    notes: str = "",
) -> PurchaseOrder:
    """Put so many of a product on the draft of its preferred supplier, and tell those who order.

    Rounded up to how the supplier sells it. A product that nobody sells us goes on a draft without a
    supplier. The caller has locked `draft_locks([product.id])`. Raises Refused for what cannot be bought.
    """
    seller = preferred_suppliers([product.id]).get(product.id)
    order = draft_for(seller.company_id if seller else None, by=by)
    line = put_on(order, Wanted(product, quantity, notes, job_part_id), seller)
    order.is_urgent = order.is_urgent or is_urgent
    db.session.flush()
    said = f"{quantity} {product.unit} {product.name}" + (f": {notes}" if notes else "")
    record(
        "order.requested_urgently" if is_urgent else "order.requested",
        order, by=by, summary=said, product_id=product.id, quantity=line.quantity, job_part_id=job_part_id,
    )  # fmt: skip
    return order


def preferred_suppliers(product_ids: Collection[int]) -> dict[int, ProductSupplier]:
    """Product → how its preferred supplier sells it."""
    query = select(ProductSupplier).where(
        ProductSupplier.product_id.in_(product_ids), ProductSupplier.is_preferred
    )
    return {row.product_id: row for row in db.session.scalars(query)}


def draft_for(company_id: int | None, *, by: Actor, is_automatic: bool = False) -> PurchaseOrder:
    """The locked draft for a supplier, begun when there is none. An automatic one is never a person's."""
    drafts = [
        order for order in locked_rows(PurchaseOrder, open_draft_ids()) if order.company_id == company_id
    ]
    fitting = [order for order in drafts if order.is_automatic or not is_automatic]
    if fitting:
        return max(fitting, key=lambda order: order.id)
    return begin_order(company_id, None, by=by, is_automatic=is_automatic)


def begin_order(
    company_id: int | None, location: Location | None, *, by: Actor, is_automatic: bool = False
) -> PurchaseOrder:
    """An empty draft with its number, to be delivered to a place; to the first warehouse when none is said."""
    now = datetime.now(UTC)
    order = PurchaseOrder(
        number=next_number("PO", this_year(now)),
        company_id=company_id,
        location_id=location.id if location else first_warehouse_id(),
        is_automatic=is_automatic,
        created_at=now,
        created_by_id=by.id,
    )
    db.session.add(order)
    db.session.flush()
    record("order.drafted", order, by=by, company_id=company_id)
    return order


def first_warehouse_id() -> int:
    """Where deliveries go unless somebody says otherwise."""
    query = select(Location.id).where(Location.kind == LocationKind.WAREHOUSE, Location.archived_at.is_(None))
    found = db.session.scalar(query.order_by(Location.id).limit(1))
    if found is None:
        raise Refused("There is no warehouse to deliver to.", "location_id")
    return found


def put_on(order: PurchaseOrder, wanted: Wanted, seller: ProductSupplier | None) -> OrderLine:
    """Put a product on a locked draft; what stands there already is added to. Raises Refused."""
    refuse_unorderable(order, wanted)
    quantity = wanted.quantity if wanted.is_exact else sold(wanted.quantity, seller)
    line = db.session.scalars(
        select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.product_id == wanted.product.id)
    ).one_or_none()
    if line is None:
        line = new_line(order, wanted, quantity, seller.unit_cost if seller else None)
    else:
        line.quantity += quantity
        line.said_quantity, line.said_unit = None, ""
        line.notes = "; ".join(dict.fromkeys(filter(None, [line.notes, wanted.notes])))
        line.job_part_id = line.job_part_id or wanted.job_part_id
    order.version += 1
    db.session.flush()
    return line


def sold(quantity: int, seller: ProductSupplier | None) -> int:
    """The quantity rounded up to how a supplier sells it."""
    return whole_packs(quantity, seller.pack_quantity, seller.minimum_quantity) if seller else quantity


def new_line(order: PurchaseOrder, wanted: Wanted, quantity: int, unit_cost: Decimal | None) -> OrderLine:
    """One more line at the end of an order."""
    last = db.session.scalar(select(func.max(OrderLine.position)).where(OrderLine.order_id == order.id))
    said_quantity, said_unit = wanted.said or (None, "")
    line = OrderLine(
        order_id=order.id,
        product_id=wanted.product.id,
        position=(last or 0) + 1,
        quantity=quantity,
        said_quantity=said_quantity,
        said_unit=said_unit,
        unit_cost=unit_cost,
        job_part_id=wanted.job_part_id,
        notes=wanted.notes,
    )
    db.session.add(line)
    return line


def refuse_unorderable(order: PurchaseOrder, wanted: Wanted) -> None:
    """What cannot be put on an order. Raises Refused."""
    if order.state is not OrderState.DRAFT:
        raise Refused(f"{order.number} is {order.state.label.lower()}: put it on a new order.")
    if wanted.product.is_package:
        raise Refused(f"{wanted.product.name} is a package: order its parts.", "product")
    if wanted.product.archived_at is not None:
        raise Refused(f"{wanted.product.name} is archived.", "product")
    if wanted.quantity < 1:
        raise Refused("At least one must be ordered.", "quantity")


__all__ = [
    "Wanted", "ask_for", "begin_order", "draft_for", "draft_locks", "first_warehouse_id", "new_line",
    "open_draft_ids", "preferred_suppliers", "put_on", "sold",
]  # fmt: skip
