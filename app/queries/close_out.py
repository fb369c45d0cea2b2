"""What is missing before an event can be closed."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    KEEPS_OUT,
    OPEN_JOBS,
    CostKind,
    Event,
    EventCost,
    Invoice,
    InvoiceState,
    Job,
    Organization,
    Product,
    PullLine,
    Repair,
    Reservation,
    Tracking,
)
from app.queries.event_result import revenue_of
from app.queries.quote_content import Words
from app.rules.money import ZERO
from app.scope import current_organization_id


@dataclass(frozen=True)
class Missing:
    """One thing to be solved, and the page where that is done."""

    text: str
    endpoint: str
    arguments: tuple[tuple[str, int | str], ...]


@dataclass(frozen=True)
class Gap:
    """One sort of things that are missing. `key` names the reason that excuses it, where one may."""

    key: str
    title: str
    can_be_excused: bool
    items: tuple[Missing, ...]


def missing_for_closing(event: Event) -> list[Gap]:
    """Everything that stands between an event and its closing, in a constant number of statements."""
    gaps = (unreturned(event), uninspected(event), unfinished(event), uncosted(event), uninvoiced(event))
    return [gap for gap in gaps if gap is not None]


def unreturned(event: Event) -> Gap | None:
    """Gear that left and did not come back. It returns, or is marked as lost."""
    query = (
        select(Product.name, Reservation.out_quantity - Reservation.returned_quantity)
        .join(PullLine, PullLine.id == Reservation.line_id)
        .join(Product, Product.id == PullLine.product_id)
        .where(
            Reservation.event_id == event.id,
            Reservation.released_at.is_(None),
            Reservation.out_quantity > Reservation.returned_quantity,
            Product.tracking != Tracking.CONSUMABLE,
        )
        .order_by(PullLine.position)
    )
    where = (("event_id", event.id), ("mode", "in"))
    items = tuple(
        Missing(f"{still_out} × {name}", "warehouse.scan_station", where)
        for name, still_out in db.session.execute(query)
    )
    count = len(items)
    return (
        Gap("unreturned", f"Not returned: {count} {plural('product', count)}", False, items)
        if items
        else None
    )


def plural(word: str, count: int) -> str:
    """One product, two products."""
    return word if count == 1 else f"{word}s"


def uninspected(event: Event) -> Gap | None:
    """Damage from this event whose repair is still open."""
    query = (
        select(Repair.id, Repair.number, Product.name)
        .join(Product, Product.id == Repair.product_id)
        .where(Repair.event_id == event.id, KEEPS_OUT)
        .order_by(Repair.id)
    )
    items = tuple(
        Missing(f"{number}: {name}", "warehouse.repair", (("repair_id", repair_id),))
        for repair_id, number, name in db.session.execute(query)
    )
    count = len(items)
    return (
        Gap("uninspected", f"Damage not settled: {count} open {plural('repair', count)}", True, items)
        if items
        else None
    )


def unfinished(event: Event) -> Gap | None:
    """Jobs of this event that may still use parts, whose cost would come too late."""
    query = select(Job.id, Job.number, Job.title).where(Job.event_id == event.id, Job.state.in_(OPEN_JOBS))
    items = tuple(
        Missing(f"{number}: {title}", "jobs.job", (("job_id", job_id),))
        for job_id, number, title in db.session.execute(query.order_by(Job.id))
    )
    count = len(items)
    return (
        Gap("unfinished", f"Jobs not done: {count} open {plural('job', count)}", True, items)
        if items
        else None
    )


def uncosted(event: Event) -> Gap | None:
    """Costs that were planned but have no actual amount, or an event without any cost at all."""
    rows = db.session.execute(
        select(EventCost.description, EventCost.kind, EventCost.actual).where(EventCost.event_id == event.id)
    ).all()
    where = (("event_id", event.id),)
    items = tuple(
        Missing(f"{row.description}: no actual amount", "planning.event_costs", where)
        for row in rows
        if row.actual is None and row.kind is not CostKind.DAMAGE
    )
    if not rows:
        items = (Missing("No costs were entered", "planning.event_costs", where),)
    count = len(items)
    title = (
        f"Not costed: {count} {plural('cost', count)} without an actual amount"
        if rows
        else "Not costed: no costs yet"
    )
    return Gap("uncosted", title, True, items) if items else None


def uninvoiced(event: Event) -> Gap | None:
    """Revenue that no issued invoice asks for."""
    owed, invoiced = revenue_of(event), invoiced_net(event.id)
    if owed <= invoiced:
        return None
    where = (("event_id", event.id),)
    item = Missing("Draft and issue the final invoice", "crm.event_invoices", where)
    words = Words(db.session.get_one(Organization, current_organization_id()))
    title = f"Not invoiced: {words.money(owed - invoiced)} of {words.money(owed)} net"
    return Gap("uninvoiced", title, True, (item,))


def invoiced_net(event_id: int) -> Decimal:
    """The net sum of issued invoices less credit notes."""
    query = select(func.sum(Invoice.net)).where(
        Invoice.event_id == event_id, Invoice.state == InvoiceState.ISSUED
    )
    return db.session.scalar(query) or ZERO


__all__ = ["Gap", "Missing", "invoiced_net", "missing_for_closing"]
