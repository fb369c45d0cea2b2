"""What happens after the commit happens once, whatever dies meanwhile. Real Valkey, relay, worker and mail."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from rq import Queue
from sqlalchemy import func, select

from app.application import create_app
from app.config import Settings
from app.extensions import db
from app.leasing import Lease, hand_over, sweep
from app.models import Activity, Delivery, DeliveryState, OutboxRow
from app.outbox import enqueue
from tests.people import House, found_house
from tests.races.counting_worker import COUNTED
from tests.servers import Postbox, Valkey, Worker, mail_server, shoot, valkey, wait_until

pytestmark = pytest.mark.races


@pytest.fixture
def server() -> Iterator[Valkey]:
    """A Valkey of this test's own."""
    with valkey() as running:
        yield running


@pytest.fixture
def post() -> Iterator[tuple[str, Postbox]]:
    """A mail server of this test's own."""
    with mail_server() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, server: Valkey, post: tuple[str, Postbox]) -> Settings:
    """An installation with everything it needs."""
    return replace(settings, redis_url=server.url, mail_url=post[0])


def queue_counts(house: House, number: int, pause: float = 0.0) -> None:
    """Ask for so many countable effects."""
    with house.writing():
        for n in range(number):
            enqueue("test.count", number=n, pause=pause)


def states(house: House, kind: str = "test.count") -> Counter[str]:
    """How many rows of this kind stand where."""
    with house.reading():
        query = select(OutboxRow.state, func.count()).where(OutboxRow.kind == kind).group_by(OutboxRow.state)
        return Counter({str(state): count for state, count in db.session.execute(query)})


def effects(house: House) -> list[int]:
    """What was done, sorted."""
    with house.reading():
        found = db.session.scalars(select(Activity.facts).where(Activity.verb == COUNTED))
        return sorted(facts["number"] for facts in found)


def all_done(house: House, number: int, kind: str = "test.count") -> bool:
    """True when every row of this kind is done."""
    return states(house, kind) == Counter({"done": number})


def test_requests_go_on_while_redis_is_stopped_and_nothing_is_lost(
    house: House, server: Valkey, post: tuple[str, Postbox], settings: Settings
) -> None:
    worker = Worker(settings)
    try:
        server.stop()
        for number in range(12):
            begun = time.monotonic()
            name = ("Bob", "Alice")[number % 2].lower()
            answer = house.app.test_client().post("/forgotten", data={"email": f"{name}@nightjar.example"})
            assert answer.status_code == 303
            assert time.monotonic() - begun < 1
        server.start()
        wait_until(lambda: all_done(house, 12, "mail.send"))
    finally:
        worker.stop()
    assert len({letter[0] for letter in post[1].letters}) == len(post[1].letters) == 12
    with house.reading():
        assert set(db.session.scalars(select(Delivery.state))) == {DeliveryState.SENT}


def test_an_emptied_redis_is_filled_again(house: House, server: Valkey, settings: Settings) -> None:
    relay = Worker(settings, "relay")
    queue_counts(house, 200)
    try:
        wait_until(lambda: Queue("interactive", connection=server.client).count == 200, 30)
    finally:
        relay.stop()
    server.client.flushall()
    both = Worker(settings)
    try:
        took = wait_until(lambda: all_done(house, 200), 120, pause=0.3)
    finally:
        both.stop()
    assert effects(house) == list(range(200))
    assert took < 120


def test_killed_workers_and_work_horses_leave_each_effect_once(
    house: House, server: Valkey, settings: Settings
) -> None:
    number, shots, chance = 120, Counter[str](), random.Random(7)
    queue_counts(house, number, pause=0.1)
    worker = Worker(settings, lease=6)
    try:
        while (shots["half"] < 2 or shots["horse"] < 4) and not all_done(house, number):
            what = "half" if shots["horse"] >= 2 * (shots["half"] + 1) else "horse"
            wait_until(worker.horses, 30, pause=0.01)
            time.sleep(chance.uniform(0.0, 0.3))
            with suppress(IndexError):
                shoot(chance.choice(worker.halves() if what == "half" else worker.horses()))
                shots[what] += 1
        wait_until(lambda: all_done(house, number), pause=0.3)
    finally:
        worker.stop()
    assert effects(house) == list(range(number))
    assert shots["half"] and shots["horse"], shots


def test_every_job_handed_over_three_times_has_its_effect_once(
    house: House, server: Valkey, settings: Settings
) -> None:
    queue_counts(house, 20)
    sweep(datetime.now(UTC))
    with house.reading():
        leases = [Lease(row_id, 1, "interactive") for row_id in db.session.scalars(select(OutboxRow.id))]
    queue = Queue("interactive", connection=server.client)
    for lease in leases * 2:
        server.client.rpush(queue.key, lease.job_id)
    hand_over(leases)
    worker = Worker(settings, "worker")
    try:
        wait_until(lambda: all_done(house, 20) and queue.is_empty())
    finally:
        worker.stop()
    assert effects(house) == list(range(20))


def test_a_letter_whose_worker_died_is_sent_again_under_the_same_id(
    house: House, post: tuple[str, Postbox], settings: Settings
) -> None:
    post[1].pause = 1.5
    assert (
        house.app.test_client().post("/forgotten", data={"email": "bob@nightjar.example"}).status_code == 303
    )
    worker = Worker(settings, lease=4)
    try:
        wait_until(worker.horses, 20, pause=0.01)
        time.sleep(0.7)
        for horse in worker.horses():
            shoot(horse)
        wait_until(lambda: all_done(house, 1, "mail.send"), 60)
    finally:
        worker.stop()
    assert len({message_id for message_id, _, _ in post[1].letters}) == 1


def test_a_slow_mail_server_holds_nobody_up(
    house: House, post: tuple[str, Postbox], settings: Settings
) -> None:
    post[1].pause = 4.0
    browser = house.app.test_client()
    assert browser.post("/forgotten", data={"email": "bob@nightjar.example"}).status_code == 303
    worker = Worker(settings)
    try:
        wait_until(worker.horses, 20, pause=0.01)
        time.sleep(0.5)
        begun = time.monotonic()
        assert browser.post("/forgotten", data={"email": "alice@nightjar.example"}).status_code == 303
        assert time.monotonic() - begun < 1
        assert not post[1].letters
    finally:
        worker.stop()


def test_two_relays_queue_each_slot_of_the_clock_once(settings: Settings, app: Flask, house: House) -> None:
    first, second = Worker(settings, "relay"), Worker(settings, "relay")
    other = found_house(create_app(settings), "Other", "other")
    try:
        wait_until(lambda: states(other, "holds.expire"), 30)
        time.sleep(2)
    finally:
        first.stop()
        second.stop()
    for place in (house, other):
        with place.reading():
            keys = db.session.scalars(select(OutboxRow.dedupe_key)).all()
        assert keys and len(keys) == len(set(keys))
