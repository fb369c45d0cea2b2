"""The demo's workshop: a cabinet of parts that are used up, and half a year of what was taken out of it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import time
from decimal import Decimal

from sqlalchemy import select

from app.demo.files import rows_of
from app.demo.places import place
from app.demo.stage import Stage
from app.extensions import db
from app.models import Product, Tracking, TransactionKind
from app.services.first_receipts import Found, receive_found
from app.services.ledger import Cause, Movement, post
from app.services.levels import LevelsSaid, set_levels
from app.services.products import ProductFacts, add_product
from app.transactions import lock

CABINET = "D2"
FIRST_DAY = -190
"""When the cabinet was filled, in days from today: before anything was taken out of it."""
MORNING, AFTERNOON = time(8, 0), time(14, 30)
LEAD_DAYS = 7
ROUTINE = 10
"""What is ordered at this level or above is bought by routine."""


def fill_cabinet(stage: Stage) -> None:
    """Name the parts, put in what there was on the first day, and say when each is ordered again."""
    keeper = stage.cast["inventory_manager"]
    rows = rows_of("workshop.csv")
    with stage.deed():
        products = [
            add_product(
                ProductFacts(
                    name=row["name"], sku=row["code"], category="Workshop", tracking=Tracking.CONSUMABLE,
                    notes="Cost as published, in dollars, taken as euros.",
                ),
                by=keeper,
            )
            for row in rows
        ]  # fmt: skip
        found = [
            Found(product.id, int(row["quantity"]) + int(row["issued"]), Decimal(row["unit_cost"]))
            for product, row in zip(products, rows, strict=True)
        ]
    with stage.deed():
        receive_found(
            found, place(CABINET), by=keeper, request_id="workshop-first-day", notes="The cabinet was filled",
            happened_at=stage.at(FIRST_DAY, MORNING),
        )  # fmt: skip
    with stage.deed():
        set_levels({one.product_id: levels_of(row) for one, row in zip(found, rows, strict=True)}, by=keeper)


def levels_of(row: dict[str, str]) -> LevelsSaid:
    """As published; filled up to three times the level."""
    level = int(row["reorder_level"])
    return LevelsSaid(
        reorder_level=level, order_up_to=max(3 * level, 2), lead_days=LEAD_DAYS, is_routine=level >= ROUTINE
    )


def empty_cabinet(stage: Stage) -> None:
    """Half a year of issues, day by day, as they were published."""
    with stage.deed():
        ids = {row.sku: row.id for row in db.session.execute(select(Product.sku, Product.id))}
    days: dict[int, list[Movement]] = defaultdict(list)
    with stage.deed():
        from_id = place(CABINET).id
    for row in rows_of("workshop_issues.csv"):
        days[int(row["days_before"])].append(
            Movement(ids[row["code"]], int(row["quantity"]), from_id=from_id)
        )
    for days_before, movements in sorted(days.items(), reverse=True):
        take_out(stage, days_before, movements)


def take_out(stage: Stage, days_before: int, movements: Sequence[Movement]) -> None:
    """What was taken on one day."""
    with stage.deed():
        lock({Product: {movement.product_id for movement in movements}})
        cause = Cause(
            stage.cast["technician"], "workshop", notes="Taken in the workshop",
            happened_at=stage.at(-days_before, AFTERNOON), request_id=f"workshop-{days_before}",
        )  # fmt: skip
        for number, movement in enumerate(movements):
            post(TransactionKind.ISSUE, [movement], numbered(cause, number))


def numbered(cause: Cause, number: int) -> Cause:
    """The same cause, for one of several movements of a day: each is a request of its own."""
    return Cause(
        cause.by, cause.reference_type, notes=cause.notes, happened_at=cause.happened_at,
        request_id=f"{cause.request_id}-{number}",
    )  # fmt: skip
