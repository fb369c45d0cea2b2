"""Sending a purchase order: printed as it stands, and mailed to the supplier unless it was ordered by phone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.actors import Actor
from app.extensions import db
from app.fields import Email, Facts, LongText, ShortText
from app.gateways.pdf import typeset
from app.gateways.stationery import Message
from app.models import Company, Delivery, Location, OrderState, Organization, PurchaseOrder
from app.queries.lead_times import lead_times
from app.queries.order_content import OrderSheet, order_content, printed_lines
from app.queries.quote_content import Words
from app.refusals import Refused
from app.rules.calendars import local_day
from app.rules.orders import expected_on
from app.scope import current_organization_id
from app.services.activities import record
from app.services.deliveries import draft_mail
from app.services.documents import order_document
from app.services.order_lines import lines_of, refuse_stale
from app.transactions import lock


class Dispatch(Facts):
    """To whom an order goes, and with which words; without an address it was ordered by phone."""

    email: Email = ""
    message: LongText = ""
    supplier_reference: ShortText = ""


@dataclass(frozen=True)
class Parties:
    """Who orders from whom, and where it goes."""

    organization: Organization
    company: Company
    location: Location


def send_order(
    order: PurchaseOrder,
    dispatch: Dispatch,
    *,
    by: Actor,
    version: int | None = None,
    ordered_at: datetime | None = None,
) -> PurchaseOrder:
    """Freeze a draft, have it printed, and mail it; `ordered_at` when that was not now.

    Sent twice, it goes out once. Raises Refused, Stale.
    """
    lock({PurchaseOrder: [order.id]})
    if order.state in (OrderState.ORDERED, OrderState.PARTLY_RECEIVED, OrderState.RECEIVED):
        return order
    refuse_stale(order, version)
    parties = parties_of(order)
    order.ordered_at = ordered_at or datetime.now(UTC)
    order.expected_on = order.expected_on or proposed_day(order, order.ordered_at)
    order.state, order.sent_to = OrderState.ORDERED, dispatch.email
    order.version += 1
    if dispatch.supplier_reference:
        order.notes = "\n".join(filter(None, [order.notes, f"Their number: {dispatch.supplier_reference}"]))
    db.session.flush()
    letter = mail_order(order, parties, dispatch) if dispatch.email else None
    order_document(order, f"{order.number}.pdf", content_of(order, parties), letter=letter)
    record("order.sent" if dispatch.email else "order.placed", order, by=by, to=dispatch.email)
    return order


def parties_of(order: PurchaseOrder) -> Parties:
    """Who takes part in an order that is to go out. Raises Refused for one that cannot."""
    if order.state is not OrderState.DRAFT:
        raise Refused(f"{order.number} is {order.state.label.lower()}.")
    if order.company_id is None:
        raise Refused("Choose a supplier first.", "company_id")
    if not lines_of(order):
        raise Refused("There is nothing on this order yet.")
    return all_parties(order)


def all_parties(order: PurchaseOrder) -> Parties:
    """Organization, supplier and place of an order; a draft may be without a supplier."""
    organization = db.session.get_one(Organization, current_organization_id())
    company = db.session.get(Company, order.company_id) if order.company_id else None
    return Parties(
        organization, company or Company(name="", address=""), db.session.get_one(Location, order.location_id)
    )


def proposed_day(order: PurchaseOrder, now: datetime | None = None) -> date | None:
    """When it should be here: after the supplier's measured lead time, else the longest of the products'."""
    organization = db.session.get_one(Organization, current_organization_id())
    today = local_day(now or datetime.now(UTC), organization.timezone)
    measured = lead_times([order.company_id]).get(order.company_id) if order.company_id else None
    known = max((line.lead_days for line in printed_lines(order.id)), default=0)
    return expected_on(today, measured.days if measured else known)


def content_of(order: PurchaseOrder, parties: Parties, *, with_costs: bool = True) -> OrderSheet:
    """What is printed."""
    return order_content(
        order, parties.company, parties.location, parties.organization, with_costs=with_costs
    )


def order_sheet(order: PurchaseOrder, *, with_costs: bool) -> bytes:
    """The order as PDF as it stands now: for looking at it before it goes, and for the wall of the warehouse."""
    return typeset("purchase_order", content_of(order, all_parties(order), with_costs=with_costs))


def mail_order(order: PurchaseOrder, parties: Parties, dispatch: Dispatch) -> Delivery:
    """The letter; it goes out when the PDF that is attached to it has been set."""
    words = Words(parties.organization)
    facts = [("Order", order.number), ("Deliver to", parties.location.name)]
    if order.expected_on:
        facts.append(("Expected by", words.day(order.expected_on)))
    message = Message(
        greeting="",
        paragraphs=(dispatch.message or first_words(order, parties)).split("\n\n"),
        facts=facts,
    )
    return draft_mail(dispatch.email, f"{parties.organization.name}: order {order.number}", message)


def first_words(order: PurchaseOrder, parties: Parties) -> str:
    """What the letter says unless somebody writes something else."""
    urgent = "We need this urgently. " if order.is_urgent else ""
    return (
        f"Hello,\n\nplease find our order {order.number} attached. {urgent}"
        "Please confirm it with your delivery date by answering this email."
    )


__all__ = ["Dispatch", "all_parties", "first_words", "order_sheet", "proposed_day", "send_order"]
