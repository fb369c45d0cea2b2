"""A stock room that buys: a supplier, a product it sells, and what stands on orders, for the tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.extensions import db
from app.models import Company, OrderLine, OrderState, Product, ProductSupplier, PurchaseOrder, Tracking
from app.services.purchase_orders import ask_for, draft_locks
from app.transactions import lock
from tests import factories
from tests.factories import me


def supplier(name: str = "Thomsen Bühnenbedarf") -> Company:
    """A company that sells us things."""
    row = Company(name=name, email="orders@thomsen.example", is_supplier=True, created_at=datetime.now(UTC))
    db.session.add(row)
    db.session.flush()
    return row


def sells(company: Company, product: Product, **more: object) -> ProductSupplier:
    """The company is who this product is bought from."""
    known = {"code": f"T-{product.id}", "unit_cost": Decimal("4.80"), "is_preferred": True}
    row = ProductSupplier(product_id=product.id, company_id=company.id, **(known | more))
    db.session.add(row)
    db.session.flush()
    return row


def tape(at: int, stock: int = 5, **more: object) -> Product:
    """Gaffer tape, of which there are few."""
    known = {"name": "Gaffer tape", "tracking": Tracking.CONSUMABLE, "unit": "roll"}
    levels = {"reorder_level": 10, "order_up_to": 40}
    return factories.product(stock=stock, at=at, **(known | levels | more))  # type: ignore[arg-type]


def arrived(company_id: int, product_id: int, location_id: int, days: int, ago: int = 60) -> None:
    """An order of which the first piece came after so many days."""
    ordered_at = datetime.now(UTC) - timedelta(days=ago)
    order = PurchaseOrder(
        number=f"PO-{company_id}-{ago}-{days}", company_id=company_id, location_id=location_id,
        state=OrderState.RECEIVED, created_at=ordered_at, ordered_at=ordered_at,
    )  # fmt: skip
    db.session.add(order)
    db.session.flush()
    came_at = ordered_at + timedelta(days=days)
    line = {"product_id": product_id, "position": 1, "quantity": 1, "received_quantity": 1}
    db.session.add(OrderLine(order_id=order.id, first_received_at=came_at, **line))
    db.session.flush()


def asked(product: Product, quantity: int, **more: object) -> PurchaseOrder:
    """So many of it on a draft."""
    lock(draft_locks([product.id]))
    return ask_for(product, quantity, by=me(), **more)  # type: ignore[arg-type]


def lines_of(order: PurchaseOrder) -> list[tuple[int, int]]:
    """(product, quantity) of each line of an order."""
    query = db.session.query(OrderLine).filter(OrderLine.order_id == order.id).order_by(OrderLine.position)
    return [(line.product_id, line.quantity) for line in query]
