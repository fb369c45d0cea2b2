"""The people of the tests: Alice plans, Bob works in the warehouse, Sally sells, Charlie must see nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from flask import Flask
from flask.testing import FlaskClient

from app.actors import Actor, system_actor
from app.blueprints.accounts.sign_in import PROVEN_KEY
from app.edge import SEEN_KEY, TOKEN_KEY
from app.extensions import db
from app.models import Organization, User
from app.rules.calendars import local_day
from app.scope import organization_scope, system_scope
from app.services.accounts import add_user, first_warehouse, found_organization
from app.services.sessions import actor_of_user, hasher, open_session
from app.transactions import finish, start_writing, write_transaction

ZONE = "Europe/Berlin"
PASSWORD = "seven quiet amplifiers"
STAFF = {
    "Ada": "administrator",
    "Ivy": "inventory_manager",
    "Walter": "warehouse_manager",
    "Bob": "warehouse_staff",
    "Serge": "service_manager",
    "Tess": "technician",
    "Sally": "sales",
    "Alice": "planner",
    "Cora": "crew",
    "Vic": "viewer",
}


@dataclass
class House:
    """An organization under test: its people by first name, and its first warehouse."""

    app: Flask
    organization_id: int
    warehouse_id: int
    people: dict[str, int]
    slug: str

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction in which services may be called; what they wrote is kept."""
        with self.app.app_context(), write_transaction(self.organization_id):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A transaction in which rows may be looked at."""
        finish()
        with self.app.app_context(), organization_scope(self.organization_id):
            yield
        finish()

    def actor(self, name: str) -> Actor:
        """A person, as services know them."""
        finish()
        actor = actor_of_user(self.people[name])
        assert actor is not None
        finish()
        return actor

    def today(self) -> date:
        """The day on the house's own calendar: not the server's during an hour or two of every night."""
        return local_day(datetime.now(UTC), ZONE)

    def browser(self, name: str) -> FlaskClient:
        """A browser in which this person is signed in."""
        return sign_in(self.app, self.people[name])


def found_house(app: Flask, name: str = "Nightjar Audio", slug: str = "nightjar") -> House:
    """Found an organization with one person per role."""
    finish()
    start_writing()
    organization: Organization = found_organization(name, slug)
    organization_id = organization.id
    db.session.commit()
    people: dict[str, int] = {}
    with write_transaction(organization_id):
        warehouse_id = first_warehouse().id
        for person, role in STAFF.items():
            user = add_user(
                person, f"{person.lower()}@{slug}.example", [role], by=system_actor(organization_id)
            )
            user.password_hash = known_hash()
            db.session.flush()
            people[person] = user.id
    return House(app, organization_id, warehouse_id, people, slug)


@cache
def known_hash() -> str:
    """The hash of PASSWORD, made once: it is slow on purpose."""
    return hasher.hash(PASSWORD)


def sign_in(app: Flask, user_id: int) -> FlaskClient:
    """A browser with a session of this person."""
    finish()
    start_writing()
    user = find_person(user_id)
    token = open_session(user, "test")
    db.session.commit()
    finish()
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie[TOKEN_KEY] = token
        cookie[SEEN_KEY] = cookie[PROVEN_KEY] = 4_000_000_000
    return browser


def find_person(user_id: int) -> User:
    """The row of a person, whichever organization they belong to."""
    with system_scope("tests sign anybody in"):
        return db.session.get_one(User, user_id)
