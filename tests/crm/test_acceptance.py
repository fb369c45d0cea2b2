"""Acceptance: one transaction from the client's yes to the reserved gear, and only once."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Activity,
    Deal,
    Event,
    Gate,
    Organization,
    OutboxRow,
    PullLine,
    Quote,
    QuoteLine,
    QuoteState,
    Reservation,
    Stage,
)
from app.refusals import Refused
from app.scope import current_organization_id
from app.services.acceptance import Answer, accept_quote, decline_quote
from app.services.packages import put_in_package
from app.services.quote_lines import LineChange, change_line
from app.services.quote_sending import Dispatch, send_quote
from tests import factories
from tests.crm import offers
from tests.factories import me
from tests.people import House, found_house

NORA = Answer("Nora Lind", "192.0.2.7")


def offer(house: House, count: int = 1, quantity: int = 2, stock: int = 10) -> int:
    """The id of a quote that is with the client."""
    with house.writing():
        wanted = [(product.id, quantity) for product in offers.products(house, count, stock)]
        return offers.sent(house, wanted).id


def link_of(house: House, quote_id: int) -> str:
    """The client's address of a quote."""
    with house.reading():
        return f"/q/{db.session.get_one(Quote, quote_id).link_token}"


def test_a_yes_wins_the_deal_opens_the_event_and_reserves_the_gear(house: House) -> None:
    quote_id = offer(house, count=3)
    answer = house.app.test_client().post(
        f"{link_of(house, quote_id)}/acceptance", data={"name": "Nora Lind"}
    )
    assert answer.status_code == 303
    with house.reading():
        quote = db.session.get_one(Quote, quote_id)
        deal = db.session.get_one(Deal, quote.deal_id)
        event = db.session.scalars(select(Event)).one()
        assert (quote.state, quote.answered_by, quote.answered_from) == (
            QuoteState.ACCEPTED,
            "Nora Lind",
            "127.0.0.1",
        )
        assert len(quote.content_hash) == 64
        assert deal.stage is Stage.WON
        assert (event.deal_id, event.revenue) == (deal.id, quote.net)
        assert (event.charged_from, event.occupied_until) == (deal.charged_from, deal.occupied_until)
        assert db.session.scalars(select(PullLine.quantity)).all() == [2, 2, 2]
        assert db.session.scalars(select(Reservation.quantity)).all() == [2, 2, 2]
        accepted = db.session.scalars(select(Activity).where(Activity.verb == "quote.accepted")).one()
        assert accepted.facts["content_hash"] == quote.content_hash
        assert f"activity:{accepted.id}" in db.session.scalars(select(OutboxRow.dedupe_key)).all()


def test_a_second_click_changes_nothing(house: House) -> None:
    quote_id = offer(house)
    link, browser = link_of(house, quote_id), house.app.test_client()
    for name in ("Nora Lind", "Somebody Else"):
        assert browser.post(f"{link}/acceptance", data={"name": name}).status_code == 303
    with house.reading():
        assert db.session.scalar(select(func.count(Event.id))) == 1
        assert db.session.get_one(Quote, quote_id).answered_by == "Nora Lind"
    assert "Thank you, Nora Lind" in browser.get(link).text


def test_packages_explode_into_the_pull_list(house: House) -> None:
    with house.writing():
        cable = factories.product("Cable", stock=20, at=house.warehouse_id)
        package = factories.product("Cable set", is_package=True)
        put_in_package(package, cable, 5, by=me())
        quote = offers.sent(house, [(package.id, 2)])
        accept_quote(quote, NORA, by=me())
    with house.reading():
        line = db.session.scalars(select(PullLine)).one()
        assert (line.product_id, line.quantity, line.package_name) == (cable.id, 10, "Cable set")


def test_only_the_options_that_were_ticked_come_along(house: House) -> None:
    with house.writing():
        fixed, taken, left = offers.products(house, 3)
        quote = offers.draft(house, [(fixed.id, 1), (taken.id, 2), (left.id, 3)])
        lines = db.session.scalars(select(QuoteLine).order_by(QuoteLine.position)).all()
        ids = [line.id for line in lines]
        for line_id in ids[1:]:
            change_line(quote, line_id, LineChange(is_optional=True), by=me())
            offers.again()
        send_quote(quote, Dispatch(offers.CLIENT), by=me())
        offers.again()
        before = quote.net
        accept_quote(quote, Answer("Nora", "", frozenset([ids[1]])), by=me())
        assert quote.net > before
        asked = db.session.execute(
            select(PullLine.product_id, PullLine.quantity).order_by(PullLine.position)
        ).all()
        assert [tuple(row) for row in asked] == [(fixed.id, 1), (taken.id, 2)]


