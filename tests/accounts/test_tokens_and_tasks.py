"""API tokens on screen, and background work on screen."""

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.extensions import db
from app.models import ApiToken, Delivery, DeliveryState, OutboxRow, OutboxState, User
from app.services.accounts import give_roles
from app.services.sessions import hash_token
from app.services.tokens import actor_of_token, first_administrator
from tests.people import House

SECRET = re.compile(r"xh_[\w-]{40,}")


def test_a_token_is_shown_once_and_only_its_hash_is_kept(house: House) -> None:
    ada, until = house.browser("Ada"), (datetime.now(UTC) + timedelta(days=30)).date()
    data = {"name": "Till", "user_id": str(house.people["Bob"]), "expires_on": until.isoformat()}
    shown = ada.post("/settings/tokens", data=data)
    secret = SECRET.search(shown.text)
    assert shown.status_code == 200 and secret
    assert not SECRET.search(ada.get("/settings/tokens").text)
    with house.reading():
        token = db.session.scalars(select(ApiToken)).one()
        assert token.token_hash == hash_token(secret.group(0))
        token_id = token.id
    found = actor_of_token(secret.group(0))
    assert found and found[0].id == house.people["Bob"]
    assert ada.post(f"/settings/tokens/{token_id}/revocation").status_code == 303
    assert actor_of_token(secret.group(0)) is None


def test_a_token_lives_for_a_year_at_most_and_not_into_the_past(house: House) -> None:
    ada, today = house.browser("Ada"), datetime.now(UTC).date()
    for days in (366, 0, -3):
        until = (today + timedelta(days=days)).isoformat()
        data = {"name": "Till", "user_id": str(house.people["Bob"]), "expires_on": until}
        assert ada.post("/settings/tokens", data=data).status_code == 422, days


def test_dead_tasks_are_seen_and_tried_again(house: House) -> None:
    now = datetime.now(UTC)
    with house.writing():
        letter = Delivery(
            channel="email",
            address="a@b.example",
            subject="Quote",
            body="",
            state=DeliveryState.FAILED,
            created_at=now,
        )
        db.session.add(letter)
        db.session.flush()
        row = OutboxRow(kind="mail.send", payload={"delivery_id": letter.id}, state=OutboxState.DEAD, attempts=10,
                        last_error="Connection refused", run_after=now, created_at=now)  # fmt: skip
        db.session.add(row)
    ada = house.browser("Ada")
    assert "Connection refused" in ada.get("/settings/tasks").text
    assert ada.post(f"/settings/tasks/{row.id}/retry").status_code == 303
    with house.reading():
        kept = db.session.get_one(OutboxRow, row.id)
        assert (kept.state, kept.attempts) == (OutboxState.READY, 0)
        assert db.session.get_one(Delivery, letter.id).state is DeliveryState.WAITING


def test_a_task_that_is_not_dead_is_left_alone(house: House) -> None:
    now = datetime.now(UTC)
    with house.writing():
        row = OutboxRow(
            kind="holds.expire", payload={}, state=OutboxState.DONE, run_after=now, created_at=now
        )
        db.session.add(row)
    house.browser("Ada").post(f"/settings/tasks/{row.id}/retry")
    with house.reading():
        assert db.session.get_one(OutboxRow, row.id).state is OutboxState.DONE


def test_the_command_line_takes_the_first_active_administrator(house: House) -> None:
    with house.writing():
        ada = db.session.get_one(User, house.people["Ada"])
        first = first_administrator()
        assert first is not None and first.id == ada.id
        give_roles(db.session.get_one(User, house.people["Walter"]), ["administrator"])
        ada.is_active = False
        db.session.flush()
        found = first_administrator()
        assert found is not None and found.id == house.people["Walter"]
        db.session.get_one(User, house.people["Walter"]).is_active = False
        db.session.flush()
        assert first_administrator() is None
