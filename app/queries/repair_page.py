"""All that has happened on a repair, and the board on which all of them stand."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased, joinedload

from app.extensions import db
from app.models import Job, JobPart, JobPartState, Product, Repair, RepairSending, RepairState, RepairTest
from app.queries.repairs import still_tells

MOST_ON_BOARD = 30


class WorkLine(NamedTuple):
    """A job on a repair, with what its parts have cost."""

    job_id: int
    number: str
    title: str
    state: str
    cost: Decimal


class PartLine(NamedTuple):
    """A part that was planned or used on a repair."""

    job_id: int
    product: str
    used: int
    planned: int
    unit: str
    cost: Decimal


class RepairStory(NamedTuple):
    """What was done: tests and sendings, the latest first, and the last test that still tells something; jobs with
    their parts. Four statements."""

    tests: Sequence[RepairTest]
    last_test: RepairTest | None
    sendings: Sequence[RepairSending]
    jobs: Sequence[WorkLine]
    parts: Sequence[PartLine]

    @property
    def away(self) -> RepairSending | None:
        """The sending that is not back."""
        return next((row for row in self.sendings if row.is_away), None)

    @property
    def parts_cost(self) -> Decimal:
        """What all parts have cost."""
        return sum((part.cost for part in self.parts), Decimal(0))

    @property
    def outside_cost(self) -> Decimal:
        """What repairers charged."""
        return sum((row.cost for row in self.sendings if row.cost is not None), Decimal(0))


def story_of(repair_id: int) -> RepairStory:
    """All that has happened on a repair."""
    tests = select(RepairTest, still_tells()).where(RepairTest.repair_id == repair_id)
    sendings = (
        select(RepairSending)
        .where(RepairSending.repair_id == repair_id)
        .options(joinedload(RepairSending.company))
        .order_by(RepairSending.id.desc())
    )
    jobs = (
        select(Job.id, Job.number, Job.title, Job.state, func.coalesce(func.sum(JobPart.cost), Decimal(0)))
        .outerjoin(JobPart, JobPart.job_id == Job.id)
        .where(Job.repair_id == repair_id)
        .group_by(Job.id)
        .order_by(Job.id)
    )
    parts = (
        select(
            JobPart.job_id, Product.name, JobPart.quantity_used, JobPart.quantity_planned, JobPart.unit, JobPart.cost
        )
        .join(Job, Job.id == JobPart.job_id)
        .join(Product, Product.id == JobPart.product_id)
        .where(Job.repair_id == repair_id, JobPart.state != JobPartState.CANCELLED)
        .order_by(JobPart.id)
    )  # fmt: skip
    tested = db.session.execute(tests.order_by(RepairTest.id.desc())).all()
    return RepairStory(
        [test for test, _ in tested],
        next((test for test, tells in tested if tells), None),
        db.session.scalars(sendings).all(),
        [WorkLine(*row) for row in db.session.execute(jobs)],
        [PartLine(*row) for row in db.session.execute(parts)],
    )


class Column(StrEnum):
    """Where a repair stands on the board."""

    REPORTED = "reported"
    WORKED_ON = "worked_on"
    AWAY = "away"
    TO_SHELF = "to_shelf"

    @property
    def label(self) -> str:
        """The same for people."""
        return {
            "reported": "Reported", "worked_on": "Under way", "away": "At a repairer",
            "to_shelf": "Works, to be put back",
        }[self.value]  # fmt: skip


class BoardColumn(NamedTuple):
    """A column, with its first repairs and how many there are."""

    column: Column
    repairs: Sequence[Repair]
    total: int


def is_away() -> ColumnElement[bool]:
    """True for a repair whose thing is with a repairer."""
    away = select(RepairSending.id).where(
        RepairSending.repair_id == Repair.id, RepairSending.returned_at.is_(None)
    )
    return away.exists()


def is_tested() -> ColumnElement[bool]:
    """True for a repair whose last test was passed, and still tells something."""
    later = aliased(RepairTest)
    is_last = ~select(later.id).where(later.repair_id == Repair.id, later.id > RepairTest.id).exists()
    return (
        select(RepairTest.id)
        .where(RepairTest.repair_id == Repair.id, RepairTest.is_passed, is_last, still_tells())
        .exists()
    )


def within(column: Column) -> tuple[ColumnElement[bool], ...]:
    """What tells that an open repair stands in a column."""
    at_work = Repair.state == RepairState.IN_PROGRESS
    return {
        Column.REPORTED: (Repair.state == RepairState.OPEN,),
        Column.WORKED_ON: (at_work, ~is_away(), ~is_tested()),
        Column.AWAY: (at_work, is_away()),
        Column.TO_SHELF: (at_work, ~is_away(), is_tested()),
    }[column]


def repair_board() -> list[BoardColumn]:
    """The board: for each column its count and its first repairs, those that are expected soonest first."""
    return [board_column(column) for column in Column]


def board_column(column: Column) -> BoardColumn:
    """One column: two statements, however many repairs there are."""
    total = db.session.scalar(select(func.count(Repair.id)).where(*within(column))) or 0
    query = (
        select(Repair)
        .where(*within(column))
        .options(joinedload(Repair.product), joinedload(Repair.asset), joinedload(Repair.assignee))
        .order_by(Repair.expected_back_at.is_(None), Repair.expected_back_at, Repair.id)
        .limit(MOST_ON_BOARD)
    )
    return BoardColumn(column, db.session.scalars(query).all(), total)


__all__ = ["Column", "RepairStory", "repair_board", "story_of"]
