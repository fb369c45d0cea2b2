"""What must happen after the commit: written with its cause, begun once, kept or put back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import select

from app import jobs, leasing, outbox
from app.extensions import db, redis_link
from app.gateways.stationery import Message
from app.leasing import MOST_WAITING, Lease, give_back, lease_ready_rows, sweep
from app.models import Delivery, DeliveryState, OutboxRow, OutboxState
from app.outbox import FEW, LEASE, MOST_ATTEMPTS, TASK_LIMIT, Wanted, begin, delay, enqueue, enqueue_all
from app.scope import system_scope
from app.services import deliveries
from app.services.deliveries import write_mail
from app.tasks import TASKS
from app.transactions import finish, is_writing
from tests.people import House

NOW = datetime(2090, 1, 1, tzinfo=UTC)
"""Later than every row, so that all of them are due."""


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The tasks, of which a test may change some."""
    changed = dict(TASKS)
    monkeypatch.setattr(jobs, "TASKS", changed)
    return changed


def rows(house: House) -> list[dict[str, Any]]:
    """Every row, as plain values."""
    columns = (OutboxRow.id, OutboxRow.state, OutboxRow.attempts, OutboxRow.run_after, OutboxRow.last_error)
    with house.reading():
        return [dict(row._mapping) for row in db.session.execute(select(*columns).order_by(OutboxRow.id))]


def queue(house: House, number: int = 1, kind: str = "test") -> None:
    """Rows that are due."""
    with house.writing():
        for _ in range(number):
            enqueue(kind)


@contextmanager
def relaying(house: House) -> Iterator[None]:
    """As the relay works: for every organization."""
    finish()
    with house.app.app_context(), system_scope("a test plays the relay"):
        yield
    finish()


def lease(house: House, now: datetime = NOW) -> list[Lease]:
    """One round of leasing."""
    with relaying(house):
        return lease_ready_rows(now)


def perform(house: House, given: Lease) -> None:
    """What RQ would call."""
    with house.app.app_context():
        jobs.perform(given.row_id, given.attempt)


def test_a_task_is_forgotten_with_its_cause(house: House) -> None:
    with pytest.raises(ZeroDivisionError), house.writing():
        enqueue("test")
        raise ZeroDivisionError
    assert rows(house) == []


def test_the_relay_is_woken_once_and_left_in_peace_when_redis_is_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def publish(channel: str, _word: str) -> None:
        calls.append(channel)
        raise RedisAway

    monkeypatch.setattr(redis_link.client, "publish", publish)
    monkeypatch.setattr(outbox._Silence, "until", 0.0)
    queue(house, 5)
    assert len(calls) == 1
    queue(house, 5)
    assert len(calls) == 1


def test_a_try_is_begun_once(house: House) -> None:
    queue(house)
    (given,) = lease(house)
    with house.app.app_context():
        assert begin(given.row_id, given.attempt + 1) is None
        assert begin(given.row_id, given.attempt) is not None
        assert begin(given.row_id, given.attempt) is None


def test_a_job_that_comes_three_times_has_its_effect_once(house: House, tasks: dict[str, Any]) -> None:
    done: list[int] = []
    tasks["test"] = lambda: done.append(1)
    queue(house)
    (given,) = lease(house)
    for _ in range(3):
        perform(house, given)
    assert done == [1] and rows(house)[0]["state"] is OutboxState.DONE


def test_the_effect_of_a_try_that_no_longer_counts_is_not_kept(house: House, tasks: dict[str, Any]) -> None:
    def lose_the_lease() -> None:
        row = db.session.scalars(select(OutboxRow)).one()
        row.attempts += 1
        enqueue("effect")
        raise RuntimeError("too late")

    tasks["test"] = lose_the_lease
    queue(house)
    perform(house, lease(house)[0])
    (row,) = rows(house)
    assert row["state"] is OutboxState.READY and row["attempts"] == 1


def test_a_failed_task_is_tried_again_later_and_dies_after_the_last_try(
    house: House, tasks: dict[str, Any]
) -> None:
    def fail() -> None:
        raise ValueError("no paper")

    tasks["test"] = fail
    queue(house)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        (given,) = lease(house)
        assert given.attempt == attempt
        perform(house, given)
        (row,) = rows(house)
        assert "no paper" in row["last_error"]
        assert row["state"] is (OutboxState.DEAD if attempt == MOST_ATTEMPTS else OutboxState.READY)
    assert lease(house) == []


def test_the_pauses_between_tries_grow_to_hours_and_last_for_most_of_a_day() -> None:
    pauses = [delay(attempt) for attempt in range(1, MOST_ATTEMPTS)]
    assert pauses[0] == timedelta(seconds=5) and pauses == sorted(pauses) and pauses[-1] == timedelta(hours=6)
    assert sum(pauses, timedelta()) > timedelta(hours=18)


