"""The screens of a count, as people use them: start, scan, tick, hand in, review, post, take back."""

import csv
import io
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import (
    CountPlan,
    CountSession,
    CountState,
    Location,
    LocationKind,
    Organization,
    Product,
    Tracking,
    TransactionKind,
)
from app.queries.count_scope import Scope
from app.queries.count_sheet import sheet_of
from app.services.ledger import Cause, Movement, post
from app.services.locations import add_location
from app.services.verify import broken_invariants
from tests import factories
from tests.factories import held, me
from tests.inventory.counting import Room, coded, stock_room
from tests.inventory.test_count_posting import say
from tests.inventory.test_counts import fill, send_out
from tests.people import House
from tests.planning.stories import event_with

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture
def room(house: House) -> Room:
    return stock_room(house)


def scan(browser: FlaskClient, room: Room, code: str, place: int | None = None, **more: object) -> str:
    """Somebody scans on the counting screen, as htmx sends it."""
    sent = {"code": code, "scan_id": str(uuid.uuid4()), "location_id": place or "", **more}
    answer = browser.post(
        f"/inventory/counts/{room.count_id}/entries", data=sent, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    return answer.text


def test_one_line_that_is_left_is_spoken_of_as_one(room: Room, house: House) -> None:
    ivy = house.browser("Ivy")
    wanted = {"products": room.sku(room.cable), "location_id": str(room.one), "request_id": "count-one"}
    address = ivy.post("/inventory/counts/new", data=wanted).headers["Location"]
    assert "One line was not counted. What of it?" in ivy.get(f"{address}/end").text


def test_a_count_from_its_start_to_its_posting_and_back(room: Room, house: House) -> None:
    ivy, bob = house.browser("Ivy"), house.browser("Bob")
    sent = {"location_id": str(room.one), "is_blind": "on", "request_id": "count-once"}
    address = ivy.post("/inventory/counts/new", data=sent).headers["Location"]
    room.count_id = int(address.rpartition("/")[2])
    assert "Shelf 1" in bob.get(address).text
    assert "Counted" in scan(bob, room, f"9*{room.sku(room.cable)}", room.one)
    assert bob.post(f"{address}/end", data={"is_rest_none": "false"}).status_code == 303
    assert "Adjust" in ivy.get(f"{address}/review").text
    assert ivy.post(f"{address}/posting").status_code == 303
    with house.reading():
        assert held(room.cable)[room.one] == 9
    assert ivy.post(f"{address}/reversal", data={"reason": "wrong shelf"}).status_code == 303
    with house.reading():
        assert held(room.cable)[room.one] == 10
        assert room.session().state is CountState.REVERSED
    assert broken_invariants() == []


def test_a_blind_count_shows_nobody_what_is_expected(room: Room, house: House) -> None:
    bob = house.browser("Bob")
    for is_blind in (True, False):
        room.start(is_blind=is_blind)
        page = bob.get(f"/inventory/counts/{room.count_id}?location={room.one}").text
        assert (">24<" in page.replace("</span>", "<")) is not is_blind
        assert ("Expected" in page) is not is_blind
        with house.reading():
            organization = db.session.get_one(Organization, house.organization_id)
            lines = sheet_of(room.session(), organization, location_id=None, shows_expected=not is_blind)
            shown = {line["expected"] for place in lines["places"] for line in place["lines"]}
            assert (shown == {""}) is is_blind
        assert bob.get(f"/inventory/counts/{room.count_id}/sheet.pdf").data.startswith(b"%PDF")


def test_an_unknown_code_stays_in_the_field(room: Room, house: House) -> None:
    room.start()
    text = scan(house.browser("Bob"), room, "NO-SUCH", room.one)
    assert 'data-scan-keep="NO-SUCH"' in text and "Nothing is called NO-SUCH" in text


def test_an_unknown_code_is_linked_while_counting_and_counts_then(room: Room, house: House) -> None:
    room.start()
    ivy, address, part = house.browser("Ivy"), f"/inventory/counts/{room.count_id}", {"HX-Request": "true"}
    assert "What is <b" in scan(ivy, room, "MAKER-77", room.one)
    offered = ivy.get(f"{address}/link-choices?q=cable", headers=part).text
    assert f'name="product_id" value="{room.cable}"' in offered
    sent = {"code": "MAKER-77", "product_id": str(room.cable), "location_id": str(room.one)}
    linked = ivy.post(f"{address}/links", data=sent, headers=part).text
    assert 'data-scan-keep="MAKER-77"' in linked and "Linked" in linked
    assert "1 in Shelf 1" in scan(ivy, room, "MAKER-77", room.one)
    assert "already" in ivy.post(f"{address}/links", data=sent, headers=part).text


def test_who_may_not_name_things_searches_for_the_code_instead(room: Room, house: House) -> None:
    room.start()
    bob = house.browser("Bob")
    assert "Search for it" in scan(bob, room, "MAKER-77", room.one)
    sent = {"code": "MAKER-77", "product_id": str(room.cable)}
    answer = bob.post(f"/inventory/counts/{room.count_id}/links", data=sent, headers={"HX-Request": "true"})
    assert "may not" in answer.text


def test_who_counted_is_told_who_posts_and_offered_nothing_that_is_refused(room: Room, house: House) -> None:
    room.start()
    ivy, address = house.browser("Ivy"), f"/inventory/counts/{room.count_id}"
    scan(ivy, room, f"9*{room.sku(room.cable)}", room.one)
    ivy.post(f"{address}/end")
    page = ivy.get(f"{address}/review").text
    assert "You counted or handed this in: " in page and "Post the count" not in page
    assert "Post the count" in house.browser("Walter").get(f"{address}/review").text


def test_the_other_screen_learns_of_it_and_nothing_is_sent_when_nothing_happened(
    room: Room, house: House
) -> None:
    room.start()
    bob, walter = house.browser("Bob"), house.browser("Walter")
    asked = f"/inventory/counts/{room.count_id}/progress"
    assert walter.get(f"{asked}?seen=1-0").status_code == 204
    scan(bob, room, "LAMP-1", room.one)
    answer = walter.get(f"{asked}?seen=1-0")
    assert "1 of 6 lines counted, by Bob" in answer.text and "hx-swap-oob" in answer.text
    room.finish()
    assert "review" in walter.get(f"{asked}?seen=1-0", headers={"HX-Request": "true"}).headers["HX-Location"]


def test_a_number_typed_beside_a_line_is_refused_beside_nothing_lost(room: Room, house: House) -> None:
    room.start()
    with house.reading():
        line_id = room.line(room.cable, room.one).id
    text = scan(house.browser("Bob"), room, "", room.one, line_id=line_id, quantity="7")
    assert "Cable: 7 in Shelf 1" in text


def test_a_found_asset_is_returned_from_its_event_to_where_it_was_counted(room: Room, house: House) -> None:
    with house.writing():
        event_id = event_with(house, {}).id
    room.start()
    send_out(room, event_id, "LAMP-2")
    bob = house.browser("Bob")
    assert "Return it to here" in scan(bob, room, "LAMP-2", room.two)
    with house.reading():
        asset_id = room.asset("LAMP-2").id
    sent = {"asset_id": asset_id, "event_id": event_id, "location_id": room.two}
    assert bob.post(f"/inventory/counts/{room.count_id}/returns", data=sent).status_code == 303
    room.finish()
    with house.reading():
        assert room.asset("LAMP-2").location_id == room.two
        assert room.review().differences == []


def test_the_review_says_what_could_explain_a_difference(room: Room, house: House) -> None:
    with house.writing():
        site = event_with(house, {}).site_id
        factories.carry(db.session.get_one(Product, room.cable), 2, room.one, site)
    room.move(room.tape, 5, room.one, room.two)
    room.start()
    say(room, room.cable, room.one, 6)
    say(room, room.tape, room.one, 24)
    room.finish()
    page = house.browser("Ivy").get(f"/inventory/counts/{room.count_id}/review").text
    assert "Same quantity: 2 Shelf 1" in page and "2 still at EV-" in page
    assert "Same quantity: 5 Shelf 1 → Shelf 2" in page


def test_the_differences_are_a_file_and_costs_only_for_who_may_see_them(room: Room, house: House) -> None:
    room.start()
    say(room, room.cable, room.one, 8)
    room.finish()
    for name, has_value in (("Ivy", True), ("Walter", False)):
        text = house.browser(name).get(f"/inventory/counts/{room.count_id}/differences.csv").text
        (row,) = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
        assert (row["Product"], row["Expected"], row["Counted"], row["Difference"]) == (
            "Cable",
            "10",
            "8",
            "-2",
        )
        assert row.get("Value") == ("-16.00" if has_value else None)


def test_a_plan_is_made_changed_begun_and_ended(room: Room, house: House) -> None:
    ivy = house.browser("Ivy")
    sent = {"location_id": room.two, "every_days": "30", "next_on": "2026-01-05", "is_blind": "on"}
    assert ivy.post("/inventory/counts/plans/new", data=sent).status_code == 303
    with house.reading():
        plan_id = db.session.scalars(select(CountPlan.id)).one()
    assert "Overdue" in ivy.get("/inventory/counts").text
    ivy.post(f"/inventory/counts/plans/{plan_id}", data=sent | {"every_days": "45"})
    assert "45" in ivy.get(f"/inventory/counts/plans/{plan_id}").text
    assert ivy.post(f"/inventory/counts/plans/{plan_id}/start").status_code == 303
    with house.reading():
        assert db.session.scalars(select(CountSession.plan_id)).one() == plan_id
    ivy.post(f"/inventory/counts/plans/{plan_id}/end")
    assert ivy.post(f"/inventory/counts/plans/{plan_id}/start").status_code == 422


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"products": "no such thing"}, "No single product fits"),
        ({"location_id": "99999"}, "There is no such location"),
        ({"abc_class": "A", "products": "Cable"}, "one of them"),
    ],
)
def test_what_cannot_be_counted_is_said_beside_its_field(
    room: Room, house: House, sent: dict[str, str], words: str
) -> None:
    answer = house.browser("Ivy").post("/inventory/counts/new", data=sent)
    assert answer.status_code == 422 and words in answer.text


