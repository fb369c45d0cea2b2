"""Long work shows how far it is, can be stopped, is done once, and leaves nothing behind when it is not done."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import tasks
from app.actors import Actor
from app.extensions import db
from app.jobs import perform
from app.leasing import Lease, lease_ready_rows
from app.models import Company, LongWork, OutboxRow, StoredFile, WorkState
from app.outbox import LEASE
from app.refusals import Refused
from app.scope import system_scope
from app.services.long_work import KEPT, Made, Progress, begin_work, cancel_work, drop_old_files
from app.transactions import finish
from tests import factories
from tests.people import House
from tests.tasks import do_tasks


@pytest.fixture
def makers() -> Iterator[dict[str, Any]]:
    """The sorts of work that the worker knows, with more of them for a test."""
    known = dict(tasks.WORK.makers)
    yield tasks.WORK.makers
    tasks.WORK.makers.clear()
    tasks.WORK.makers.update(known)


def ask(house: House, kind: str = "test", name: str = "Ada", **wanted: Any) -> int:
    """Ask for a work; its id."""
    by = house.actor(name)
    with house.writing():
        return begin_work(kind, "A test", wanted, by=by).id


def look(house: House, work_id: int) -> dict[str, Any]:
    """The work as it stands."""
    with house.reading():
        return dict(vars(db.session.get_one(LongWork, work_id)))


def lease(house: House, now: datetime | None = None) -> list[Lease]:
    """One round of leasing."""
    finish()
    with house.app.app_context(), system_scope("a test plays the relay"):
        leased = lease_ready_rows(now or datetime.now(UTC))
    finish()
    return leased


def companies(house: House) -> int:
    """How many companies there are."""
    with house.reading():
        return len(db.session.scalars(select(Company.id)).all())


def test_a_work_is_made_and_its_file_fetched_by_whoever_asked(house: House, makers: dict[str, Any]) -> None:
    def make(wanted: dict[str, Any], progress: Progress, by: Actor) -> Made:
        progress.begin(3, "Counting")
        progress.step(3)
        return Made({"said": f"{by.name} has {wanted['n']}"}, "n.csv", content=b"n\n7\n")

    makers["test"] = make
    work_id = ask(house, n=7)
    assert "Waiting" in house.browser("Ada").get(f"/long-work/{work_id}").text
    do_tasks(house)
    work = look(house, work_id)
    assert work["state"] is WorkState.DONE and (work["steps_done"], work["steps"]) == (3, 3)
    page = house.browser("Ada").get(f"/long-work/{work_id}").text
    assert "Ada has 7" in page and "every 1s" not in page
    file = house.browser("Ada").get(f"/long-work/{work_id}/file")
    assert file.data == b"n\n7\n" and 'filename="n.csv"' in file.headers["Content-Disposition"]
    for address in (f"/long-work/{work_id}", f"/long-work/{work_id}/file"):
        assert house.browser("Ivy").get(address).status_code == 404
    assert "A test" in house.browser("Ada").get("/long-work").text
    assert "A test" not in house.browser("Ivy").get("/long-work").text


def test_others_see_how_far_it_is_while_it_is_done_and_can_write(
    house: House, makers: dict[str, Any]
) -> None:
    seen: list[Any] = []

    def make(_wanted: dict[str, Any], progress: Progress, _by: Actor) -> Made:
        progress.begin(10, "Reading")
        progress.step(4, "Half")
        seen.append(look(house, work_id))
        with house.writing():
            factories.company("Meanwhile")
        return Made()

    makers["test"] = make
    work_id = ask(house)
    do_tasks(house)
    assert (seen[0]["steps_done"], seen[0]["steps"], seen[0]["message"]) == (4, 10, "Half")
    assert look(house, work_id)["state"] is WorkState.DONE and companies(house) == 1


def test_a_work_that_waits_is_stopped_at_once(house: House, makers: dict[str, Any]) -> None:
    makers["test"] = lambda *_: pytest.fail("It was stopped.")
    work_id = ask(house)
    assert house.browser("Ivy").post(f"/long-work/{work_id}/cancellation").status_code == 404
    assert house.browser("Ada").post(f"/long-work/{work_id}/cancellation").status_code == 303
    do_tasks(house)
    assert look(house, work_id)["state"] is WorkState.CANCELLED


@pytest.mark.parametrize("last_moment", [False, True])
def test_a_stopped_work_leaves_nothing_behind(
    house: House, makers: dict[str, Any], last_moment: bool
) -> None:
    def write() -> dict[str, Any]:
        factories.company("Never")
        return {}

    def make(_wanted: dict[str, Any], progress: Progress, _by: Actor) -> Made:
        progress.begin(2)
        with house.writing():
            cancel_work(db.session.get_one(LongWork, work_id))
        if not last_moment:
            progress.step(message="on")
            pytest.fail("It was stopped.")
        return Made(keep=write, content=b"x", file_name="x.csv")

    makers["test"] = make
    work_id = ask(house)
    do_tasks(house)
    assert look(house, work_id)["state"] is WorkState.CANCELLED and companies(house) == 0
    assert look(house, work_id)["file_id"] is None


def test_what_is_refused_at_the_end_is_refused_as_a_whole(house: House, makers: dict[str, Any]) -> None:
    def write() -> dict[str, Any]:
        factories.company("Half")
        raise Refused("Row 2 is wrong.")

    makers["test"] = lambda *_: Made(keep=write)
    work_id = ask(house)
    do_tasks(house)
    work = look(house, work_id)
    assert (work["state"], work["message"]) == (WorkState.FAILED, "Row 2 is wrong.") and companies(house) == 0
    assert "Row 2 is wrong." in house.browser("Ada").get(f"/long-work/{work_id}").text


def test_a_mistake_of_ours_is_said_in_plain_words(house: House, makers: dict[str, Any]) -> None:
    makers["test"] = lambda *_: 1 / 0
    work_id = ask(house)
    do_tasks(house)
    work = look(house, work_id)
    assert work["state"] is WorkState.FAILED and "division" not in work["message"]


def test_a_work_whose_worker_died_begins_anew_and_is_kept_once(house: House, makers: dict[str, Any]) -> None:
    class Killed(BaseException):
        """What ends a process ends everything in it."""

    tries: list[int] = []

    def write() -> dict[str, Any]:
        factories.company("Once")
        return {}

    def make(_wanted: dict[str, Any], progress: Progress, _by: Actor) -> Made:
        tries.append(1)
        progress.begin(2)
        progress.step(1, "one")
        if len(tries) == 1:
            raise Killed
        return Made(keep=write)

    makers["test"] = make
    work_id = ask(house)
    (given,) = lease(house)
    with house.app.app_context(), pytest.raises(Killed):
        perform(given.row_id, given.attempt)
    assert look(house, work_id)["state"] is WorkState.RUNNING and lease(house) == []
    (again,) = lease(house, datetime.now(UTC) + LEASE + timedelta(seconds=1))
    with house.app.app_context():
        perform(again.row_id, again.attempt)
        perform(given.row_id, given.attempt)
    assert look(house, work_id)["state"] is WorkState.DONE and companies(house) == 1 and len(tries) == 2


def test_whoever_makes_progress_keeps_the_task(house: House, makers: dict[str, Any]) -> None:
    until: list[datetime] = []

    def lease_ends() -> datetime:
        with house.reading():
            return db.session.scalars(select(OutboxRow.leased_until)).one() or datetime.now(UTC)

    def make(_wanted: dict[str, Any], progress: Progress, _by: Actor) -> Made:
        until.append(lease_ends())
        progress.step(message="on")
        until.append(lease_ends())
        return Made()

    makers["test"] = make
    ask(house)
    do_tasks(house)
    assert until[1] > until[0]


def test_files_go_after_a_week(house: House, makers: dict[str, Any]) -> None:
    makers["test"] = lambda *_: Made(file_name="a.csv", content=b"a")
    old, young = ask(house), ask(house)
    do_tasks(house)
    with house.writing():
        work = db.session.get_one(LongWork, old)
        work.ended_at = datetime.now(UTC) - KEPT - timedelta(hours=1)
    with house.writing():
        drop_old_files()
    assert look(house, old)["file_id"] is None and look(house, young)["file_id"]
    assert house.browser("Ada").get(f"/long-work/{old}/file").status_code == 404
    assert "not kept any more" in house.browser("Ada").get(f"/long-work/{old}").text
    with house.reading():
        assert len(db.session.scalars(select(StoredFile.id)).all()) == 1
