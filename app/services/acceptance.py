"""The client's answer: viewed, accepted, declined. Accepting makes the event, in one transaction, once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select, update

from app.actors import Actor
from app.extensions import db
from app.finding import at_hand
from app.models import (
    Deal,
    Event,
    Firmness,
    Gate,
    LineKind,
    Organization,
    Product,
    PullLine,
    Quote,
    QuoteLine,
    QuoteState,
    Reservation,
    Stage,
)
from app.permissions import Permission
from app.queries.quote_content import HASHED, content_hash
from app.queries.quote_totals import Ticked, sums_of
from app.queries.rows import AnyRow
from app.refusals import Refused
from app.rules.calendars import local_day
from app.rules.money import ZERO
from app.scope import current_organization_id
from app.services.activities import record
from app.services.costs import accepted_quotes
from app.services.deals import event_of, write_move
from app.services.events import open_event
from app.services.pull_lines import Plan, Wanted, fill_list, lines_of, plan_of
from app.services.quotes import ANSWERABLE, keep_sums, label
from app.services.reservations import Overbooking
from app.transactions import lock

CLOSED = {
    QuoteState.DRAFT: "This quote has not been sent yet.",
    QuoteState.REPLACED: "There is a newer version of this quote: please answer that one.",
    QuoteState.EXPIRED: "This quote has expired. Ask us for a new one; it takes us a minute.",
    QuoteState.DECLINED: "This quote was declined. Ask us if you have changed your mind.",
}


IS_HOLD = (Reservation.firmness == Firmness.TENTATIVE, Reservation.released_at.is_(None))


@dataclass(frozen=True)
class Answer:
    """Who answers, from which network address, and which optional lines they take."""

    name: str
    address: str = ""
    chosen: frozenset[int] = frozenset()


def view_quote(quote: Quote, *, by: Actor) -> None:
    """The client has opened the quote. Only the first time counts."""
    lock({Quote: [quote.id]})
    if quote.state is QuoteState.SENT:
        quote.state, quote.viewed_at = QuoteState.VIEWED, datetime.now(UTC)
        record("quote.viewed", quote, by=by, label=label(quote), deal_id=quote.deal_id)


def accept_quote(quote: Quote, answer: Answer, *, by: Actor) -> Event:
    """Accept: the quote bound to its hash, the deal won, the event with pull list and reservations.

    Accepted twice, the event of the first time is the answer. Raises Refused for a quote that cannot be
    accepted any more, or that is short where the organization does not confirm short.
    """
    # Kept in hand: what nobody holds is forgotten, and would be read once more after the lock.
    deal = db.session.get_one(Deal, quote.deal_id)
    lines = offered_lines(quote)
    plan = plan_of(wanted_of(lines, answer.chosen))
    begun = {line.event_id for line in lines if line.event_id is not None}
    lock({Deal: [deal.id], Quote: [quote.id], Event: begun, Product: lambda: plan.products | held_by(begun)})
    earlier = event_of(deal)
    if quote.state is QuoteState.ACCEPTED and earlier:
        return earlier
    organization = db.session.get_one(Organization, current_organization_id())
    refuse_closed(quote, deal, lines, organization)
    refuse_over(earlier)
    refuse_nameless(answer.name)
    keep_answer(quote, lines, answer)
    return make_event(quote, deal, earlier, plan, organization, by=by)


def offered_lines(quote: Quote) -> Sequence[AnyRow]:
    """The lines of a sent quote, which nobody changes any more, and the event that its deal may have."""
    columns = [getattr(QuoteLine, name) for name in ("id", "product_id", "is_chosen", "unit_cost", *HASHED)]
    query = (
        select(*columns, Event.id.label("event_id"))
        .select_from(QuoteLine)
        .outerjoin(Event, Event.deal_id == quote.deal_id)
        .where(QuoteLine.quote_id == quote.id)
    )
    return db.session.execute(query.order_by(QuoteLine.position, QuoteLine.id)).all()


def wanted_of(lines: Sequence[AnyRow], chosen: Collection[int]) -> list[Wanted]:
    """What the event needs of the warehouse once the client has ticked these options."""
    return [
        Wanted(line.product_id, line.quantity)
        for line in lines
        if line.kind is LineKind.PRODUCT and line.product_id and (not line.is_optional or line.id in chosen)
    ]


def refuse_closed(quote: Quote, deal: Deal, lines: Sequence[AnyRow], organization: Organization) -> None:
    """Raises Refused unless this very content can be accepted now."""
    if sentence := CLOSED.get(quote.state):
        raise Refused(sentence)
    if quote.valid_until and quote.valid_until < local_day(datetime.now(UTC), organization.timezone):
        raise Refused(CLOSED[QuoteState.EXPIRED])
    if not deal.stage.is_open:
        raise Refused("This enquiry is closed already. Please call us.")
    if content_hash(quote, deal, lines) != quote.content_hash:
        raise Refused("The dates or contents changed since this quote was sent. Ask us for a new version.")


def refuse_over(event: Event | None) -> None:
    """Raises Refused when the deal became an event that is finished: nothing goes out for it any more."""
    if event is not None and not event.phase.is_open:
        raise Refused("The event of this enquiry is over or cancelled. Please call us.")


def held_by(event_ids: Collection[int]) -> set[int]:
    """The products that events hold tentatively; nothing is asked where there is no event."""
    query = select(Reservation.product_id).where(Reservation.event_id.in_(event_ids), *IS_HOLD)
    return set(db.session.scalars(query)) if event_ids else set()


def refuse_nameless(name: str) -> None:
    """Raises Refused without a name to stand for the answer."""
    if not name.strip():
        raise Refused("Please write your name.", "name")


def keep_answer(quote: Quote, lines: Sequence[AnyRow], answer: Answer) -> None:
    """Who accepted what, from where, when; with the options they took the quote comes to another sum."""
    options = [line.id for line in lines if line.is_optional]
    if options:
        taken = QuoteLine.id.in_(answer.chosen)
        db.session.execute(update(QuoteLine).where(QuoteLine.id.in_(options)).values(is_chosen=taken))
        ticked = [Ticked(line, not line.is_optional or line.id in answer.chosen) for line in lines]
        keep_sums(quote, sums_of(ticked, quote.discount_percent))
    now = datetime.now(UTC)
    quote.state, quote.answered_at = QuoteState.ACCEPTED, now
    quote.viewed_at = quote.viewed_at or now
    quote.answered_by, quote.answered_from = answer.name.strip(), answer.address


def make_event(
    quote: Quote, deal: Deal, earlier: Event | None, plan: Plan, organization: Organization, *, by: Actor
) -> Event:
    """The deal is won: its event, its lines and their claims; whoever plans is told.

    An event that the deal has already gets all of it beside what it has, and its holds become firm.
    """
    deal.value = agreed_net(deal) if earlier else quote.net
    event = earlier or open_event(deal, by=by)
    event.revenue = deal.value
    if earlier:
        make_firm(earlier)
    existing = lines_of(event.id) if earlier else {}
    claims = claim_lines(event, plan, existing, organization, by=by)
    write_move(deal, Stage.WON, by=by, event_id=event.id)
    summary = f"{event.number} for {deal.name}, accepted by {quote.answered_by}"
    record(
        "quote.accepted", quote, by=by, label=label(quote), deal_id=deal.id, event_id=event.id, summary=summary,
        name=quote.answered_by, address=quote.answered_from, content_hash=quote.content_hash,
    )  # fmt: skip
    tell_short(event, claims, by=by)
    db.session.flush()
    return event


def agreed_net(deal: Deal) -> Decimal:
    """What all quotes of a deal come to that the client has accepted."""
    db.session.flush()
    return sum((quote.net for quote in accepted_quotes(deal.id)), ZERO)


def make_firm(event: Event) -> None:
    """What was held until the client says yes does not run out any more."""
    holds = select(Reservation).where(Reservation.event_id == event.id, *IS_HOLD)
    for hold in db.session.scalars(holds):
        hold.firmness, hold.expires_at = Firmness.CONFIRMED, None
    db.session.flush()


def claim_lines(
    event: Event, plan: Plan, existing: Mapping[int, PullLine], organization: Organization, *, by: Actor
) -> list[Reservation]:
    """Fill the pull list. What is not free is promised all the same, unless the organization forbids it."""
    is_forbidden = organization.confirm_gate is Gate.BLOCK and not by.may(Permission.RESERVATIONS_OVERBOOK)
    overbook = None if is_forbidden else Overbooking(by, "The quote was accepted while this was short.")
    try:
        return fill_list(event, plan, existing, by=by, overbook=overbook).claims
    except Refused as short:
        if overbook is not None:
            raise
        reach = organization.phone or organization.email
        raise Refused(
            "Some of the equipment is not free on these dates any more, so this quote cannot be confirmed by itself. "
            f"Please call us{f': {reach}' if reach else ''}."
        ) from short


def tell_short(event: Event, claims: Sequence[Reservation], *, by: Actor) -> None:
    """The inventory manager hears of lines that were promised without being free."""
    short = [claim for claim in claims if claim.overbooked_quantity]
    if short:
        products = at_hand(Product, {claim.product_id for claim in short})
        words = sorted(
            f"{products[claim.product_id].name}: {claim.overbooked_quantity} of {claim.quantity}"
            for claim in short
        )
        record("event.short", event, by=by, summary="; ".join(words)[:500], lines=len(words))


def decline_quote(quote: Quote, name: str, reason: str, address: str = "", *, by: Actor) -> None:
    """The client says no. Twice is once; an accepted quote is not declined here."""
    lock({Deal: [quote.deal_id], Quote: [quote.id]})
    if quote.state is QuoteState.DECLINED:
        return
    if quote.state not in (*ANSWERABLE, QuoteState.EXPIRED):
        raise Refused(
            "This quote was accepted. Please call us."
            if quote.state is QuoteState.ACCEPTED
            else CLOSED[quote.state]
        )
    now = datetime.now(UTC)
    quote.state, quote.answered_at = QuoteState.DECLINED, now
    quote.answered_by, quote.answered_from, quote.decline_reason = name.strip(), address, reason.strip()
    record(
        "quote.declined", quote, by=by, label=label(quote), deal_id=quote.deal_id, summary=reason.strip()[:500],
        name=name.strip(),
    )  # fmt: skip
    db.session.flush()


__all__ = ["Answer", "accept_quote", "decline_quote", "view_quote"]
