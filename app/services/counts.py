"""Counting what is really there: beginning, handing in, giving up."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, literal, select

from app.actors import Actor
from app.extensions import db
from app.models import (
    OPEN_COUNTS,
    Asset,
    CountLine,
    CountPlan,
    CountSession,
    CountState,
    Location,
    Product,
    StockLevel,
    StockTransaction,
    Tracking,
)
from app.queries.count_scope import Scope, described, places_in, products_in
from app.queries.rows import AnySelect
from app.refusals import Refused
from app.scope import current_organization_id
from app.services.activities import record
from app.services.count_plans import come_round, due_again
from app.services.numbers import next_number, this_year
from app.services.once import is_first
from app.transactions import be_alone, lock


@dataclass(frozen=True)
class Wanted:
    """What is to be counted, under which name, and whether those who count see what is expected."""

    scope: Scope
    name: str = ""
    is_blind: bool = True
    notes: str = ""


def start_count(
    wanted: Wanted, *, by: Actor, plan: CountPlan | None = None, request_id: str = ""
) -> CountSession:
    """Begin to count: what the books say now is written down. The same request again is the same count.

    Raises Refused when the books know of nothing that could be counted.
    """
    if plan is not None:
        be_alone()
        refuse_begun(plan)
    if not is_first(request_id, by=by):
        return latest_of(by)
    now = datetime.now(UTC)
    count = CountSession(
        number=next_number("CT", this_year(now)),
        name=wanted.name or described(wanted.scope),
        count_by=wanted.scope.by,
        scope=wanted.scope.as_json(),
        is_blind=wanted.is_blind,
        notes=wanted.notes,
        plan_id=plan.id if plan else None,
        started_at=now,
        started_by_id=by.id,
    )
    db.session.add(count)
    db.session.flush()
    lines = take_snapshot(count, wanted.scope)
    if not lines and not wanted.scope.location_id:
        raise Refused("The books know of none of this: there is nothing to count.")
    if plan is not None:
        come_round(plan, now)
    record("count.started", count, by=by, lines=lines)
    db.session.flush()
    return count


def refuse_begun(plan: CountPlan) -> None:
    """One count of a plan at a time. Raises Refused."""
    going_on = select(CountSession.number).where(
        CountSession.plan_id == plan.id, CountSession.state.in_(OPEN_COUNTS)
    )
    if number := db.session.scalar(going_on.limit(1)):
        raise Refused(f"{number} counts this already.")


def latest_of(by: Actor) -> CountSession:
    """The count that this person began last."""
    mine = select(CountSession).where(CountSession.started_by_id == by.id)
    return db.session.scalars(mine.order_by(CountSession.id.desc()).limit(1)).one()


def take_snapshot(count: CountSession, scope: Scope) -> int:
    """Write down what the books say, in two statements however much it is; the number of lines.

    Levels and movements are written together, so the last movement that one statement sees of a product is the
    last one in the levels that it sees: nobody has to wait meanwhile.
    """
    places = places_in(scope.location_id)
    if scope.location_id and not places:
        raise Refused("This location does not exist any more.", "location_id")
    for lines in (counted_levels(count, scope, places), standing_assets(count, scope, places)):
        db.session.execute(insert(CountLine).from_select(SNAPSHOT, lines))
    return db.session.scalar(select(func.count(CountLine.id)).where(CountLine.count_id == count.id)) or 0


SNAPSHOT = [
    "organization_id", "count_id", "product_id", "location_id", "asset_id", "expected", "known_until", "round",
    "is_added", "action", "note",
]  # fmt: skip


def counted_levels(count: CountSession, scope: Scope, places: list[int]) -> AnySelect:
    """What is counted by the piece: each product in each place that holds some."""
    query: AnySelect = select(*snapshot_of(count, StockLevel.location_id, literal(None), StockLevel.quantity))
    query = query.join(StockLevel, StockLevel.product_id == Product.id).where(
        StockLevel.organization_id == current_organization_id(),
        StockLevel.is_held,
        StockLevel.location_id.in_(places),
        Product.tracking != Tracking.SERIALIZED,
    )
    query = query.where(*of_scope(scope))
    return query.order_by(StockLevel.location_id, Product.name)


def standing_assets(count: CountSession, scope: Scope, places: list[int]) -> AnySelect:
    """What is followed piece by piece: each asset where it stands."""
    query: AnySelect = select(*snapshot_of(count, Asset.location_id, Asset.id, literal(1)))
    query = query.join(Asset, Asset.product_id == Product.id).where(
        Asset.organization_id == current_organization_id(),
        Asset.location_id.in_(places),
        Asset.retired_at.is_(None),
    )
    query = query.where(*of_scope(scope))
    return query.order_by(Asset.location_id, Product.name, Asset.tag)


def snapshot_of(count: CountSession, location_id: Any, asset_id: Any, expected: Any) -> list[Any]:
    """The columns of a line."""
    return [
        literal(count.organization_id), literal(count.id), Product.id, location_id, asset_id, expected,
        known_until(), literal(1), literal(False), literal("none"), literal(""),
    ]  # fmt: skip


def known_until() -> Any:
    """The last movement of a product that the books know of now."""
    last = select(func.coalesce(func.max(StockTransaction.id), 0)).where(
        StockTransaction.organization_id == Product.organization_id,
        StockTransaction.product_id == Product.id,
    )
    return last.correlate(Product).scalar_subquery()


def of_scope(scope: Scope) -> list[Any]:
    """The products of a scope: said in full, because an INSERT is not filtered by itself."""
    return [Product.organization_id == current_organization_id(), products_in(scope)]


def finish_count(count: CountSession, *, is_rest_none: bool, by: Actor) -> None:
    """Hand the count in: everything that is to be counted is counted, or will not be.

    `is_rest_none` says that what nobody counted is not there. Raises Refused when it is not being counted.
    """
    lock({CountSession: [count.id]})
    refuse_unless(count, CountState.COUNTING)
    count.state, count.finished_at, count.finished_by_id = CountState.REVIEW, datetime.now(UTC), by.id
    count.is_rest_none = is_rest_none
    record("count.finished", count, by=by)
    db.session.flush()


def cancel_count(count: CountSession, reason: str, *, by: Actor) -> None:
    """Give the count up: nothing is written, and a plan that it came from is due again. Raises Refused."""
    lock({CountSession: [count.id]})
    refuse_unless(count, CountState.COUNTING, CountState.REVIEW)
    count.state, count.reason = CountState.CANCELLED, reason
    if count.plan_id:
        due_again(count.plan_id)
    record("count.cancelled", count, by=by, reason=reason)
    db.session.flush()


WHEN: dict[CountState, str] = {
    CountState.COUNTING: "is being counted",
    CountState.REVIEW: "is being reviewed",
    CountState.POSTED: "is posted",
    CountState.REVERSED: "is taken back",
    CountState.CANCELLED: "was given up",
}


def refuse_unless(count: CountSession, *states: CountState) -> None:
    """What is done to a count depends on how far it has come. Raises Refused."""
    if count.state not in states:
        raise Refused(f"{count.number} {WHEN[count.state]}: please look again.")


def place_counted(count: CountSession, location_id: int) -> bool:
    """True for a place that the count takes in."""
    place = db.session.get(Location, location_id)
    return place is not None and location_id in places_in(Scope.of(count.scope).location_id)
