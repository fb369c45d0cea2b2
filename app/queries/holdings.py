"""Who holds the pieces of a product, by name: for saying why no more of it is free."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select

from app.extensions import db
from app.models import Event, Job, JobPart, Repair, Reservation
from app.queries.availability import holders_of

MOST_NAMED = 3
NAMELESS = "another claim"
KEPT_BACK = "quarantine"


class Holding(NamedTuple):
    """So many pieces in somebody's name."""

    name: str
    pieces: int


def holdings(
    product_ids: Collection[int], starts_at: datetime, ends_at: datetime
) -> dict[tuple[int, int], list[Holding]]:
    """(product, warehouse) → who holds pieces of it in a window, the oldest claim first: four statements."""
    found = holders_of(product_ids, starts_at, ends_at, datetime.now(UTC))
    rows = [holder.reservation for holder in found]
    events, jobs, repairs = event_names(rows), job_names(rows), repair_names(rows)
    held: dict[tuple[int, int], list[Holding]] = defaultdict(list)
    for holder, row in zip(found, rows, strict=True):
        name = (
            events.get(row.event_id)
            or jobs.get(row.job_part_id)
            or repairs.get(row.repair_id)
            or (KEPT_BACK if row.quarantine_id else NAMELESS)
        )
        held[row.product_id, row.warehouse_id].append(Holding(name, holder.claim.quantity))
    return dict(held)


def event_names(rows: Sequence[Reservation]) -> Mapping[int | None, str]:
    """Event → its number and name."""
    wanted = {row.event_id for row in rows if row.event_id}
    query = select(Event.id, Event.number, Event.name).where(Event.id.in_(wanted))
    return {row.id: f"{row.number} {row.name}" for row in db.session.execute(query)} if wanted else {}


def job_names(rows: Sequence[Reservation]) -> Mapping[int | None, str]:
    """Job part → the number and title of its job."""
    wanted = {row.job_part_id for row in rows if row.job_part_id}
    query = select(JobPart.id, Job.number, Job.title).join(Job, Job.id == JobPart.job_id)
    query = query.where(JobPart.id.in_(wanted))
    return {row.id: f"{row.number} {row.title}" for row in db.session.execute(query)} if wanted else {}


def repair_names(rows: Sequence[Reservation]) -> Mapping[int | None, str]:
    """Repair → its number, as a repair."""
    wanted = {row.repair_id for row in rows if row.repair_id}
    query = select(Repair.id, Repair.number).where(Repair.id.in_(wanted))
    return {row.id: f"repair {row.number}" for row in db.session.execute(query)} if wanted else {}


def in_words(held: Sequence[Holding]) -> str:
    """Who holds how many, the most first, as a sentence; nothing when nobody does."""
    together: dict[str, int] = defaultdict(int)
    for name, pieces in held:
        together[name] += pieces
    ranked = sorted(together.items(), key=lambda one: -one[1])
    named = [f"{name} holds {pieces}" for name, pieces in ranked[:MOST_NAMED]]
    if more := len(ranked) - MOST_NAMED:
        named += [f"{more} more hold the rest"] if more > 0 else []
    return f" {', '.join(named)}." if named else ""
