"""A second yes for a deal that was won and taken up again: beside the first, and only while its event is on."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Deal, Event, Firmness, PullLine, Quote, Reservation, Stage
from app.refusals import Refused
from app.services.acceptance import Answer, accept_quote
from app.services.deals import move_deal
from app.services.event_phases import cancel_event
from app.services.holds import expire_holds
from app.services.invoices import draft_final
from app.services.quote_sending import Dispatch, send_quote
from app.services.quotes import alternative_of
from tests.crm import offers
from tests.factories import me
from tests.people import House

NORA = Answer("Nora Lind", "192.0.2.7")


def begun(house: House) -> tuple[Event, Quote, Quote]:
    """An event of a first yes; the quote that was accepted, and an alternative to it."""
    product = offers.products(house, 1, 10)[0]
    first = offers.sent(house, [(product.id, 2)])
    event = accept_quote(first, NORA, by=me())
    offers.again()
    other = alternative_of(first, by=me())
    offers.again()
    return event, first, other


def take_up(event: Event) -> None:
    """The deal goes on."""
    move_deal(db.session.get_one(Deal, event.deal_id), Stage.NEGOTIATION, by=me())
    offers.again()


def send(quote: Quote) -> None:
    """It is with the client."""
    send_quote(quote, Dispatch(offers.CLIENT), by=me())
    offers.again()


def test_it_adds_gear_and_money_to_the_event(house: House) -> None:
    with house.writing():
        event, first, other = begun(house)
        take_up(event)
        send(other)
        assert accept_quote(other, NORA, by=me()) is event
        assert db.session.scalars(select(Event.id)).all() == [event.id]
        assert db.session.scalars(select(PullLine.quantity)).all() == [4]
        assert db.session.scalars(select(Reservation.quantity)).all() == [4]
        assert event.revenue == first.net + other.net == db.session.get_one(Deal, event.deal_id).value
        offers.again()
        assert draft_final(event, by=me()).net == event.revenue


def test_what_was_only_held_does_not_run_out_after_it(house: House) -> None:
    with house.writing():
        event, _, other = begun(house)
        hold = db.session.scalars(select(Reservation)).one()
        hold.firmness, hold.expires_at = Firmness.TENTATIVE, datetime.now(UTC) - timedelta(hours=1)
        offers.again()
        take_up(event)
        send(other)
        accept_quote(other, NORA, by=me())
    with house.writing():
        expire_holds()
    with house.reading():
        claim = db.session.scalars(select(Reservation)).one()
        assert (claim.firmness, claim.quantity, claim.released_at) == (Firmness.CONFIRMED, 4, None)


def test_after_the_event_was_cancelled_nothing_is_claimed_for_it_any_more(house: House) -> None:
    with house.writing():
        event, _, other = begun(house)
        take_up(event)
        send(other)
        cancel_event(event, "rain", by=me())
        offers.again()
        with pytest.raises(Refused, match="over or cancelled"):
            accept_quote(other, NORA, by=me())


def test_for_a_cancelled_event_no_quote_goes_out(house: House) -> None:
    with house.writing():
        event, _, other = begun(house)
        cancel_event(event, "rain", by=me())
        offers.again()
        take_up(event)
        with pytest.raises(Refused, match=r"is cancelled\. Quote for it in a new deal"):
            send(other)