def test_a_service_manager_neither_sees_nor_makes_counts(room: Room, house: House) -> None:
    room.start()
    serge = house.browser("Serge")
    assert serge.get("/inventory/counts").status_code == 403
    assert (
        serge.post(f"/inventory/counts/{room.count_id}/entries", data={"code": "LAMP-1"}).status_code == 403
    )


@pytest.mark.parametrize("path", ["", "/review", "/progress"])
def test_a_screen_asks_as_often_for_many_lines_as_for_few(
    room: Room, house: House, statements: Callable[[], list[str]], path: str
) -> None:
    costs = []
    for more in (0, 40):
        with house.writing():
            fill(room, more) if more else None
        room.start(Scope(room.one))
        room.read_all()
        say(room, room.cable, room.one, 1)
        if path == "/review":
            room.finish()
        browser = house.browser("Ivy")
        statements()
        assert browser.get(f"/inventory/counts/{room.count_id}{path}").status_code == 200
        costs.append(len(statements()))
    assert costs[0] == costs[1]


def test_a_real_list_is_reconciled_as_its_two_versions_differ(house: House) -> None:
    """A tour's gear, as its app had it and as its sheet had it: the sheet is the count."""
    rows = list(csv.DictReader((DATA / "serialized_assets.csv").open()))
    with house.writing():
        here = db.session.get_one(Location, house.warehouse_id)
        truck = add_location("Trailer", "TRAILER", LocationKind.SHELF, here, by=me())
        products = {}
        for row in rows:
            product = factories.product(row["name"], tracking=Tracking.BULK)
            movement = Movement(product.id, int(row["units_in_app"]), to_id=truck.id)
            post(TransactionKind.RECEIPT, [movement], Cause(me(), request_id=str(uuid.uuid4())))
            products[coded(product)] = int(row["units_in_sheet"] or 0)
        truck_id = truck.id
    room = Room(house, truck_id, truck_id, 0, 0, 0, [])
    room.start(Scope(truck_id))
    for product_id, counted in products.items():
        say(room, product_id, truck_id, counted)
    room.finish()
    room.post()
    with house.reading():
        differing = {row["name"] for row in rows if row["units_in_app"] != (row["units_in_sheet"] or "0")}
        assert differing == {"Lighting Towers", "Lighting Shorter Fixtures", "SPD-SX Pad"}
        assert len(room.rows()) == len(differing)
        assert {product_id: held(product_id).get(truck_id, 0) for product_id in products} == products
        assert (room.session().lines_counted, room.session().lines_right) == (48, 45)
    assert broken_invariants() == []
