"""The demo's buying: two suppliers, what they sell, and orders in every state, so that a lead time is measured."""

import uuid
from collections.abc import Sequence
from datetime import time, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from app.demo.bundles import CONSUMED
from app.demo.files import rows_of
from app.demo.places import place
from app.demo.stage import Stage
from app.extensions import db
from app.models import Company, OrderLine, Product, PurchaseOrder
from app.queries.replenishment import suggestions
from app.services.order_endings import close_short
from app.services.order_lines import LineFacts, add_line
from app.services.order_receipts import Delivered, receive_line
from app.services.order_sending import Dispatch, send_order
from app.services.purchase_orders import begin_order
from app.services.routine_orders import draft_routine
from app.services.suppliers import Selling, SupplierFacts, add_seller, add_supplier

MORNING, NOON = time(9, 10), time(12, 40)
PARTS = SupplierFacts(
    name="Brandhuber Normteile", email="bestellung@brandhuber.example", phone="+49 40 5550 1180",
    address="Am Güterbahnhof 14\n20537 Hamburg",
)  # fmt: skip
SHOWS = SupplierFacts(
    name="Lodestar Show Supplies", email="orders@lodestar.example", phone="+49 40 5550 1190",
    address="Kaistraße 3\n21107 Hamburg",
)  # fmt: skip
PACKS = {1: 1, 5: 5, 20: 10}
"""From which reorder level on a part comes in packs of how many."""


class Bought(NamedTuple):
    """An order of the past: when it went out, after how many days what share of it came, and how it ended."""

    ordered: int
    waits: tuple[int, ...]
    shares: tuple[int, ...]
    ending: str = ""


HISTORY = (
    Bought(-150, (6,), (100,)),
    Bought(-96, (4, 6), (60, 40)),
    Bought(-41, (8,), (70,), "The rest is not made any more"),
)
COMING = (Bought(-8, (5,), (50,)), Bought(-2, (), ()))


def buy(stage: Stage) -> None:
    """Name the suppliers, order through half a year, and let today's routine drafts be made."""
    with stage.deed():
        parts = add_supplier(PARTS, by=stage.cast["inventory_manager"]).id
        shows = add_supplier(SHOWS, by=stage.cast["inventory_manager"]).id
    sold = name_sellers(stage, parts, shows)
    for number, bought in enumerate(HISTORY):
        order(stage, parts, sold[number::7][:3], bought)
    due = first_due(stage, parts)
    for number, bought in enumerate(COMING):
        order(stage, parts, due[number::2][:3] or sold[:1], bought)
    with stage.deed():
        draft_routine()


def name_sellers(stage: Stage, parts: int, shows: int) -> list[int]:
    """Say who sells what, at what it cost; the parts that they sell."""
    codes = {row["code"]: int(row["reorder_level"]) for row in rows_of("workshop.csv")}
    with stage.deed():
        rows = db.session.execute(select(Product.sku, Product.id, Product.average_cost)).all()
    known = {sku: (product_id, cost) for sku, product_id, cost in rows}
    for sku, level in codes.items():
        product_id, cost = known[sku]
        sell(stage, parts, product_id, cost, pack_for(level))
    for sku, *_ in CONSUMED:
        sell(stage, shows, known[sku][0], None, 1)
    return [known[sku][0] for sku in codes]


def pack_for(level: int) -> int:
    """In packs of how many a part comes: what is used much comes in more."""
    return max(pack for least, pack in PACKS.items() if level >= least or least == 1)


def sell(stage: Stage, company_id: int, product_id: int, cost: Decimal | None, pack: int) -> None:
    """One supplier sells one product."""
    with stage.deed():
        product, company = db.session.get_one(Product, product_id), db.session.get_one(Company, company_id)
        selling = Selling(
            code=f"{company.name[:2].upper()}-{product_id:05d}", unit_cost=cost, pack_quantity=pack
        )
        add_seller(product, company, selling, by=stage.cast["inventory_manager"])


def first_due(stage: Stage, company_id: int) -> list[int]:
    """What has to be ordered from a supplier today and is not ordered by itself; two are left for a person."""
    with stage.deed():
        due = [one for one in suggestions() if one.is_due and one.supplier and not one.is_routine]
    return [one.product_id for one in due if one.supplier and one.supplier.company_id == company_id][2:8]


def order(stage: Stage, company_id: int, product_ids: Sequence[int], bought: Bought) -> None:
    """Order some products, and receive of them what came."""
    keeper = stage.cast["inventory_manager"]
    ordered_at = stage.at(bought.ordered, MORNING)
    with stage.deed():
        order_id = begin_order(company_id, None, by=keeper).id
    for product_id in product_ids:
        with stage.deed():
            facts = LineFacts(quantity=pieces(product_id))
            add_line(
                db.session.get_one(PurchaseOrder, order_id),
                db.session.get_one(Product, product_id),
                facts,
                by=keeper,
            )
    with stage.deed():
        row = db.session.get_one(PurchaseOrder, order_id)
        row.created_at = ordered_at - timedelta(minutes=20)
        send_order(row, Dispatch(email=PARTS.email), by=keeper, ordered_at=ordered_at)
    for wait, share in zip(bought.waits, bought.shares, strict=True):
        deliver(stage, order_id, bought.ordered + wait, share)
    if bought.ending:
        with stage.deed():
            close_short(db.session.get_one(PurchaseOrder, order_id), bought.ending, by=keeper)


def pieces(product_id: int) -> int:
    """How many are ordered at once."""
    return max(db.session.get_one(Product, product_id).order_up_to or 0, 10)


def deliver(stage: Stage, order_id: int, day: int, share: int) -> None:
    """A share of every line comes, in percent of what was ordered."""
    with stage.deed():
        line_ids = list(db.session.scalars(select(OrderLine.id).where(OrderLine.order_id == order_id)))
    for line_id in line_ids:
        with stage.deed():
            line = db.session.get_one(OrderLine, line_id)
            quantity = min(-(-line.quantity * share // 100), line.still_coming)
            delivered = Delivered(quantity, place("D2"), happened_at=stage.at(day, NOON))
            if quantity:
                receive_line(line, delivered, by=stage.cast["warehouse_staff"], request_id=str(uuid.uuid4()))