def test_a_row_that_only_waited_keeps_its_try(house: House) -> None:
    queue(house)
    tries = [lease(house, NOW + 2 * n * LEASE)[0].attempt for n in range(30)]
    assert set(tries) == {1}


def test_a_row_whose_worker_died_is_tried_again_and_dies_in_the_end(house: House) -> None:
    queue(house)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        (given,) = lease(house)
        assert given.attempt == attempt
        with house.app.app_context():
            assert begin(given.row_id, given.attempt)
    assert lease(house) == []
    (row,) = rows(house)
    assert row["state"] is OutboxState.DEAD and "worker ended" in row["last_error"]


def test_a_task_must_end_before_its_lease() -> None:
    assert TASK_LIMIT < LEASE


def test_the_backlog_waits_in_the_database_and_no_queue_waits_for_another(house: House) -> None:
    with house.writing():
        for number in range(MOST_WAITING + 50):
            enqueue("test", queue="bulk", number=number)
        enqueue("test", queue="mail")
    first = lease(house)
    assert [given.queue for given in first].count("bulk") == MOST_WAITING and first[0].queue == "mail"
    assert lease(house) == []


def test_when_redis_is_away_the_rows_are_ready_again_and_no_try_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_leases: object) -> None:
        raise RedisAway

    queue(house, 3)
    monkeypatch.setattr(leasing, "notice_emptied_redis", lambda _now: None)
    monkeypatch.setattr(leasing, "hand_over", away)
    with house.app.app_context():
        assert sweep(NOW) == 0
    assert {(row["state"], row["attempts"]) for row in rows(house)} == {(OutboxState.READY, 0)}


def test_what_was_done_meanwhile_is_not_given_back(house: House, tasks: dict[str, Any]) -> None:
    tasks["test"] = lambda: None
    queue(house)
    (given,) = lease(house)
    perform(house, given)
    with relaying(house):
        give_back([given], NOW)
    assert rows(house)[0]["state"] is OutboxState.DONE


def test_a_dedupe_key_makes_one_task_of_a_cause(house: House) -> None:
    with house.writing():
        enqueue("test", dedupe_key="activity:1")
        enqueue("other", dedupe_key="activity:1")
    with pytest.raises(Exception, match=r"(?i)unique"), house.writing():
        enqueue("test", dedupe_key="activity:1")
        db.session.flush()


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, tasks: dict[str, Any]) -> Callable[[Callable[[Any], None]], None]:
    """Let a function be the mail server."""

    def be(server: Callable[[Any], None]) -> None:
        errand = deliveries.SEND
        tasks["mail.send"] = outbox.Errand(errand.read, server, errand.note, errand.give_up)

    return be


def delivery(house: House) -> tuple[DeliveryState, str]:
    """How the only letter is doing."""
    with house.reading():
        return db.session.execute(select(Delivery.state, Delivery.error)).one()._tuple()


def test_a_letter_goes_out_while_no_transaction_is_open(house: House, post: Any) -> None:
    open_ones: list[bool] = []
    post(lambda _letter: open_ones.append(db.session().in_transaction() or is_writing()))
    with house.writing():
        write_mail("nora@lindenau.example", "Hello", Message("Hello Nora", []))
    perform(house, lease(house)[0])
    assert open_ones == [False] and delivery(house)[0] is DeliveryState.SENT


def test_a_letter_that_nobody_takes_is_marked_as_failed_at_last(house: House, post: Any) -> None:
    def refuse(_letter: object) -> None:
        raise ConnectionRefusedError("nobody listens")

    post(refuse)
    with house.writing():
        write_mail("nora@lindenau.example", "Hello", Message("Hello Nora", []))
    for attempt in range(MOST_ATTEMPTS):
        assert delivery(house)[0] is DeliveryState.WAITING, attempt
        perform(house, lease(house)[0])
    state, error = delivery(house)
    assert state is DeliveryState.FAILED and "nobody listens" in error


def test_a_letter_that_went_out_is_not_sent_again(house: House, post: Any) -> None:
    sent: list[Any] = []
    post(sent.append)
    with house.writing():
        write_mail("nora@lindenau.example", "Hello", Message("Hello Nora", []))
        enqueue("mail.send", delivery_id=db.session.scalars(select(Delivery.id)).one())
    for given in lease(house):
        perform(house, given)
    assert len(sent) == 1


def test_a_letter_does_not_wait_behind_many_that_came_of_one_deed(house: House) -> None:
    for count, queue in ((FEW, "interactive"), (FEW + 1, "bulk")):
        with house.writing():
            enqueue_all(Wanted("holds.expire", f"{count}:{number}", {}) for number in range(count))
        with house.reading():
            mine = select(OutboxRow.queue).where(OutboxRow.dedupe_key.startswith(f"{count}:"))
            assert set(db.session.scalars(mine)) == {queue}
