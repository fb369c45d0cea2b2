"""Deals: what one was worth in the end."""

from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import CostKind, Event
from app.services.activities import record
from app.services.costs import CostFacts, add_cost
from tests.factories import me
from tests.people import House
from tests.planning.stories import accepted_quote, event_with, lamps


def sold(house: House, cost: str) -> int:
    """The deal of an event over 1,000 net that cost so much."""
    with house.writing():
        event = event_with(house, {lamps(house): 1})
        accepted_quote(event)
        event_id, deal_id = event.id, event.deal_id
    with house.writing():
        cost_of_crew = CostFacts(CostKind.CREW, "Two hands", Decimal(400), Decimal(cost))
        add_cost(db.session.get_one(Event, event_id), cost_of_crew, by=me())
    assert deal_id
    return deal_id


def test_a_deal_shows_its_profit_or_its_loss(house: House) -> None:
    earned, lost = sold(house, "450"), sold(house, "1250")
    alice = house.browser("Alice")
    assert "Profit" in alice.get(f"/crm/deals/{earned}").text
    assert "550.00" in alice.get(f"/crm/deals/{earned}").text
    assert "Loss" in alice.get(f"/crm/deals/{lost}").text
    assert "250.00" in alice.get(f"/crm/deals/{lost}").text


def test_who_may_not_see_costs_sees_no_result(house: House) -> None:
    page = house.browser("Vic").get(f"/crm/deals/{sold(house, '450')}").text
    assert "Profit" not in page and "550.00" not in page


def test_the_feed_of_a_deal_words_every_deed(house: House) -> None:
    deal_id = sold(house, "450")
    with house.writing():
        event = db.session.scalars(select(Event).where(Event.deal_id == deal_id)).one()
        record("event.closed", event, by=me(), deal_id=deal_id)
    page = house.browser("Alice").get(f"/crm/deals/{deal_id}").text
    assert 'closed <span class="nowrap">EV-' in page and "event closed" not in page
