"""What follows a show: its costs, its invoices, the money that came in, and the closed event."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from app.demo.season import Show
from app.demo.stage import Stage
from app.extensions import db
from app.models import CostKind, Deal, Event, EventCost, Invoice
from app.models import Stage as DealStage
from app.rules.phases import Phase
from app.services.close_out import close_event
from app.services.costs import CostFacts, add_cost, change_cost, take_over_costs
from app.services.deals import move_deal
from app.services.event_phases import cancel_event, move_phase
from app.services.invoices import change_draft, draft_deposit, draft_final, issue_invoice
from app.services.payments import record_payment

DAYS_TO_PAY = 14
LONGEST_WAIT = 75
"""Days after a show by which everybody has paid."""
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Settled:
    """How a client paid: the share of the invoice that came in, and how many days after the show."""

    share: Decimal
    after_days: int


def close(stage: Stage, event_id: int, show: Show) -> None:
    """Bring a show that is back to its end."""
    enter_costs(stage, event_id, show)
    invoice_id = ask_for_money(stage, event_id, show)
    with stage.deed():
        close_event(db.session.get_one(Event, event_id), {}, by=stage.cast["planner"])
    take_money(stage, invoice_id, show, how_paid(stage, show))


def move(stage: Stage, event_id: int, *phases: Phase) -> None:
    """Move an event on through these phases."""
    for phase in phases:
        with stage.deed():
            move_phase(db.session.get_one(Event, event_id), phase, by=stage.cast["planner"])


def enter_costs(stage: Stage, event_id: int, show: Show) -> None:
    """Planned costs from the quote, each with what it came to; and what nobody had planned."""
    planner = stage.cast["planner"]
    with stage.deed():
        take_over_costs(db.session.get_one(Event, event_id), by=planner)
        query = select(EventCost.id).where(EventCost.event_id == event_id, EventCost.actual.is_(None))
        planned = list(db.session.scalars(query))
    for cost_id in planned:
        with stage.deed():
            row = db.session.get_one(EventCost, cost_id)
            actual = ((row.planned or Decimal(0)) * Decimal(stage.chance.randint(90, 118)) / 100).quantize(
                CENT
            )
            change_cost(row, CostFacts(row.kind, row.description, row.planned, actual), by=planner)
    extra = unplanned(stage, show)
    with stage.deed():
        add_cost(db.session.get_one(Event, event_id), extra, by=planner)


def unplanned(stage: Stage, show: Show) -> CostFacts:
    """A cost that came up on the way, larger for larger shows."""
    days = show.last_day - show.first_day + 1
    if show.sort.truck and show.size > 0.6:
        amount = Decimal(120 * days)
        return CostFacts(CostKind.SUBHIRE, "Two more riser sections from a neighbour", None, amount)
    if show.sort.truck:
        return CostFacts(CostKind.TRANSPORT, "Fuel and tolls", None, Decimal(stage.chance.randint(40, 95)))
    return CostFacts(CostKind.OTHER, "Batteries, tape, cleaning", None, Decimal(stage.chance.randint(12, 60)))


def ask_for_money(stage: Stage, event_id: int, show: Show) -> int:
    """The final invoice, issued. Its date is today's, as numbers have to follow each other; its due day is not."""
    seller = stage.cast["sales"]
    with stage.deed():
        invoice_id = draft_final(db.session.get_one(Event, event_id), by=seller).id
    with stage.deed():
        invoice = db.session.get_one(Invoice, invoice_id)
        due_on = stage.today + timedelta(days=show.back_on + DAYS_TO_PAY)
        change_draft(invoice, invoice.address, f"For {show.name}, {show.venue}.", due_on, by=seller)
    with stage.deed():
        issue_invoice(db.session.get_one(Invoice, invoice_id), by=seller)
    return invoice_id


def ask_for_deposit(stage: Stage, event_id: int, percent: int) -> None:
    """A deposit before the show, issued."""
    seller = stage.cast["sales"]
    with stage.deed():
        invoice_id = draft_deposit(db.session.get_one(Event, event_id), Decimal(percent), by=seller).id
    with stage.deed():
        issue_invoice(db.session.get_one(Invoice, invoice_id), by=seller)


def how_paid(stage: Stage, show: Show) -> Settled:
    """Old invoices are paid, young ones are not due yet; in between clients are late by turns, so that some are on
    whatever day the demo is made."""
    age = -show.back_on
    if age <= DAYS_TO_PAY:
        return Settled(Decimal(0), 0)
    share = next(stage.late_shares) if age < LONGEST_WAIT else "1"
    return Settled(Decimal(share), stage.chance.randint(4, min(age, 40)))


def take_money(stage: Stage, invoice_id: int, show: Show, settled: Settled) -> None:
    """What came in."""
    if not settled.share:
        return
    with stage.deed():
        invoice = db.session.get_one(Invoice, invoice_id)
        record_payment(
            invoice,
            (invoice.gross * settled.share).quantize(CENT),
            stage.today + timedelta(days=show.back_on + settled.after_days),
            by=stage.cast["administrator"],
            request_id=str(uuid.uuid4()),
            method="transfer",
            reference=invoice.number or "",
        )


def call_off(stage: Stage, event_id: int, reason: str) -> None:
    """An event that was confirmed and falls through: its gear is free, its deal cancelled."""
    with stage.deed():
        deal_id = cancel_event(db.session.get_one(Event, event_id), reason, by=stage.cast["planner"]).deal_id
    with stage.deed():
        deal = db.session.get_one(Deal, deal_id)
        move_deal(deal, DealStage.CANCELLED, by=stage.cast["sales"], reason=reason)
