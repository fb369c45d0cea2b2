"""The password again, before something that decides who gets in."""

import sys
import time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.blueprints.accounts.proof import FRESH
from app.blueprints.accounts.sign_in import PROVEN_KEY
from app.extensions import db
from app.models import ApiToken, Role, User
from app.transactions import is_writing
from tests.people import PASSWORD, House


def grown_old(house: House, seconds: int = FRESH + 5) -> FlaskClient:
    """Ada's browser, in which she typed her password so long ago."""
    ada = house.browser("Ada")
    with ada.session_transaction() as cookie:
        cookie[PROVEN_KEY] = int(time.time()) - seconds
    return ada


def deeds(house: House) -> dict[str, dict[str, object]]:
    """Where the password is asked for, with a form that is right otherwise."""
    with house.reading():
        role_id = db.session.scalars(select(Role.id).where(Role.key == "crew")).one()
    bob = {"name": "Bob", "email": "bobby@nightjar.example", "roles": ["viewer"], "is_active": "1"}
    token = {"name": "Till", "user_id": house.people["Bob"], "expires_on": tomorrow()}
    return {
        f"/settings/people/{house.people['Bob']}": bob,
        "/settings/people/new": {"name": "Nia", "email": "nia@nightjar.example", "roles": ["viewer"]},
        f"/settings/roles/{role_id}": {"permissions": ["inventory:products:read"]},
        "/settings/tokens": token,
    }


def tomorrow() -> str:
    """A day on which a token may end."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400))


def test_a_password_typed_long_ago_is_asked_for_again(house: House) -> None:
    ada = grown_old(house)
    for url, typed in deeds(house).items():
        assert 'name="my_password"' in ada.post(url, data=typed).text, url
        assert ada.post(url, data=typed).status_code == 422, url
    with house.reading():
        assert db.session.scalar(select(func.count(ApiToken.id))) == 0
        assert db.session.get_one(User, house.people["Bob"]).email == "bob@nightjar.example"


def test_the_right_password_does_it_and_counts_for_the_next_minutes(house: House) -> None:
    ada = grown_old(house)
    first, *others = deeds(house).items()
    assert ada.post(first[0], data=first[1] | {"my_password": PASSWORD}).status_code == 303
    for url, typed in others:
        assert ada.post(url, data=typed).status_code in (200, 303), url
    assert 'name="my_password"' not in ada.get("/settings/tokens").text


def test_a_wrong_password_is_refused_and_counted(house: House) -> None:
    ada = grown_old(house)
    typed = deeds(house)["/settings/tokens"]
    said = [ada.post("/settings/tokens", data=typed | {"my_password": "guess"}).text for _ in range(6)]
    assert "This is not your password" in said[0] and "Too many tries" in said[-1]


def test_a_fresh_sign_in_is_proof_enough(house: House) -> None:
    browser = house.app.test_client()
    browser.post("/sign-in", data={"email": "ada@nightjar.example", "password": PASSWORD})
    for url, typed in deeds(house).items():
        assert browser.post(url, data=typed).status_code in (200, 303), url


def test_the_password_is_checked_while_nobody_waits_for_a_lock(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def fits(_typed: str, _kept: str | None) -> bool:
        held.append(is_writing())
        return True

    monkeypatch.setattr(sys.modules["app.blueprints.accounts.sign_in"], "password_fits", fits)
    ada, typed = grown_old(house), deeds(house)["/settings/tokens"]
    assert ada.post("/settings/tokens", data=typed | {"my_password": PASSWORD}).status_code == 200
    assert held == [False]
