"""An installation starts by itself, says no in one line, and leaves nothing behind."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app.serving import compiled
from tests.databases import PostgresServer
from tests.operations.installations import NAMES, Running, crosshire, wait_for

pytestmark = pytest.mark.races


@pytest.fixture
def running(set_up: Path, tmp_path: Path) -> Iterator[Running]:
    """An installation that has started once more."""
    shutil.copytree(set_up, tmp_path / "house")
    installation = Running(tmp_path / "house").wait_until_ready()
    yield installation
    installation.child.kill()
    installation.child.wait()


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An installation that tests share because they leave it well."""
    installation = Running(tmp_path_factory.mktemp("steady") / "house").wait_until_ready()
    yield installation
    installation.child.kill()
    installation.child.wait()


def one_line(words: str) -> str:
    """What was said, which is one line."""
    (line,) = words.strip().splitlines()
    return line


def test_an_empty_installation_prints_the_link_that_makes_the_first_administrator(steady: Running) -> None:
    (link,) = re.findall(r"http://\S+/welcome/\S+", steady.words)
    assert link.startswith(steady.address)
    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.status == 200


def test_what_python_compiles_is_kept_in_the_data_folder_where_it_may_not_lie_beside_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for may_not, expected in (
        (True, {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode")}),
        (False, {}),
    ):
        monkeypatch.setattr(sys, "dont_write_bytecode", may_not)
        assert compiled(tmp_path) == expected


def test_every_part_says_how_it_is(steady: Running) -> None:
    health = steady.health()
    assert health["ready"] is True
    assert set(health["parts"]) == {"database", "schema", "redis", "worker"}
    with urllib.request.urlopen(f"{steady.address}/readyz", timeout=10) as answer:
        assert answer.status == 200


def test_a_second_start_on_the_same_folder_is_refused(steady: Running) -> None:
    second = crosshire("serve", "--port", "0", data=steady.data)
    assert second.returncode == 2
    assert "is running on" in one_line(second.stderr) and str(steady.child.pid) in second.stderr
    assert crosshire("migrate", data=steady.data).returncode == 2


def test_a_busy_port_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = crosshire("serve", "--port", taken.getsockname()[1], data=tmp_path / "house")
    assert refused.returncode == 2
    assert "cannot be used" in one_line(refused.stderr)


def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    refused = crosshire("demo", "--port", "0", data=tmp_path / "file" / "house")
    assert refused.returncode == 2
    assert "cannot be written" in one_line(refused.stderr)


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    refused = crosshire("serve", "--port", "0", data=tmp_path / ("long" * 30))
    assert refused.returncode == 2
    assert "too long" in one_line(refused.stderr)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    assert crosshire("migrate", data=tmp_path / "house").returncode == 0
    with closing(sqlite3.connect(tmp_path / "house" / "crosshire.sqlite3")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    for command in (("serve", "--port", "0"), ("migrate",), ("verify",)):
        refused = crosshire(*command, data=tmp_path / "house")
        assert refused.returncode == 2
        assert "newer than this version" in one_line(refused.stderr)


def test_a_database_that_does_not_answer_is_refused(tmp_path: Path) -> None:
    started = Running(tmp_path / "house", settings={"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    assert started.child.wait(60) == 2
    assert "The database cannot be used" in one_line(started.words)


def test_postgresql_takes_the_place_of_the_embedded_database(
    tmp_path: Path, postgresql_server: PostgresServer
) -> None:
    url = postgresql_server.make()
    started = Running(tmp_path / "house", settings={"DATABASE_URL": url}).wait_until_ready()
    assert started.health()["parts"]["database"]["state"] == "postgresql"
    assert not list(started.data.glob("*.sqlite3"))
    assert started.stop() == 0
    postgresql_server.drop(url)


def all_there(running: Running) -> dict[int, str]:
    """Every part, once they are all there."""
    return dict(
        wait_for(lambda: sorted((now := running.members()).values()) == list(NAMES) and now, "every part")
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_leaves_nothing(running: Running, number: signal.Signals) -> None:
    all_there(running)
    assert running.stop(number) == 0
    assert running.members() == {}


def test_stopping_does_not_wait_for_a_long_task(running: Running) -> None:
    keep_busy(running)
    assert running.stop() == 0
    assert running.members() == {}


def test_killing_leaves_nothing_and_the_next_start_finds_the_folder_free(running: Running) -> None:
    keep_busy(running)
    running.child.kill()
    running.child.wait()
    wait_for(lambda: not running.members(), "the end of every part", 5)
    again = Running(running.data).wait_until_ready()
    assert "/welcome/" not in again.words, "somebody can sign in already"
    assert again.stop() == 0


def test_a_task_ends_with_the_worker_that_supervises_it(steady: Running) -> None:
    horse = keep_busy(steady)
    (worker,) = steady.parts("xh worker")
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not {horse, worker} & set(steady.members()), "the end of both", 5)
    all_there(steady)


def keep_busy(running: Running) -> int:
    """Give the worker something to do that takes longer than anybody waits; who does it."""
    all_there(running)
    with Redis.from_url(f"unix://{running.data}/valkey.sock") as connection:
        Queue("interactive", connection=connection, serializer=JSONSerializer).enqueue("time.sleep", 60)
    (horse,) = wait_for(lambda: running.parts("xh task"), "a work horse")
    return int(horse)


@pytest.mark.parametrize(
    "name", ["valkey-server", "xh application", "xh web", "xh pages", "xh relay", "xh worker"]
)
def test_what_falls_comes_back(steady: Running, name: str) -> None:
    before = {number for number, known in all_there(steady).items() if known == name}
    fallen = min(before)
    os.kill(fallen, signal.SIGKILL)
    wait_for(lambda: fallen not in steady.members(), "the end")
    all_there(steady)
    wait_for(lambda: steady.health()["ready"], "being well")
    assert not steady.has_ended()


def test_what_was_loaded_once_falls_as_a_whole(steady: Running) -> None:
    before = set(all_there(steady)) - steady.parts("valkey-server")
    (application,) = steady.parts("xh application")
    os.kill(application, signal.SIGKILL)
    wait_for(lambda: not before & set(steady.members()), "the end of them all", 5)
    all_there(steady)
