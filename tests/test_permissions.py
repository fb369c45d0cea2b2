"""Every route declares who may use it, and lets exactly those in."""

import pytest
from flask import Flask

from app.extensions import db
from app.models import User
from app.permissions import PUBLIC, ROLES, SIGNED_IN, Permission
from app.services.accounts import give_roles
from tests.people import STAFF, House
from tests.routes import routes
from tests.walks import Walker, complain, was_refused
from tests.world import NoExample, World

KNOWN_MARKS = {PUBLIC, SIGNED_IN, *map(str, Permission)}
PUBLIC_ENDPOINTS = {
    "accounts.sign_in", "accounts.sign_in_now", "accounts.first_start", "accounts.start_first",
    "accounts.new_password", "accounts.set_new_password", "accounts.forgotten", "accounts.ask_reset",
    "api.document", "health.healthz", "health.readyz", "public.enquiry", "public.send_enquiry",
    "public.enquiry_sent", "public.clients_quote", "public.clients_quote_pdf", "public.accept_clients_quote",
    "public.decline_clients_quote", "public.view_clients_quote", "public.manifest", "warehouse.without_network",
    "warehouse.worker",
}  # fmt: skip
"""What anybody may reach without signing in. Whoever makes another route public says so here."""


@pytest.fixture
def world(house: House) -> World:
    """One of everything in the house."""
    return World(house)


def test_every_route_declares_its_permission(app: Flask) -> None:
    complain([f"{route}: {route.mark}" for route in routes(app) if route.mark not in KNOWN_MARKS])


def test_only_the_listed_routes_are_public(app: Flask) -> None:
    public = {route.endpoint for route in routes(app) if route.mark == PUBLIC}
    complain(sorted(public - PUBLIC_ENDPOINTS))


def test_every_route_has_an_example(world: World, app: Flask) -> None:
    missing = []
    for route in routes(app):
        try:
            world.values(route)
        except NoExample as error:
            missing.append(str(error))
    complain(missing)


@pytest.mark.parametrize(("name", "role"), STAFF.items(), ids=STAFF.values())
def test_a_role_reaches_what_its_permissions_say_and_nothing_else(
    world: World, app: Flask, name: str, role: str
) -> None:
    walker, failures = Walker(world.house, name), []
    for route in routes(app):
        url = route.url(app, world.values(route))
        response = walker.call(route, url)
        if response.status_code >= 500 and route.endpoint != "health.healthz":
            failures.append(f"{route}: {role} got {response.status_code}")
        elif route.mark != PUBLIC and was_refused(response) is route.is_open_to(role):
            failures.append(f"{route}: {role} got {response.status_code}, needs {route.mark}")
    complain(failures)


def test_without_signing_in_only_public_routes_answer(world: World, app: Flask) -> None:
    failures = []
    for route in routes(app):
        response = app.test_client().open(route.url(app, world.values(route)), method=route.method)
        if was_refused(response) is (route.mark == PUBLIC):
            failures.append(f"{route}: {response.status_code}")
    complain(failures)


def test_the_administrator_may_do_everything_and_a_viewer_changes_nothing() -> None:
    assert ROLES["administrator"][1] == frozenset(Permission)
    changing = ("manage", "write", "receive", "adjust", "transfer", "run", "close", "override", "add", "send")
    assert not [p for p in ROLES["viewer"][1] if p.rpartition(":")[2] in changing]


def test_a_person_with_two_roles_may_do_what_either_allows(house: House) -> None:
    bob = house.actor("Bob")
    assert bob.permissions == frozenset(map(str, ROLES["warehouse_staff"][1]))
    with house.writing():
        give_roles(db.session.get_one(User, house.people["Bob"]), ["warehouse_staff", "sales"])
    both = ROLES["warehouse_staff"][1] | ROLES["sales"][1]
    assert house.actor("Bob").permissions == frozenset(map(str, both))
