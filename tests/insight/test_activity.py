"""The feed, and what waits for each person."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Notification
from app.queries.sentences import KINDS, SAYINGS, place_of, sentence
from app.services.activities import record
from app.templating import unbroken
from tests import factories
from tests.databases import ROOT
from tests.factories import me
from tests.people import House


@pytest.fixture
def busy(house: House) -> House:
    """A house in which something happened."""
    with house.writing():
        deal = factories.deal(house.warehouse_id, name="Summer gala")
        record("deal.opened", deal, by=me())
        record("product.added", factories.product("Cable"), by=me())
    return house


def test_the_feed_tells_every_module_in_sentences(busy: House) -> None:
    page = busy.browser("Ada").get("/activity").text
    assert "opened deal" in page and "Summer gala" in page and "added product" in page
    assert "/inventory/products/" in page


def test_every_deed_of_a_service_is_put_into_words() -> None:
    written = "\n".join(path.read_text() for path in (ROOT / "app" / "services").glob("*.py"))
    assert set(re.findall(r'record\(\s*"([a-z_.]+)"', written)) <= SAYINGS.keys()


def test_the_number_of_a_thing_is_never_broken_at_its_hyphens() -> None:
    kept = '<span class="nowrap">{}</span>'
    assert unbroken("opened EV-2026-0042") == "opened " + kept.format("EV-2026-0042")
    assert unbroken("moved AR170-07 <b>") == "moved " + kept.format("AR170-07") + " &lt;b&gt;"
    assert unbroken("added a sub-hire of 2-pin cable") == "added a sub-hire of 2-pin cable"


def test_it_shows_only_what_somebody_may_see(busy: House) -> None:
    page = busy.browser("Bob").get("/activity").text
    assert "added product" in page and "Summer gala" not in page


def test_it_is_filtered_by_module_person_and_day(busy: House) -> None:
    ada = busy.browser("Ada")
    assert "added product" not in ada.get("/activity?module=CRM").text
    assert "Summer gala" in ada.get("/activity?module=CRM").text
    assert "Nothing here" in ada.get(f"/activity?person={busy.people['Bob']}").text
    assert "Nothing here" in ada.get("/activity?until=2020-01-01").text
    assert "Summer gala" in ada.get(f"/activity?since=2020-01-01&until={busy.today()}").text
    assert ada.get("/activity?since=nonsense&person=x&before=y").status_code == 200


def test_it_goes_on_where_the_page_ended(house: House) -> None:
    with house.writing():
        cable = factories.product("Cable")
        for number in range(60):
            record("product.changed", cable, by=me(), label=f"change {number:02d}")
    ada = house.browser("Ada")
    first = ada.get("/activity?module=Inventory").text
    assert "change 59" in first and "change 05" not in first
    older = first.partition("before=")[2].partition('"')[0].partition("&")[0]
    second = ada.get(f"/activity?module=Inventory&before={older}").text
    assert "change 05" in second and "change 59" not in second


def test_a_verb_that_nobody_put_into_words_still_reads() -> None:
    assert sentence("truck_pack.loaded", "Truck 1") == "loaded truck pack Truck 1"
    assert place_of("nothing_known", 7) == ""


def test_every_saying_is_about_a_known_kind_of_thing() -> None:
    spoken = {verb.partition(".")[0] for verb in SAYINGS}
    loose = {"catalogue", "code", "cost", "costs", "line", "package", "password", "stock", "task", "token",
             "accessory", "condition", "document", "substitute", "quote_line", "order", "supplier", "count",
             "job_part", "labels", "set_up"}  # fmt: skip
    assert spoken - set(KINDS) <= loose


def notified(house: House, *names: str) -> dict[str, int]:
    """A notification for each of these people."""
    with house.writing():
        activity = db.session.scalars(select(Activity.id)).first()
        rows = {
            name: Notification(
                user_id=house.people[name], activity_id=activity, kind="enquiry", title=f"For {name}",
                url="/activity", created_at=datetime.now(UTC),
            )
            for name in names
        }  # fmt: skip
        db.session.add_all(rows.values())
        db.session.flush()
        return {name: row.id for name, row in rows.items()}


def test_reading_a_notification_leads_to_its_thing_and_counts_down(house: House) -> None:
    ids = notified(house, "Sally", "Alice")
    sally = house.browser("Sally")
    page = sally.get("/notifications").text
    assert "For Sally" in page and "For Alice" not in page and "1 unread" in page
    answer = sally.post(f"/notifications/{ids['Sally']}/reading")
    assert answer.headers["Location"] == "/activity"
    assert "All caught up" in sally.get("/notifications").text
    assert "1 unread" in house.browser("Alice").get("/notifications").text


def test_nobody_reads_somebody_elses_notification(house: House) -> None:
    ids = notified(house, "Alice")
    assert house.browser("Sally").post(f"/notifications/{ids['Alice']}/reading").status_code == 404


def test_all_of_mine_are_read_and_nobody_elses(house: House) -> None:
    notified(house, "Sally", "Alice")
    assert house.browser("Sally").post("/notifications/reading").status_code == 303
    with house.reading():
        unread = db.session.scalars(select(Notification.user_id).where(Notification.read_at.is_(None))).all()
    assert unread == [house.people["Alice"]]


def test_the_feed_costs_one_statement_however_long_it_is(
    house: House, statements: Callable[[], list[str]]
) -> None:
    ada, costs = house.browser("Ada"), []
    for number in (1, 19):
        with house.writing():
            for _ in range(number):
                factories.deal(house.warehouse_id)
        ada.get("/activity")
        statements()
        ada.get("/activity")
        costs.append(len(statements()))
    assert costs[0] == costs[1]
