"""What hangs together is changed by one at a time: the last administrator, and packages inside each other."""

import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import PackagePart, Role, User, UserRole
from app.refusals import Refused
from app.services import accounts, packages
from app.services.accounts import change_user
from app.services.packages import put_in_package
from tests import factories
from tests.factories import me
from tests.people import House

pytestmark = pytest.mark.races

PATIENCE = 1.5
"""Seconds that one waits for the other before it commits; with turns the other cannot come."""


def both(house: House, one: Callable[[], object], other: Callable[[], object]) -> int:
    """Two people at once, each done before either commits if that is possible; how many were refused."""
    together, refused = threading.Barrier(2), []

    def do(deed: Callable[[], object]) -> None:
        try:
            with house.writing():
                deed()
                db.session.flush()
                with suppress(threading.BrokenBarrierError):
                    together.wait(PATIENCE)
        except Refused as no:
            refused.append(no)

    people = [threading.Thread(target=do, args=(deed,)) for deed in (one, other)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return len(refused)


def demoting(house: House, name: str) -> Callable[[], None]:
    """This administrator becomes a viewer."""

    def demote() -> None:
        person = db.session.get_one(User, house.people[name])
        change_user(person, name=name, email=person.email, roles=["viewer"], is_active=True, by=me())

    return demote


def two_administrators_leave(house: House) -> tuple[int, bool]:
    """Both make each other a viewer; how many were refused, and whether somebody is left."""
    with house.writing():
        ivy = db.session.get_one(User, house.people["Ivy"])
        change_user(ivy, name="Ivy", email=ivy.email, roles=["administrator"], is_active=True, by=me())
    refused = both(house, demoting(house, "Ada"), demoting(house, "Ivy"))
    with house.reading():
        holds = select(func.count(UserRole.id)).join(Role, Role.id == UserRole.role_id)
        return refused, bool(db.session.scalar(holds.where(Role.key == "administrator")))


def two_packages_into_each_other(house: House) -> tuple[int, bool]:
    """Each gets the other as a part; how many were refused, and whether there is no circle."""
    with house.writing():
        ids = [factories.product(name, is_package=True).id for name in ("Left", "Right")]

    def putting(inner: int, outer: int) -> Callable[[], None]:
        def put() -> None:
            found = {row.id: row for row in db.session.scalars(select(packages.Product))}
            put_in_package(found[outer], found[inner], 1, by=me())

        return put

    refused = both(house, putting(*ids), putting(*reversed(ids)))
    with house.reading():
        return refused, db.session.scalar(select(func.count(PackagePart.id))) == 1


STORIES = [two_administrators_leave, two_packages_into_each_other]


@pytest.mark.parametrize("story", STORIES)
def test_of_two_who_would_break_it_together_one_is_refused(
    house: House, story: Callable[[House], tuple[int, bool]]
) -> None:
    assert story(house) == (1, True)


@pytest.mark.parametrize("story", STORIES)
def test_the_race_is_real_without_turns_both_go_through(
    house: House,
    database_kind: str,
    story: Callable[[House], tuple[int, bool]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (accounts, packages):
        monkeypatch.setattr(module, "be_alone", nullcontext)
    one_writer = database_kind == "sqlite"
    assert story(house) == (one_writer, one_writer), "SQLite has one writer at a time anyway."
