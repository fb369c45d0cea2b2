"""Who looks on hears of a change of stock within a second, and only who may see it."""

import json
import shutil
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from queue import Empty
from runpy import run_path
from typing import Any

import pytest
from simple_websocket import Client, ConnectionClosed, ConnectionError

from app import live
from app.blueprints.live import may_still_see
from app.extensions import db
from app.live import Hub
from app.models import ApiToken, User
from app.refusals import Busy
from app.services.tokens import issue_token, revoke_token
from app.signals import ANY_STOCK
from tests.databases import ROOT
from tests.factories import me
from tests.operations.installations import Running, crosshire, wait_for
from tests.people import House

SOON = 1.0


@pytest.fixture(scope="module")
def running(set_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An installation with somebody who may do everything."""
    folder = tmp_path_factory.mktemp("live") / "house"
    shutil.copytree(set_up, folder)
    installation = Running(folder).wait_until_ready()
    yield installation
    installation.stop()


@pytest.fixture(scope="module")
def token(running: Running) -> str:
    """The token of a program."""
    said = crosshire("token", data=running.data)
    return said.stdout.strip().splitlines()[-1]


def looking_on(running: Running, **headers: str) -> Any:
    """A connection that looks on."""
    return Client(f"{running.address.replace('http', 'ws')}/live", headers=headers)


def call(running: Running, token: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the API answers."""
    request = urllib.request.Request(
        f"{running.address}/api/v1{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.load(answer))


def receive_some(running: Running, token: str) -> int:
    """A new product of which something comes in; its id."""
    name = f"Tape {time.monotonic_ns()}"
    product = call(
        running, token, "/inventory/products", {"name": name, "sku": name, "tracking": "consumable"}
    )
    body = {
        "transaction_type": "receipt",
        "product_id": product["id"],
        "quantity": 3,
        "location": "warehouse",
    }
    call(running, token, "/inventory/transactions", body)
    return int(product["id"])


def test_a_program_hears_within_a_second_that_stock_changed(running: Running, token: str) -> None:
    socket = looking_on(running, Authorization=f"Bearer {token}")
    time.sleep(0.5)
    product_id = receive_some(running, token)
    heard = json.loads(socket.receive(timeout=SOON) or "{}")
    assert (heard["topic"], heard["product_id"]) == ("stock", product_id)
    assert len(heard["location_ids"]) == 1
    socket.close()


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer xh_wrong"}, {"Origin": "https://elsewhere.example"}],
    ids=["nobody", "wrong token", "another site"],
)
def test_whoever_may_not_see_stock_is_not_connected(
    running: Running, token: str, headers: dict[str, str]
) -> None:
    known = {"Authorization": f"Bearer {token}"} if "Origin" in headers else {}
    with pytest.raises((ConnectionError, ConnectionClosed)):
        looking_on(running, **known, **headers)


def test_pages_that_look_on_do_not_hold_up_the_end(
    set_up: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ending") / "house"
    shutil.copytree(set_up, folder)
    installation = Running(folder).wait_until_ready()
    secret = crosshire("token", data=folder).stdout.strip().splitlines()[-1]
    sockets = [looking_on(installation, Authorization=f"Bearer {secret}") for _ in range(5)]
    begun = time.monotonic()
    assert installation.stop() == 0
    assert time.monotonic() - begun < 5
    wait_for(lambda: not any(socket.connected for socket in sockets), "letting go", 5)


def test_whoever_was_signed_out_is_let_go_with_the_next_sign_of_life(house: House) -> None:
    with house.writing():
        user = db.session.get_one(User, house.people["Ada"])
        row, secret = issue_token(user, "looks on", by=me(), lives=timedelta(days=1))
        db.session.flush()
        token_id = row.id
    with house.app.test_request_context("/live", headers={"Authorization": f"Bearer {secret}"}):
        assert may_still_see(house.organization_id)
        assert not may_still_see(house.organization_id + 1)
    with house.writing():
        revoke_token(db.session.get_one(ApiToken, token_id), by=me())
    with house.app.test_request_context("/live", headers={"Authorization": f"Bearer {secret}"}):
        assert not may_still_see(house.organization_id)


# --- what one process holds


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub that hears nothing by itself."""
    monkeypatch.setattr(Hub, "hear_forever", lambda _self: None)
    return Hub()


def test_one_company_hears_nothing_of_another(hub: Hub) -> None:
    with hub.listening(1) as ours, hub.listening(2) as theirs:
        hub.tell(1, "ours")
        assert ours.hear(0.1) == "ours"
        with pytest.raises(Empty):
            theirs.hear(0.01)


def test_who_cannot_keep_up_is_told_once_that_anything_may_have_changed(hub: Hub) -> None:
    with hub.listening(1) as slow:
        for number in range(live.MOST_WAITING + 1):
            hub.tell(1, str(number))
        assert slow.hear(0.1) == ANY_STOCK
        with pytest.raises(Empty):
            slow.hear(0.01)


def test_there_is_a_limit_that_leaves_threads_for_everybody_else(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_CONNECTIONS", 1)
    with hub.listening(1), pytest.raises(Busy), hub.listening(1):
        pass
    with hub.listening(1):
        assert hub.count == 1


@pytest.mark.parametrize(("said", "others"), [("", 16), ("0", 16), ("4", 4)])
def test_a_web_process_has_threads_beside_those_that_look_on(
    said: str, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_THREADS", said)
    served = run_path(str(ROOT / "app" / "gunicorn.conf.py"))
    assert served["threads"] == live.MOST_CONNECTIONS + others
    assert served["worker_connections"] > served["threads"]
