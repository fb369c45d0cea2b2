"""The demo's cases: with fixed content, packed by scans; one lacks something, one is a packing container."""

import uuid

from sqlalchemy import func, select

from app.demo.places import place
from app.demo.stage import Stage
from app.extensions import db
from app.models import Case, Category, CheckInMode, Location, LocationKind, Product, StockLevel, Tracking
from app.services.cases import CaseFacts, add_case, set_slot
from app.services.put_away import Hand, put_away

CASES = (
    ("Microphone cables 1", "CASE-01", "Kabel - Mikrofon", 28, 3, 0, CheckInMode.WHOLE, False),
    ("DMX cables 1", "CASE-02", "Kabel - DMX", 28, 4, 2, CheckInMode.VERIFY, False),
    ("Mains cables 1", "CASE-03", "Kabel - Strom", 28, 3, 0, CheckInMode.EACH, False),
    ("Packing crate", "CASE-04", "", 21, 0, 0, CheckInMode.WHOLE, True),
)
"""Name, code, what it is for (as the catalogue calls it), own weight in kg, products in it, pieces missing, how it is
checked in, whether it dissolves."""
PIECES = 4


def make_cases(stage: Stage, home: str) -> None:
    """Add the cases, say what belongs into them, and pack them from the shelves."""
    keeper = stage.cast["warehouse_manager"]
    taken: set[int] = set()
    for name, code, sort, weight, products, missing, check_in, dissolves in CASES:
        with stage.deed():
            facts = CaseFacts(
                name=name, code=code, home_id=place(home).id, own_weight_kg=weight, most_load_kg=80,
                check_in=check_in, dissolves=dissolves,
            )  # fmt: skip
            case_id = add_case(facts, by=keeper).id
            chosen = [row.id for row in plentiful(taken, place(home).warehouse_id, sort, products)]
        taken.update(chosen)
        for number, product_id in enumerate(chosen):
            pack(stage, case_id, product_id, PIECES - (missing if number == 0 else 0))


def plentiful(taken: set[int], warehouse_id: int, sort: str, number: int) -> list[Product]:
    """Counted products of a sort of which a warehouse holds many."""
    held = func.sum(StockLevel.quantity)
    query = (
        select(Product)
        .join(StockLevel, StockLevel.product_id == Product.id)
        .join(Location, Location.id == StockLevel.location_id)
        .join(Category, Category.id == Product.category_id)
        .where(
            Category.name.startswith(sort),
            Product.tracking == Tracking.BULK,
            Product.id.not_in(taken),
            Location.warehouse_id == warehouse_id,
            Location.kind == LocationKind.SHELF,
        )
        .group_by(Product.id)
        .having(held >= PIECES * 5)
        .order_by(held.desc(), Product.id)
    )
    return list(db.session.scalars(query.limit(number)))


def pack(stage: Stage, case_id: int, product_id: int, pieces: int) -> None:
    """Say that a product belongs into a case, and scan some of it into it."""
    keeper, hand = stage.cast["warehouse_manager"], stage.cast["warehouse_staff"]
    with stage.deed():
        product = db.session.get_one(Product, product_id)
        code = product.sku
        set_slot(db.session.get_one(Case, case_id), product, PIECES, by=keeper)
    with stage.deed():
        box = db.session.get_one(Location, db.session.get_one(Case, case_id).location_id)
        warehouse = db.session.get_one(Location, box.warehouse_id)
        put_away(Hand(str(uuid.uuid4()), f"{pieces}*{code}", warehouse, box), by=hand)
