"""An alert's life: planned, put off, dismissed, back again; nobody's deed is lost and nothing is told twice."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Delivery, Notification, Product, User
from app.refusals import NotFound, Refused, Stale
from app.rules.cover import PRIORITIES
from app.services.alert_deeds import Dismissal, Plan, Snooze, acknowledge, dismiss, snooze
from app.services.alert_rounds import look_again
from app.services.digests import call_digest, send_digest
from app.services.products import change_product, facts_of
from tests.alerts.stock import alerts, issue, receive, said, tape
from tests.factories import me
from tests.people import House
from tests.tasks import do_tasks

KEEPERS = ("ivy@nightjar.example", "walter@nightjar.example")
TODAY = datetime.now(UTC).date()


def low_tape(house: House, **more: object) -> tuple[int, int]:
    """A tape that is low, and its alert."""
    product_id = tape(house, **more)
    issue(house, product_id, 15)
    return product_id, alerts(house)[-1].id


def test_a_plan_says_by_whom_and_when_and_the_alert_ends_by_itself(house: House) -> None:
    product_id, alert_id = low_tape(house)
    ivy = house.actor("Ivy")
    with house.writing():
        acknowledge([alert_id], Plan(plan="20 boxes on Friday"), by=ivy)
    [alert] = alerts(house)
    assert alert.state == "acknowledged" and alert.plan == "20 boxes on Friday"
    assert alert.acknowledged_by_id == house.people["Ivy"] and alert.acknowledged_at is not None
    receive(house, product_id, 10)
    assert [state for _, state, _ in said(house)] == ["resolved"]


def test_nobody_is_told_of_what_ended_before_they_could_be(house: House) -> None:
    product_id, _ = low_tape(house)
    receive(house, product_id, 10)
    issue(house, product_id, 10)
    do_tasks(house)
    with house.reading():
        told = db.session.scalars(select(Notification.url)).all()
    ended, open_now = alerts(house)
    assert (ended.state, ended.notified_at, open_now.state) == ("resolved", None, "open")
    assert set(told) == {f"/inventory/alerts/{open_now.id}"}


def test_what_was_dismissed_stays_away_until_it_gets_worse(house: House) -> None:
    product_id, alert_id = low_tape(house)
    with house.writing():
        dismiss([alert_id], Dismissal(reason="The season is over"), by=me())
    issue(house, product_id, 1)
    assert [state for _, state, _ in said(house)] == ["dismissed"]
    issue(house, product_id, 4)
    assert [(kind, state) for kind, state, _ in said(house)] == [("low", "dismissed"), ("out", "open")]


def test_a_dismissed_empty_shelf_is_not_raised_for_being_less_empty(house: House) -> None:
    product_id, alert_id = low_tape(house)
    issue(house, product_id, 5)
    with house.writing():
        dismiss([alert_id], Dismissal(reason="Not needed any more"), by=me())
    receive(house, product_id, 2)
    assert len(said(house)) == 1
    receive(house, product_id, 10)
    issue(house, product_id, 9)
    assert [state for _, state, _ in said(house)] == ["dismissed", "open"]


def test_what_was_put_off_comes_back_on_its_day_and_is_told_again(house: House) -> None:
    _, alert_id = low_tape(house)
    do_tasks(house)
    with house.writing():
        snooze([alert_id], Snooze(until=TODAY + timedelta(days=3)), by=me())
    with house.writing():
        look_again()
    assert alerts(house)[0].snoozed_until is not None
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3, hours=3)):
        for _ in range(2):
            with house.writing():
                look_again()
        with house.reading():
            told = db.session.scalars(select(Activity.verb).where(Activity.verb == "alert.low")).all()
    assert alerts(house)[0].snoozed_until is None and len(told) == 2


def test_an_alert_that_was_put_off_comes_back_at_once_when_nothing_is_left(house: House) -> None:
    product_id, alert_id = low_tape(house)
    with house.writing():
        snooze([alert_id], Snooze(until=TODAY + timedelta(days=30)), by=me())
    issue(house, product_id, 5)
    [alert] = alerts(house)
    assert alert.kind == "out" and alert.snoozed_until is None


@pytest.mark.parametrize("until", [TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=400)])
def test_nothing_is_put_off_into_the_past_or_for_ever(house: House, until: date) -> None:
    _, alert_id = low_tape(house)
    with pytest.raises(Refused, match="from tomorrow on"), house.writing():
        snooze([alert_id], Snooze(until=until), by=me())


def test_what_is_over_cannot_be_planned_and_many_at_once_leave_it_out(house: House) -> None:
    product_id, first = low_tape(house)
    receive(house, product_id, 20)
    with pytest.raises(Stale, match="over already"), house.writing():
        acknowledge([first], Plan(plan="late"), by=me())
    _, second = low_tape(house)
    with house.writing():
        assert [row.id for row in acknowledge([first, second], Plan(plan="Friday"), by=me())] == [second]
    with pytest.raises(NotFound), house.writing():
        acknowledge([second, 4711], Plan(plan="who?"), by=me())
    assert [state for _, state, _ in said(house)] == ["resolved", "acknowledged"]


def test_what_becomes_critical_as_days_pass_is_told(house: House) -> None:
    product_id, _ = low_tape(house)
    assert said(house)[0][2] != "critical"
    do_tasks(house)
    with house.writing():
        product = db.session.get_one(Product, product_id)
        critical = {"is_critical": True, "lead_days": 60}
        change_product(product, facts_of(product, "").model_copy(update=critical), by=me())
    with house.writing():
        look_again()
    do_tasks(house)
    assert said(house) == [("low", "open", "critical")]
    assert subjects(house) == [(to, "Low stock: Gaffer tape") for to in KEEPERS]


def subjects(house: House) -> list[tuple[str, str]]:
    """To whom was written, and about what."""
    with house.reading():
        query = select(Delivery.address, Delivery.subject).order_by(Delivery.id)
        return [(row.address, row.subject) for row in db.session.execute(query)]


def test_an_alert_is_in_the_app_at_once_for_those_who_keep_stock_and_by_email_in_the_digest(
    house: House,
) -> None:
    low_tape(house)
    do_tasks(house)
    assert subjects(house) == [] and alerts(house)[0].notified_at is not None
    with house.reading():
        told = db.session.scalars(select(Notification.user_id).order_by(Notification.user_id)).all()
    assert set(told) == {house.people["Ivy"], house.people["Walter"]}
    with house.writing():
        send_digest()
    assert subjects(house) == [(to, "1 stock alert is open, 1 new") for to in KEEPERS]


def test_where_nobody_keeps_the_stock_the_administrator_hears_of_it(house: House) -> None:
    with house.writing():
        for name in ("Ivy", "Walter"):
            db.session.get_one(User, house.people[name]).is_active = False
    low_tape(house)
    do_tasks(house)
    with house.reading():
        told = db.session.scalars(select(Notification.user_id)).all()
    assert told == [house.people["Ada"]] and alerts(house)[0].notified_at is not None
    with house.writing():
        send_digest()
    assert subjects(house) == [("ada@nightjar.example", "1 stock alert is open, 1 new")]


def test_what_must_never_be_missing_is_told_by_email_at_once_however_long_it_lasts(house: House) -> None:
    product_id = tape(house)
    with house.writing():
        product = db.session.get_one(Product, product_id)
        change_product(product, facts_of(product, "").model_copy(update={"is_critical": True}), by=me())
    issue(house, product_id, 15)
    do_tasks(house)
    assert said(house)[0][2] != "critical"
    assert subjects(house) == [(to, "Low stock: Gaffer tape") for to in KEEPERS]


def test_the_digest_lists_what_waits_by_priority_and_nothing_where_nothing_waits(house: House) -> None:
    with house.writing():
        send_digest()
    assert subjects(house) == []
    low_tape(house)
    low_tape(house, is_critical=True)
    planned = alerts(house)[0].id
    with house.writing():
        acknowledge([planned], Plan(plan="Friday"), by=me())
    low_tape(house)
    with house.writing():
        send_digest()
    with house.reading():
        letter = db.session.scalars(select(Delivery.body)).first() or ""
    marks = re.findall(r"Gaffer tape \((\w+), new\)", letter)
    assert len(marks) == 2 and sorted(marks, key=PRIORITIES.index) == marks
    assert "5 pcs left, to be ordered at 5" in letter


def test_the_digest_goes_out_once_a_day_after_its_hour_and_catches_up(house: House) -> None:
    low_tape(house)
    morning = datetime(2027, 6, 8, 3, tzinfo=UTC)
    for hours, letters in ((0, 0), (4, 2), (5, 2), (23, 2), (25, 2), (30, 4)):
        with time_machine.travel(morning + timedelta(hours=hours), tick=False), house.writing():
            call_digest()
        do_tasks(house)
        assert len(subjects(house)) == letters, hours


def test_a_message_by_sms_says_it_in_one(house: House) -> None:
    ivy = house.browser("Ivy")
    ivy.post("/profile", data={"name": "Ivy", "phone": "+49 170 1234567"})
    ivy.post("/profile/notifications", data={"wanted": ["stock_low:sms", "stock_out:sms:digest"]})
    product_id, _ = low_tape(house)
    issue(house, product_id, 5)
    do_tasks(house)
    with house.writing():
        send_digest()
    with house.reading():
        query = select(Delivery.body).where(Delivery.channel == "sms").order_by(Delivery.id)
        texts = db.session.scalars(query).all()
    assert texts[0].startswith("Low stock: Gaffer tape. 5 pcs left")
    assert texts[0].endswith(f"/inventory/alerts/{alerts(house)[0].id}")
    assert texts[1] == "1 stock alert is open, 1 new: Gaffer tape (out)\nhttp://localhost/inventory/alerts"
