"""Looking at something changes nothing."""

from collections.abc import Callable

from flask import Flask

from tests.people import House
from tests.routes import SAFE, routes
from tests.walks import Walker, complain
from tests.world import World, checksums

WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")
OWN = ' "temp".'
"""What only the connection itself sees, outside of the database's file."""


def test_a_get_of_every_route_leaves_every_table_as_it_was(
    house: House, app: Flask, statements: Callable[[], list[str]]
) -> None:
    world, failures = World(house), []
    walker = Walker(house, "Ada")
    browser = house.browser("Ada")
    before = checksums()
    for route in routes(app, SAFE):
        url, headers = route.url(app, world.values(route)), {}
        if route.is_api:
            headers["Authorization"] = f"Bearer {walker.token}"
        statements()
        for parts in ({}, {"HX-Request": "true"}):
            response = browser.get(url, headers=headers | parts)
            if response.status_code >= 500 and route.endpoint != "health.healthz":
                failures.append(f"{route}: {response.status_code}")
        written = [said for said in statements() if said.lstrip().upper().startswith(WRITES)]
        written = [said for said in written if OWN not in said]
        if written:
            failures.append(f"{route}: {written[0][:80]}")
    after = checksums()
    assert not [name for name in before if before[name] != after[name]], failures
    complain(failures)
