"""What a purchase order says, in the organization's own words and figures."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select

from app.extensions import db
from app.models import (
    Company,
    Location,
    OrderLine,
    Organization,
    Product,
    ProductSupplier,
    PurchaseOrder,
)
from app.queries.quote_content import Words, letterhead
from app.queries.rows import AnyRow
from app.rules.money import ZERO, round_money

OrderSheet = dict[str, Any]


def printed_lines(order_id: int) -> Sequence[AnyRow]:
    """The lines of an order with their products, and under which code the supplier has them."""
    query = (
        select(
            OrderLine.id, OrderLine.quantity, OrderLine.said_quantity, OrderLine.said_unit, OrderLine.unit_cost,
            OrderLine.notes, Product.name, Product.sku, Product.unit, Product.lead_days,
            ProductSupplier.code.label("their_code"),
        )
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .join(Product, Product.id == OrderLine.product_id)
        .outerjoin(
            ProductSupplier,
            and_(
                ProductSupplier.product_id == OrderLine.product_id,
                ProductSupplier.company_id == PurchaseOrder.company_id,
            ),
        )
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position, OrderLine.id)
    )  # fmt: skip
    return db.session.execute(query).all()


def order_content(
    order: PurchaseOrder,
    company: Company,
    location: Location,
    organization: Organization,
    *,
    with_costs: bool = True,
) -> OrderSheet:
    """Everything on the printed order, written out; prices only for those who may see them."""
    words, lines = Words(organization), printed_lines(order.id)
    return {
        "sender": letterhead(organization),
        "number": order.number,
        "is_draft": order.ordered_at is None,
        "is_urgent": order.is_urgent,
        "address": "\n".join(filter(None, [company.name, company.address])),
        "date": words.day(order.ordered_at or datetime.now(UTC)),
        "expected_on": words.day(order.expected_on) if order.expected_on else "",
        "deliver_to": "\n".join(filter(None, [location.name, location.address or organization.address])),
        "notes": order.notes,
        "with_costs": with_costs,
        "lines": [line_content(line, words, with_costs) for line in lines],
        "total": words.money(total_of(lines)) if with_costs and is_priced(lines) else "",
    }


def line_content(line: AnyRow, words: Words, with_costs: bool) -> dict[str, str]:
    """One line, written out."""
    cost = line.unit_cost if with_costs else None
    packs = f"{words.number(line.said_quantity)} {line.said_unit}" if line.said_quantity else ""
    return {
        "name": line.name,
        "codes": " · ".join(filter(None, [line.their_code and f"your {line.their_code}", f"our {line.sku}"])),
        "notes": line.notes,
        "quantity": f"{words.number(line.quantity)} {line.unit}",
        "packs": packs,
        "unit_cost": price(cost, words),
        "net": words.money(round_money(cost * line.quantity)) if cost is not None else "",
    }


def price(cost: Decimal | None, words: Words) -> str:
    """What one costs, with as many digits as it has: a screw costs less than a cent."""
    if cost is None:
        return ""
    return words.money(cost) if cost == round_money(cost) else f"{words.currency} {words.number(cost)}"


def is_priced(lines: Sequence[AnyRow]) -> bool:
    """True when every line has a price: half a total would say something false."""
    return bool(lines) and all(line.unit_cost is not None for line in lines)


def total_of(lines: Sequence[AnyRow]) -> Decimal:
    """What the priced lines come to."""
    return sum(
        (round_money(line.unit_cost * line.quantity) for line in lines if line.unit_cost is not None), ZERO
    )
