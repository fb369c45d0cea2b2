"""Posting a count: the books are brought to what was counted, in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    Condition,
    CountAction,
    CountLine,
    CountSession,
    CountState,
    Location,
    Product,
    StockTransaction,
    TransactionKind,
)
from app.queries.count_review import Review, Reviewed, review_of
from app.refusals import Refused
from app.rules.count_actions import Step, steps
from app.services.activities import record
from app.services.assets import refuse_in_use
from app.services.case_seals import settle_seals_at
from app.services.count_reviews import looks_alone, refuse_same_person
from app.services.counts import refuse_unless
from app.services.ledger import Cause, Entry, Movement, post_all
from app.services.rooms import settle_claims
from app.transactions import lock

MOST_NAMED = 5


def lock_count(count: CountSession) -> None:
    """Hold the count, and all that its lines are about."""
    lock({CountSession: [count.id], Product: ids_of(count, "product_id"), Asset: ids_of(count, "asset_id")})


def ids_of(count: CountSession, column: str) -> Callable[[], list[int]]:
    """What the lines are about, asked for once the count is locked."""
    count_id = count.id
    named = select(getattr(CountLine, column)).where(CountLine.count_id == count_id).distinct()
    return lambda: [row_id for row_id in db.session.scalars(named) if row_id is not None]


def post_count(count: CountSession, *, by: Actor) -> list[StockTransaction]:
    """Write what was decided into the ledger. A count is posted once. Raises Refused.

    Each adjustment stands in the ledger at the moment at which the line was counted: from then on it is true.
    """
    lock_count(count)
    refuse_unless(count, CountState.REVIEW)
    refuse_same_person(count, by)
    review = review_of(count)
    refuse_undecided(review)
    lines = {line.id: line for line in review.lines}
    planned = steps([line.decided for line in review.differences])
    refuse_held(planned, lines)
    rows = post_all([entry_of(count, step, lines[step.line_id], by) for step in planned])
    mark_assets(planned)
    write_results(count, review, planned)
    count.state, count.posted_at, count.posted_by_id = CountState.POSTED, datetime.now(UTC), by.id
    db.session.flush()
    settle(rows, by, f"counted ({count.number})")
    alone = looks_alone(count, by)
    record(
        "count.posted", count, by=by, differences=len(review.differences), movements=len(rows), is_alone=alone
    )
    db.session.flush()
    return rows


def refuse_undecided(review: Review) -> None:
    """Everything that differs is decided. Raises Refused, naming what is not."""
    if undecided := review.undecided:
        again = sum(line.action is CountAction.RECOUNT for line in undecided)
        said = (
            f"{again} to be counted again" if again == len(undecided) else f"{len(undecided)} to be decided"
        )
        raise Refused(f"Not yet: {said}. {named(undecided)}")


def named(lines: Sequence[Reviewed]) -> str:
    """Some lines by name."""
    names = [f"{line.tag or line.product} in {line.place}" for line in lines[:MOST_NAMED]]
    more = len(lines) - len(names)
    return "; ".join(names) + (f" and {more} more" if more else "") + "."


def refuse_held(planned: Sequence[Step], lines: Mapping[int, Reviewed]) -> None:
    """An asset that an event has prepped or out, or that is in repair, does not leave its place by a count.
    Raises Refused."""
    refuse_in_use([step.asset_id for step in planned if step.asset_id is not None])
    for step in planned:
        line = lines[step.line_id]
        if step.to_id is None and line.held is not None and line.held.repair_id:
            raise Refused(f"{line.tag} is in repair: end {line.held.number} first, or ignore the difference.")


def entry_of(count: CountSession, step: Step, line: Reviewed, by: Actor) -> Entry:
    """A movement with its cause: the count, at the moment of the counting."""
    finding = line.finding
    notes = line.note or f"counted {finding.counted}, expected {finding.expected}"
    cause = Cause(
        by, "count", count.number, notes=notes, happened_at=line.seen.last_at, request_id=f"count:{count.id}",
        is_new=True,
    )  # fmt: skip
    movement = Movement(
        step.product_id, step.quantity, step.asset_id, step.from_id, step.to_id, count_line_id=step.line_id
    )
    is_carried = step.from_id is not None and step.to_id is not None
    return Entry(TransactionKind.TRANSFER if is_carried else TransactionKind.ADJUSTMENT, movement, cause)


def mark_assets(planned: Sequence[Step]) -> None:
    """What is not there is missing, as when it is lost on an event; what was missing and is there is good again."""
    of_asset = {
        step.asset_id: step for step in planned if step.asset_id and None in (step.from_id, step.to_id)
    }
    before = []
    for asset in db.session.scalars(select(Asset).where(Asset.id.in_(of_asset))):
        step = of_asset[asset.id]
        before.append({"id": step.line_id, "condition_before": asset.condition})
        if step.to_id is None:
            asset.condition = Condition.MISSING
        elif asset.condition is Condition.MISSING:
            asset.condition = Condition.GOOD
    write_lines(before)


def write_results(count: CountSession, review: Review, planned: Sequence[Step]) -> None:
    """Keep on the lines what differed and what was posted, and on the count how right the books were."""
    moved: Counter[tuple[int, int, int | None]] = Counter()
    for step in planned:
        for place_id, change in ((step.from_id, -step.quantity), (step.to_id, step.quantity)):
            if place_id is not None:
                moved[step.product_id, place_id, step.asset_id] += change
    write_lines(
        [
            {
                "id": line.id,
                "difference": line.finding.difference,
                "posted_difference": moved[line.product_id, line.location_id, line.asset_id],
                "action": line.action if line.differs else CountAction.NONE,
                "transfer_from_id": line.from_id if line.action is CountAction.TRANSFER else None,
            }
            for line in review.counted
        ]
    )
    count.lines_counted, count.lines_right = len(review.counted), review.right
    count.value_over, count.value_short = review.value_over, review.value_short


def write_lines(values: list[dict[str, Any]]) -> None:
    """Change many lines in one statement."""
    if values:
        db.session.execute(update(CountLine), values)


def settle(rows: Sequence[StockTransaction], by: Actor, reason: str) -> None:
    """Tell whose events are short now, or short no more, in each warehouse that the count touched."""
    places = {place for row in rows for place in (row.from_id, row.to_id) if place is not None}
    homes = select(Location.id, Location.warehouse_id).where(Location.id.in_(places))
    home = {row.id: row.warehouse_id for row in db.session.execute(homes)}
    touched: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        for place in (row.from_id, row.to_id):
            if place is not None:
                touched[home[place]].add(row.product_id)
    for warehouse_id, product_ids in sorted(touched.items()):
        settle_claims(product_ids, warehouse_id, by=by, reason=reason)
    settle_seals_at(places, by=by, excused=reason)
