"""A new company is led to what comes first, and left alone when it works."""

import pytest
from flask import Flask

from app.extensions import db
from app.models import User
from app.queries.first_steps import Beginnings, beginnings
from tests import factories
from tests.insight.test_dashboard import event
from tests.people import House, found_house

IMPORT, PEOPLE = "/inventory/imports", "/settings/people/new"
ENQUIRY, EVENT = "/crm/leads/new", "/planning/events/new"


def shown_to(house: House, name: str) -> str:
    """The card of steps as a person sees it, or nothing."""
    page = house.browser(name).get("/").text
    return page.partition('id="dashboard-steps"')[2].partition("</section>")[0]


def leave_only(house: House, name: str) -> None:
    """Nobody but this person works here any more."""
    with house.writing():
        for user in db.session.query(User).where(User.id != house.people[name]):
            user.is_active = False


@pytest.mark.parametrize(
    ("name", "leads_to", "not_to"),
    [("Ada", (IMPORT, ENQUIRY, EVENT), (PEOPLE,)), ("Ivy", (IMPORT,), (EVENT, ENQUIRY, PEOPLE)),
     ("Sally", (ENQUIRY,), (IMPORT, EVENT, PEOPLE)), ("Alice", (EVENT,), (IMPORT, ENQUIRY, PEOPLE))],
)  # fmt: skip
def test_everybody_is_led_to_what_they_may_do(
    house: House, name: str, leads_to: tuple[str, ...], not_to: tuple[str, ...]
) -> None:
    card = shown_to(house, name)
    assert all(f'href="{url}"' in card for url in leads_to)
    assert not any(f'href="{url}"' in card for url in not_to)
    browser = house.browser(name)
    assert all(browser.get(url).status_code == 200 for url in leads_to)


def test_whoever_may_do_none_of_it_sees_no_card(house: House) -> None:
    assert shown_to(house, "Bob") == ""


def test_who_is_alone_is_asked_who_else_works_here(house: House) -> None:
    leave_only(house, "Ada")
    assert f'href="{PEOPLE}"' in shown_to(house, "Ada")


def test_a_step_goes_when_it_is_taken_and_the_card_when_there_is_stock_and_an_event(house: House) -> None:
    leave_only(house, "Ada")
    with house.writing():
        factories.product(stock=4, at=house.warehouse_id)
    card = shown_to(house, "Ada")
    assert IMPORT not in card and EVENT in card
    with house.writing():
        event(house, 1, 1)
    assert shown_to(house, "Ada") == ""


def test_what_another_company_did_counts_for_nothing_here(app: Flask, house: House) -> None:
    other = found_house(app, "Fogbank", "fogbank")
    with other.writing():
        event(other, 1, 1)
        factories.deal(other.warehouse_id)
    leave_only(house, "Ada")
    with house.reading():
        assert beginnings() == Beginnings(stock=False, event=False, enquiry=False, colleagues=False)
    with other.reading():
        assert beginnings() == Beginnings(stock=True, event=True, enquiry=True, colleagues=True)