def test_a_short_line_is_marked_and_the_inventory_manager_hears_of_it(house: House) -> None:
    quote_id = offer(house, quantity=4, stock=3)
    house.app.test_client().post(f"{link_of(house, quote_id)}/acceptance", data={"name": "Nora"})
    with house.reading():
        assert db.session.scalars(select(Reservation.overbooked_quantity)).one() == 1
        short = db.session.scalars(select(Activity).where(Activity.verb == "event.short")).one()
        assert "1 of 4" in short.facts["summary"]
        assert f"activity:{short.id}" in db.session.scalars(select(OutboxRow.dedupe_key)).all()


def test_where_short_is_forbidden_the_client_is_asked_to_call_and_nothing_is_kept(house: House) -> None:
    quote_id = offer(house, quantity=4, stock=3)
    with house.writing():
        organization = db.session.get_one(Organization, current_organization_id())
        organization.confirm_gate, organization.phone = Gate.BLOCK, "+49 40 1234"
    answer = house.app.test_client().post(f"{link_of(house, quote_id)}/acceptance", data={"name": "Nora"})
    assert answer.status_code == 422
    assert "Please call us: +49 40 1234" in answer.text and 'value="Nora"' in answer.text
    with house.reading():
        assert db.session.get_one(Quote, quote_id).state is QuoteState.SENT
        assert db.session.scalar(select(func.count(Event.id))) == 0


def test_an_expired_replaced_or_declined_quote_says_so(house: House) -> None:
    quote_id = offer(house)
    with house.writing():
        quote = db.session.get_one(Quote, quote_id)
        for state, words in [
            (QuoteState.EXPIRED, "expired"),
            (QuoteState.REPLACED, "newer version"),
            (QuoteState.DECLINED, "declined"),
        ]:
            quote.state = state
            db.session.flush()
            with pytest.raises(Refused, match=words):
                accept_quote(quote, NORA, by=me())
            offers.again()


def test_dates_that_changed_since_it_was_sent_are_not_accepted_blindly(house: House) -> None:
    quote_id = offer(house)
    with house.writing():
        quote = db.session.get_one(Quote, quote_id)
        deal = db.session.get_one(Deal, quote.deal_id)
        deal.charged_until = deal.charged_from.replace(hour=20)
        db.session.flush()
        with pytest.raises(Refused, match="changed since"):
            accept_quote(quote, NORA, by=me())


def test_a_no_keeps_its_reason_and_twice_is_once(house: House) -> None:
    quote_id = offer(house)
    link, browser = link_of(house, quote_id), house.app.test_client()
    assert browser.post(f"{link}/refusal", data={"reason": ""}).status_code == 422
    for _ in range(2):
        assert browser.post(f"{link}/refusal", data={"reason": "Too expensive"}).status_code == 303
    with house.reading():
        assert db.session.get_one(Quote, quote_id).decline_reason == "Too expensive"
        verbs = db.session.scalars(select(Activity.verb).where(Activity.verb == "quote.declined")).all()
        assert len(verbs) == 1


def test_an_accepted_quote_cannot_be_declined(house: House) -> None:
    quote_id = offer(house)
    with house.writing():
        quote = db.session.get_one(Quote, quote_id)
        accept_quote(quote, NORA, by=me())
        offers.again()
        with pytest.raises(Refused, match="accepted"):
            decline_quote(quote, "Nora", "No", by=me())


def test_accepting_takes_as_many_statements_for_twenty_lines_as_for_two(
    house: House, statements: Callable[[], list[str]]
) -> None:
    counts = []
    for count in (2, 20):
        link, browser = link_of(house, offer(house, count=count)), house.app.test_client()
        statements()
        assert browser.post(f"{link}/acceptance", data={"name": "Nora"}).status_code == 303
        counts.append(statements())
    assert len(counts[0]) == len(counts[1]), "\n".join(counts[1])
    assert len(counts[1]) <= 25, "\n".join(said[:110] for said in counts[1])


def test_staff_accepts_for_a_client_who_called(house: House) -> None:
    quote_id = offer(house)
    answer = house.browser("Sally").post(
        f"/crm/quotes/{quote_id}/acceptance", data={"name": "Nora, by phone"}
    )
    assert answer.status_code == 303
    assert (
        house.browser("Vic").post(f"/crm/quotes/{quote_id}/acceptance", data={"name": "x"}).status_code == 403
    )
    with house.reading():
        quote = db.session.get_one(Quote, quote_id)
        assert quote.answered_by == "Nora, by phone" and quote.net > Decimal(0)


def test_to_people_of_another_company_a_quote_shows_its_own_company_and_money(house: House) -> None:
    other = found_house(house.app, "Other Lights", "other")
    with other.writing():
        db.session.get_one(Organization, other.organization_id).currency = "USD"
    link, stranger = link_of(house, offer(house)), other.browser("Ada")
    text = stranger.get(link).text
    assert "Nightjar Audio" in text and "Other Lights" not in text
    assert "€" in text and "$" not in text
    assert stranger.get("/").status_code == 200, "Everywhere else they are signed in as before."
