"""What caused a movement: the event, job, purchase order, count or repair that it was made for."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from app.extensions import db
from app.models import CountLine, CountSession, Event, Job, JobPart, OrderLine, PurchaseOrder, Repair
from app.rules.references import reference_sort


class Caused(NamedTuple):
    """What a movement was made for: its sort, its number, and its id."""

    sort: str
    number: str
    id: int


PARENTS: Final = (
    ("event", "event_id", select(Event.id, Event.number, Event.id)),
    ("job", "job_part_id", select(JobPart.id, Job.number, Job.id).join(Job, Job.id == JobPart.job_id)),
    (
        "purchase_order",
        "order_line_id",
        select(OrderLine.id, PurchaseOrder.number, PurchaseOrder.id).join(
            PurchaseOrder, PurchaseOrder.id == OrderLine.order_id
        ),
    ),
    (
        "count",
        "count_line_id",
        select(CountLine.id, CountSession.number, CountSession.id).join(
            CountSession, CountSession.id == CountLine.count_id
        ),
    ),
)
"""Sort → the column that names its line, and from the line to what it belongs to."""
NUMBERED: Final[dict[str, Any]] = {
    "event": Event,
    "job": Job,
    "purchase_order": PurchaseOrder,
    "count": CountSession,
    "repair": Repair,
}
"""What can be found by a number that somebody wrote down."""


def causes_of(rows: Sequence[Any]) -> dict[int, Caused]:
    """Movement → what caused it, as far as that is known here: at most one statement for each sort."""
    found = by_number(rows)
    for sort, column, query in PARENTS:
        wanted = {line_id for row in rows if (line_id := getattr(row, column))}
        if wanted:
            first = query.selected_columns[0]
            parents = {
                row[0]: Caused(sort, row[1], row[2])
                for row in db.session.execute(query.where(first.in_(wanted)))
            }
            found |= {row.id: parents[line] for row in rows if (line := getattr(row, column)) in parents}
    return found


def by_number(rows: Iterable[Any]) -> dict[int, Caused]:
    """Movement → what has the number that it refers to."""
    wanted: dict[str, dict[str, list[int]]] = {}
    for row in rows:
        sort = reference_sort(row.reference_type)
        if row.reference_number and sort in NUMBERED:
            wanted.setdefault(sort, {}).setdefault(row.reference_number, []).append(row.id)
    found: dict[int, Caused] = {}
    for sort, numbers in wanted.items():
        model = NUMBERED[sort]
        for row_id, number in db.session.execute(
            select(model.id, model.number).where(model.number.in_(numbers))
        ):
            found |= dict.fromkeys(numbers[number], Caused(sort, number, row_id))
    return found
