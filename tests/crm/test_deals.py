"""Deals: how they are listed, and what one was worth in the end."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import CostKind, Event
from app.rules.deals import Stage
from app.services.activities import record
from app.services.costs import CostFacts, add_cost
from tests import factories
from tests.factories import SOON, me
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


def opened(house: House, name: str, stage: Stage, *, next_in: int | None = None, later: int = 0) -> None:
    """A deal of a stage, with its next step in so many days, that takes place so many days later than others."""
    with house.writing():
        deal = factories.deal(house.warehouse_id, name=name, starts_at=SOON + timedelta(days=later))
        deal.stage = stage
        deal.next_action_on = None if next_in is None else date(2027, 1, 10) + timedelta(days=next_in)


def listed(house: House, narrowed: str = "") -> list[str]:
    """The names of the deals in the list, from top to bottom."""
    page = house.browser("Sally").get(f"/crm/deals?as=list{narrowed}").text
    return re.findall(r'data-label="Deal"><a href="/crm/deals/\d+">([^<]+)', page)


def test_the_list_begins_with_the_open_deal_whose_next_step_is_due_first(house: House) -> None:
    opened(house, "Won before", Stage.WON, next_in=0, later=-9)
    opened(house, "Idle", Stage.QUOTED)
    opened(house, "Due later", Stage.ENQUIRY, next_in=5)
    opened(house, "Due first", Stage.NEGOTIATION, next_in=1, later=5)
    opened(house, "Lost", Stage.LOST)
    assert listed(house) == listed(house, "&stage=open") == ["Due first", "Due later", "Idle"]


def test_what_is_over_is_listed_when_asked_for_the_newest_first(house: House) -> None:
    opened(house, "Won before", Stage.WON)
    opened(house, "Won lately", Stage.WON, later=3)
    opened(house, "Lost", Stage.LOST, later=1)
    opened(house, "Open", Stage.QUOTED, later=2)
    assert listed(house, "&stage=won") == ["Won lately", "Won before"]
    assert listed(house, "&stage=lost") == ["Lost"]
    assert listed(house, "&stage=all") == ["Won lately", "Open", "Lost", "Won before"]
    assert listed(house, "&stage=all&sort=dates")[0] == "Won before"


def test_the_list_costs_the_same_for_one_deal_as_for_many(
    house: House, statements: Callable[[], list[str]]
) -> None:
    costs = []
    for count in (1, 12):
        for number in range(count):
            opened(house, f"Gala {number}", Stage.QUOTED, next_in=number)
        sally = house.browser("Sally")
        sally.get("/crm/deals?as=list")
        statements()
        sally.get("/crm/deals?as=list")
        costs.append(len([said for said in statements() if said.startswith("SELECT")]))
    assert costs[0] == costs[1]
