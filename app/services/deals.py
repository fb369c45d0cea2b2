"""Deals: opportunities with dates, moved over the board until they are won or lost."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Deal, Event, Lead, Location, LocationKind, Phase, Stage, User
from app.refusals import Refused, Stale
from app.rules.deals import stage_without_event
from app.rules.periods import Period
from app.services.activities import record
from app.services.companies import ContactFacts, named_company, named_contact, named_venue
from app.services.leads import mark_qualified
from app.services.numbers import next_number, this_year
from app.transactions import lock

CHANGED_MEANWHILE = "Somebody else changed this deal meanwhile. Look at it again before you save."
WINDOWS = ("occupied_from", "occupied_until", "charged_from", "charged_until")


@dataclass(frozen=True)
class DealFacts:
    """All that is said about a deal. Company, contact and venue are names: unknown ones are added."""

    name: str
    company: str
    warehouse_id: int
    occupied_from: datetime
    occupied_until: datetime
    charged_from: datetime | None = None
    charged_until: datetime | None = None
    contact: ContactFacts = field(default_factory=lambda: ContactFacts(""))
    venue: str = ""
    owner_id: int | None = None
    stage: Stage = Stage.QUALIFIED
    probability: int | None = None
    value: Decimal = Decimal(0)
    next_action: str = ""
    next_action_on: date | None = None


def add_deal(facts: DealFacts, *, by: Actor, lead: Lead | None = None) -> Deal:
    """Open a deal, from a lead or by hand. A lead becomes one deal, however often this is asked."""
    if not facts.stage.is_open:
        raise Refused("A new deal is still open.", "stage")
    now = datetime.now(UTC)
    number = next_number("D", this_year(now))
    # The number's row is locked now: a twin of this request has either committed or comes after us.
    if earlier := deal_of_lead(lead):
        return earlier
    deal = Deal(number=number, stage=facts.stage, created_at=now, **columns_of(facts, by))
    db.session.add(deal)
    db.session.flush()
    record("deal.opened", deal, by=by, stage=str(deal.stage))
    if lead is not None:
        mark_qualified(lead, deal.id, by=by)
    db.session.flush()
    return deal


def deal_of_lead(lead: Lead | None) -> Deal | None:
    """The deal that a lead became, as the database knows it now."""
    if lead is None:
        return None
    db.session.refresh(lead)
    return db.session.get(Deal, lead.deal_id) if lead.deal_id is not None else None


def change_deal(deal: Deal, facts: DealFacts, version: int, *, by: Actor) -> Deal:
    """Change what is said about a deal; its stage moves by itself. Raises Stale, Refused."""
    lock({Deal: [deal.id]})
    if deal.version != version:
        raise Stale(CHANGED_MEANWHILE)
    columns = columns_of(facts, by)
    if any(getattr(deal, name) != columns[name] for name in WINDOWS):
        refuse_when_event_has_dates(deal)
    changed = [name for name, value in columns.items() if getattr(deal, name) != value]
    for name in changed:
        setattr(deal, name, columns[name])
    deal.version += 1
    db.session.flush()
    record("deal.changed", deal, by=by, changed=changed)
    return deal


def columns_of(facts: DealFacts, by: Actor) -> dict[str, object]:
    """The facts as columns, with their company, contact and venue found or added. Raises Refused."""
    windows = checked_windows(facts)
    refuse_unknown(facts)
    company = named_company(facts.company, by=by)
    contact = named_contact(company, facts.contact, by=by)
    venue = named_venue(facts.venue, by=by)
    return {
        "name": facts.name,
        "company_id": company.id,
        "contact_id": contact.id if contact else None,
        "venue_id": venue.id if venue else None,
        "warehouse_id": facts.warehouse_id,
        "owner_id": facts.owner_id,
        "probability": facts.probability,
        "value": facts.value,
        "next_action": facts.next_action,
        "next_action_on": facts.next_action_on,
        **dict(zip(WINDOWS, windows, strict=True)),
    }


def refuse_unknown(facts: DealFacts) -> None:
    """Raises Refused beside a warehouse or an owner that is not there."""
    warehouse = db.session.get(Location, facts.warehouse_id)
    if warehouse is None or warehouse.kind is not LocationKind.WAREHOUSE:
        raise Refused("Please choose a warehouse.", "warehouse_id")
    if facts.owner_id is not None and db.session.get(User, facts.owner_id) is None:
        raise Refused("There is no such person.", "owner_id")


def checked_windows(facts: DealFacts) -> tuple[datetime, datetime, datetime, datetime]:
    """When gear is away and when it is paid for. Raises Refused beside the field that will not do."""
    occupied = period(facts.occupied_from, facts.occupied_until, "occupied_until")
    charged = period(
        facts.charged_from or facts.occupied_from,
        facts.charged_until or facts.occupied_until,
        "charged_until",
    )
    if charged.starts_at < occupied.starts_at:
        raise Refused("The charge cannot begin before the gear leaves.", "charged_from")
    if charged.ends_at > occupied.ends_at:
        raise Refused("The charge cannot end after the gear is back.", "charged_until")
    return occupied.starts_at, occupied.ends_at, charged.starts_at, charged.ends_at


def period(starts_at: datetime, ends_at: datetime, field_name: str) -> Period:
    """The period of two instants. Raises Refused beside a field."""
    try:
        return Period(starts_at, ends_at)
    except ValueError as error:
        raise Refused(str(error), field_name) from error


def event_of(deal: Deal) -> Event | None:
    """The event that this deal became."""
    return db.session.scalars(select(Event).where(Event.deal_id == deal.id)).one_or_none()


def refuse_when_event_has_dates(deal: Deal) -> None:
    """Once there is an event, its dates are moved there, where claims, lines and people follow."""
    if (event := event_of(deal)) is not None:
        raise Refused(
            f"{event.number} exists: move the dates there, so that its gear follows.", "occupied_from"
        )


def move_deal(deal: Deal, stage: Stage, *, by: Actor, reason: str = "") -> None:
    """Move a deal to another stage. Any move is allowed and logged; losing one needs a reason."""
    lock({Deal: [deal.id]})
    if stage in (Stage.LOST, Stage.CANCELLED):
        fall_through(deal, reason, by=by)
    elif stage is not deal.stage:
        write_move(deal, stage, by=by)
        deal.lost_reason = ""
        db.session.flush()


def fall_through(deal: Deal, reason: str, *, by: Actor) -> None:
    """A deal that was never confirmed is lost, one that was is cancelled. The caller has locked it."""
    if deal.stage in (Stage.LOST, Stage.CANCELLED):
        return
    if not reason.strip():
        raise Refused("Please say why: the next quote learns from it.", "reason")
    event = event_of(deal)
    if event is not None and event.phase is not Phase.CANCELLED:
        raise Refused(
            f"{event.number} is confirmed. Cancel the event first; its gear is freed there.", "reason"
        )
    deal.lost_reason = reason.strip()
    write_move(deal, stage_without_event(event is not None), by=by, reason=deal.lost_reason)
    db.session.flush()


def write_move(deal: Deal, stage: Stage, *, by: Actor, **facts: Any) -> None:
    """The new stage, and the line in the log. A probability of its own belongs to the stage that was."""
    before, deal.stage = deal.stage, stage
    deal.version += 1
    if not stage.is_open:
        deal.probability = None
    record(
        f"deal.{stage}" if not stage.is_open else "deal.moved",
        deal,
        by=by,
        before=before,
        after=stage,
        **facts,
    )


@dataclass(frozen=True)
class Chase:
    """One try to reach the client: how, what they said, and what comes next."""

    method: str
    response: str
    next_action: str = ""
    next_action_on: date | None = None


def chase_deal(deal: Deal, chase: Chase, *, by: Actor) -> None:
    """Write down a chase and what comes next."""
    deal.next_action, deal.next_action_on = chase.next_action, chase.next_action_on
    db.session.flush()
    record("deal.chased", deal, by=by, method=chase.method, response=chase.response)


__all__ = [
    "Chase", "DealFacts", "add_deal", "change_deal", "chase_deal", "event_of", "fall_through", "move_deal",
    "write_move",
]  # fmt: skip
