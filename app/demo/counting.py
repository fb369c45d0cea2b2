"""What was counted and what is being counted: a posted count, an open one, plans of which one is due."""

import uuid
from datetime import timedelta

from sqlalchemy import select

from app.actors import Actor
from app.demo.places import place
from app.demo.stage import Stage
from app.extensions import db
from app.models import CountLine, CountSession
from app.queries.count_scope import Scope
from app.services.count_entries import count as count_in
from app.services.count_plans import Planned, plan_by_class, plan_count, remind_of_counts, today
from app.services.count_posting import post_count
from app.services.count_rows import Said
from app.services.counts import Wanted, finish_count, start_count

COUNTED, GOING_ON, DUE = "D2", "B3", "A1"
"""The codes of the places that were counted, are being counted, and are to be counted."""
MISSING = {1: 2, 4: 1}
"""Which lines of the posted count are short, and by how many."""


def count_the_shelves(stage: Stage) -> None:
    """Count the cabinet and set its books right, begin with the cables, and be late with the microphones."""
    keeper = stage.cast["inventory_manager"]
    count_cabinet(stage, begin(stage, COUNTED, keeper, "Workshop cabinet"))
    count_some(stage, begin(stage, GOING_ON, keeper, "Cable and power"))
    with stage.deed():
        plan_count(Planned(Scope(place(DUE).id), 91, today() - timedelta(days=4)), by=keeper)
        plan_by_class(by=keeper)
        remind_of_counts()


def begin(stage: Stage, code: str, by: Actor, name: str) -> int:
    """Begin to count a place."""
    with stage.deed():
        return start_count(Wanted(Scope(place(code).id), name), by=by).id


def count_cabinet(stage: Stage, count_id: int) -> None:
    """Somebody from the warehouse counts it all, hands it in, and the keeper posts what differs."""
    for number, (line_id, expected) in enumerate(lines_of(stage, count_id)):
        say(stage, count_id, line_id, max(expected - MISSING.get(number, 0), 0), "warehouse_staff")
    with stage.deed():
        count = db.session.get_one(CountSession, count_id)
        finish_count(count, is_rest_none=False, by=stage.cast["warehouse_staff"])
    with stage.deed():
        post_count(db.session.get_one(CountSession, count_id), by=stage.cast["inventory_manager"])


def count_some(stage: Stage, count_id: int) -> None:
    """Two people are at it: a third of the lines is counted."""
    lines = lines_of(stage, count_id)
    for number, (line_id, expected) in enumerate(lines[: len(lines) // 3]):
        say(stage, count_id, line_id, expected, ("warehouse_staff", "warehouse_manager")[number % 2])


def lines_of(stage: Stage, count_id: int) -> list[tuple[int, int]]:
    """(Line, what is expected), in the order in which they were written down."""
    with stage.deed():
        query = select(CountLine.id, CountLine.expected).where(CountLine.count_id == count_id)
        return [(row.id, row.expected) for row in db.session.execute(query.order_by(CountLine.id))]


def say(stage: Stage, count_id: int, line_id: int, quantity: int, who: str) -> None:
    """So many of a line."""
    with stage.deed():
        said = Said(str(uuid.uuid4()), line_id=line_id, quantity=quantity)
        count_in(db.session.get_one(CountSession, count_id), said, by=stage.cast[who])
