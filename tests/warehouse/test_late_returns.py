"""Late returns: clients are reminded when the house wants it, so often and not more, each time once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Company, Delivery, Event, Organization, OutboxRow, ReturnReminder
from app.queries.late_returns import late_events, still_out_of
from app.refusals import Refused
from app.rules.reminders import Patience, is_due
from app.services.return_reminders import remind_now, remind_of_returns
from tests.factories import me
from tests.people import House, found_house
from tests.planning.stories import claim_of, event_with, lamps, send_out

NOW = datetime.now(UTC)
PATIENT = Patience(after_days=2, every_days=3, most=2)


@pytest.mark.parametrize(
    ("late", "sent", "last", "due"),
    [(1, 0, None, False), (2, 0, None, True), (4, 1, 2, False), (5, 1, 3, True), (99, 2, 50, False)],
)
def test_a_reminder_is_due_by_patience(late: int, sent: int, last: int | None, due: bool) -> None:
    last_at = NOW - timedelta(days=last) if last is not None else None
    assert is_due(NOW - timedelta(days=late), sent, last_at, NOW, PATIENT) is due


def late_event(house: House, days: int = 4, pieces: int = 3) -> int:
    """An event of which so many lamps should have been back some days ago."""
    with house.writing():
        event = event_with(house, {lamps(house): pieces})
        send_out(event, pieces, returned=1)
        ended = NOW - timedelta(days=days)
        event.occupied_from = event.charged_from = ended - timedelta(days=2)
        event.occupied_until = event.charged_until = ended
        claim = claim_of(event)
        claim.starts_at, claim.ends_at = event.occupied_from, ended
        return event.id


def switch_on(house: House, **more: int) -> None:
    """The house wants reminders."""
    with house.writing():
        organization = db.session.scalars(select(Organization)).one()
        organization.reminds_of_returns = True
        for name, value in more.items():
            setattr(organization, name, value)


def run(house: House) -> list[int]:
    """The clock has struck; the sequence numbers of all reminders."""
    with house.writing():
        remind_of_returns()
    with house.reading():
        return list(db.session.scalars(select(ReturnReminder.sequence).order_by(ReturnReminder.id)))


def test_nobody_is_reminded_unless_the_house_wants_it(house: House) -> None:
    late_event(house)
    assert run(house) == []
    switch_on(house)
    assert run(house) == [1]


def test_a_reminder_is_written_once_and_says_what_is_still_out(house: House) -> None:
    event_id = late_event(house)
    switch_on(house)
    assert run(house) == [1] == run(house)
    with house.reading():
        letter = db.session.scalars(select(Delivery)).one()
        assert letter.address == "office@lindenau.example" and "2 × Lamp" in letter.body
        sending = select(OutboxRow).where(OutboxRow.kind == "mail.send")
        assert len(db.session.scalars(sending).all()) == 1
        said = db.session.scalars(select(Activity).where(Activity.verb == "event.reminded")).one()
        assert said.event_id == event_id and letter.address in said.facts["summary"]


def test_reminders_are_repeated_so_often_and_no_more(house: House) -> None:
    late_event(house, days=20)
    switch_on(house, remind_every_days=2, most_reminders=3)
    for expected in ([1], [1, 2], [1, 2, 3], [1, 2, 3]):
        assert run(house) == expected
        with house.writing():
            for row in db.session.scalars(select(ReturnReminder)):
                row.written_at -= timedelta(days=2)


def test_who_has_no_address_is_not_written_to(house: House) -> None:
    event_id = late_event(house)
    switch_on(house)
    with house.writing():
        db.session.scalars(select(Company)).one().email = ""
    assert run(house) == []
    with pytest.raises(Refused, match="Neither"), house.writing():
        remind_now(db.session.get_one(Event, event_id), by=me())
    assert "no address" in house.browser("Walter").get("/warehouse/late").text


def test_nobody_is_reminded_of_what_is_back_or_not_late(house: House) -> None:
    event_id = late_event(house)
    switch_on(house)
    with house.writing():
        event = db.session.get_one(Event, event_id)
        claim_of(event).returned_quantity = 3
    assert run(house) == []
    with pytest.raises(Refused, match="Nothing of"), house.writing():
        remind_now(db.session.get_one(Event, event_id), by=me())


def test_a_person_reminds_at_once_and_a_double_click_is_one_letter(house: House) -> None:
    event_id = late_event(house, days=1)
    walter = house.browser("Walter")
    for _ in range(2):
        asked = walter.post(f"/warehouse/events/{event_id}/reminders", data={"request_id": "once"})
        assert asked.status_code == 303
    with house.reading():
        assert list(db.session.scalars(select(ReturnReminder.by_name))) == ["Walter"]
    assert house.browser("Bob").post(f"/warehouse/events/{event_id}/reminders").status_code == 403
    other = found_house(house.app, "Other", "other").browser("Ada")
    assert other.post(f"/warehouse/events/{event_id}/reminders").status_code == 404


def test_the_text_is_shown_before_it_is_switched_on(house: House) -> None:
    late_event(house)
    ada = house.browser("Ada")
    before = ada.get("/warehouse/late").text
    assert "was to be back on" in before and "Write these reminders by itself" in before
    given = {
        "reminds_of_returns": "on", "remind_after_days": "2", "remind_every_days": "4", "most_reminders": "5",
        "reminder_words": "Our van can fetch it.",
    }  # fmt: skip
    assert ada.post("/warehouse/late/settings", data=given | {"most_reminders": "0"}).status_code == 422
    assert ada.post("/warehouse/late/settings", data=given).status_code == 303
    assert "Our van can fetch it." in ada.get("/warehouse/late").text
    assert house.browser("Walter").post("/warehouse/late/settings", data=given).status_code == 403


def test_the_list_costs_the_same_for_twenty_late_events(
    house: House, statements: Callable[[], list[str]]
) -> None:
    costs = []
    for many in (1, 19):
        for _ in range(many):
            late_event(house)
        with house.reading():
            statements()
            found = late_events(NOW)
            still_out_of([row.id for row in found.items])
            costs.append((found.total, len(statements())))
    assert [total for total, _ in costs] == [1, 20] and costs[0][1] == costs[1][1]
