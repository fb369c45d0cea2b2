"""Costs, and the gate before an event is closed."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import CostKind, Event, Invoice, StockLevel, Tracking, TransactionKind
from app.queries.close_out import missing_for_closing
from app.queries.event_result import event_result
from app.refusals import Refused
from app.rules.phases import Phase
from app.services.close_out import close_event
from app.services.costs import CostFacts, add_cost, event_costs, take_over_costs
from app.services.invoices import draft_final, issue_invoice
from app.services.ledger import Cause, Movement, post
from tests import factories
from tests.factories import me
from tests.people import House
from tests.planning.stories import accepted_quote, claim_of, event_with, lamps, send_out


def returned_event(house: House, out: int = 2, returned: int = 2) -> int:
    """An event in Load-In over 1,000 net."""
    event = event_with(house, {lamps(house): 2})
    send_out(event, out, returned)
    accepted_quote(event)
    event.phase = Phase.LOAD_IN
    db.session.flush()
    return event.id


def found(event_id: int) -> Event:
    """The event."""
    return db.session.get_one(Event, event_id)


def test_the_gate_names_everything_that_is_missing(house: House) -> None:
    with house.writing():
        event_id = returned_event(house, returned=1)
        gaps = {gap.key: gap for gap in missing_for_closing(found(event_id))}
        assert set(gaps) == {"unreturned", "uncosted", "uninvoiced"}
        assert gaps["unreturned"].items[0].text == "1 × Lamp"
        assert not gaps["unreturned"].can_be_excused


def test_what_is_still_out_cannot_be_excused(house: House) -> None:
    with house.writing():
        event_id = returned_event(house, returned=1)
    reasons = dict.fromkeys(("unreturned", "uncosted", "uninvoiced"), "never mind")
    with pytest.raises(Refused) as refused, house.writing():
        close_event(found(event_id), reasons, by=me())
    assert "must be solved first" in refused.value.errors["form"][0]


def test_an_event_closes_when_all_is_done_and_keeps_its_figures(house: House) -> None:
    with house.writing():
        event_id = returned_event(house)
    with house.writing():
        add_cost(found(event_id), CostFacts(CostKind.CREW, "Two hands", Decimal(400), Decimal(450)), by=me())
    with house.writing():
        invoice_id = draft_final(found(event_id), by=me()).id
    with house.writing():
        issue_invoice(db.session.get_one(Invoice, invoice_id), by=me())
    with house.writing():
        assert close_event(found(event_id), {}, by=me()).phase is Phase.CLOSED
        assert claim_of(found(event_id)).released_at is not None
        result = event_result(found(event_id))
        assert (result.revenue, result.profit, result.planned_profit) == (1000, 550, 600)
    with pytest.raises(Refused, match="figures do not change"), house.writing():
        add_cost(found(event_id), CostFacts(CostKind.CREW, "More"), by=me())


def test_the_screen_asks_a_reason_for_each_gap(house: House) -> None:
    with house.writing():
        event_id = returned_event(house)
    alice, url = house.browser("Alice"), f"/planning/events/{event_id}/close-out"
    refused = alice.post(url, data={"uncosted": "no costs at all"})
    assert (
        refused.status_code == 422 and b"no costs at all" in refused.data and b"Not invoiced" in refused.data
    )
    assert house.browser("Bob").post(url, data={}).status_code == 403
    done = alice.post(url, data={"uncosted": "no costs at all", "uninvoiced": "goodwill"})
    assert done.status_code == 303
    assert b"Closed" in alice.get(f"/planning/events/{event_id}").data


def test_costs_of_the_quote_are_taken_over_once(house: House) -> None:
    with house.writing():
        event_id = returned_event(house)
    for _ in range(2):
        with house.writing():
            take_over_costs(found(event_id), by=me())
    with house.reading():
        assert [(row.kind, row.planned) for row in event_costs(event_id)] == [(CostKind.OTHER, 300)]


def test_consumables_on_the_site_are_used_up_when_it_closes(house: House) -> None:
    with house.writing():
        tape = factories.product("Tape", tracking=Tracking.CONSUMABLE, stock=5, at=house.warehouse_id)
        event_id = event_with(house, {tape: 3}).id
        event = found(event_id)
        send_out(event, 3)
        out = Movement(tape.id, 3, from_id=house.warehouse_id, to_id=event.site_id)
        post(TransactionKind.TRANSFER, [out], Cause(me(), event_id=event_id))
        event.phase = Phase.LOAD_IN
    with house.writing():
        close_event(found(event_id), {"uncosted": "none", "uninvoiced": "none"}, by=me())
        assert sum(db.session.scalars(select(StockLevel.quantity))) == 2


def test_costs_are_typed_with_a_comma_and_shown_to_those_who_may(house: House) -> None:
    with house.writing():
        event_id = returned_event(house)
    url = f"/planning/events/{event_id}/costs"
    alice = house.browser("Alice")
    typed = {"kind": "crew", "description": "Two hands", "planned": "1.234,50", "charge": ""}
    assert alice.post(url, data=typed).status_code == 303
    assert b"1,234.50" in alice.get(url).data
    bad = alice.post(url, data=typed | {"planned": "much"})
    assert bad.status_code == 422 and b"much" in bad.data
    assert house.browser("Bob").get(url).status_code == 403
