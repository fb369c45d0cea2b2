"""After stock changed: bring the claims on it in line, and tell whose event is short now."""

from collections.abc import Collection

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Event, Job, JobPart, Location, Product, Reservation
from app.services.activities import Done, record, record_all
from app.services.reservations import make_room


def warehouse_of(location_id: int | None) -> int | None:
    """The warehouse that a place belongs to."""
    if location_id is None:
        return None
    return db.session.scalar(select(Location.warehouse_id).where(Location.id == location_id))


def settle_claims(
    product_ids: Collection[int], warehouse_id: int | None, *, by: Actor, reason: str
) -> list[str]:
    """Mark the claims that became short, or are short no more; the numbers of the events that became short."""
    if warehouse_id is None:
        return []
    rows = make_room(product_ids, warehouse_id, by=by, reason=reason)
    tell_short_jobs([row for row in rows if row.job_part_id is not None], by=by, reason=reason)
    return tell_short([row for row in rows if row.event_id is not None], by=by, reason=reason)


def tell_short(rows: Collection[Reservation], *, by: Actor, reason: str) -> list[str]:
    """One activity for each event that became short, so that somebody hears of it."""
    if not rows:
        return []
    wanted = select(Event).where(Event.id.in_({row.event_id for row in rows})).order_by(Event.occupied_from)
    events = db.session.scalars(wanted).all()
    names = dict(
        db.session.execute(
            select(Product.id, Product.name).where(Product.id.in_({row.product_id for row in rows}))
        ).all()
    )
    short = {
        event: sorted({names[row.product_id] for row in rows if row.event_id == event.id}) for event in events
    }
    told = (
        Done("event.short", event, facts={"summary": f"{reason}: {', '.join(products)}"})
        for event, products in short.items()
    )
    record_all(told, by=by)
    return [event.number for event in short]


def tell_short_jobs(rows: Collection[Reservation], *, by: Actor, reason: str) -> None:
    """One activity for each job whose parts became short."""
    if not rows:
        return
    query = (
        select(Job, Product.name)
        .join(JobPart, JobPart.job_id == Job.id)
        .join(Product, Product.id == JobPart.product_id)
        .where(JobPart.id.in_({row.job_part_id for row in rows}))
        .order_by(Job.id, Product.name)
    )
    short: dict[Job, list[str]] = {}
    for job, name in db.session.execute(query):
        short.setdefault(job, []).append(name)
    for job, names in short.items():
        label = f"{job.number} · {job.title}"
        record(
            "job.short",
            job,
            by=by,
            label=label,
            event_id=job.event_id,
            summary=f"{reason}: {', '.join(names)}",
        )
