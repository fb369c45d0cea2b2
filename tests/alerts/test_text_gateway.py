"""Text messages leave over HTTP, by email or into a file, each with what became of it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import select

from app.config import BadSettings, Settings
from app.extensions import db
from app.models import Delivery, DeliveryState, OutboxRow
from app.outbox import MOST_ATTEMPTS
from app.services.deliveries import write_text
from app.services.retries import retry_all
from tests.factories import me
from tests.people import House
from tests.servers import mail_server
from tests.tasks import do_tasks

NUMBER = "+491701234567"


class Provider(BaseHTTPRequestHandler):
    """An SMS provider that remembers what it was sent."""

    taken: list[tuple[str, dict[str, str], Any]]
    status = 202

    def do_POST(self) -> None:
        """Take a message, or say no."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"no credit left" if self.status >= 400 else b"{}")

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@contextmanager
def provider() -> Iterator[tuple[str, type[Provider]]]:
    """A provider on loopback, and what it took."""
    answering = type("Answering", (Provider,), {"taken": [], "status": 202})
    server = HTTPServer(("127.0.0.1", 0), answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/messages?account=7", answering
    finally:
        server.shutdown()
        thread.join()


def say(house: House, **settings: str) -> Delivery:
    """Send one message; its row."""
    house.app.config["SETTINGS"] = replace(house.app.config["SETTINGS"], **settings)
    with house.writing():
        delivery_id = write_text(NUMBER, "None left: Gaffer tape").id
    do_tasks(house)
    return delivery(house, delivery_id)


def delivery(house: House, delivery_id: int) -> Delivery:
    with house.reading():
        found = db.session.get_one(Delivery, delivery_id)
        db.session.expunge_all()
    return found


def test_a_provider_gets_the_message_as_json_in_its_own_shape_and_once(house: House) -> None:
    shape = '{"recipient": {"msisdn": "{to}"}, "sender": "{from}", "parts": ["{text}"], "ref": "{reference}"}'
    with provider() as (url, taking):
        sent = say(house, sms_url=url, sms_json=shape, sms_token="secret", sms_from="Nightjar")
    assert sent.state is DeliveryState.SENT and sent.channel == "sms" and sent.sent_at
    [(path, headers, body)] = taking.taken
    assert path == "/v1/messages?account=7" and headers["Authorization"] == "Bearer secret"
    assert headers["Idempotency-Key"] == body["ref"] == f"delivery-{sent.id}-nightjar"
    assert body["recipient"]["msisdn"] == NUMBER and body["sender"] == "Nightjar"
    assert body["parts"] == ["None left: Gaffer tape"]


def test_what_a_provider_refuses_is_tried_again_given_up_with_its_words_and_can_be_retried(
    house: House,
) -> None:
    with provider() as (url, taking):
        taking.status = 402
        failed = say(house, sms_url=url)
        assert (
            failed.state is DeliveryState.FAILED
            and "402" in failed.error
            and "no credit left" in failed.error
        )
        assert len(taking.taken) == MOST_ATTEMPTS
        taking.status = 200
        with house.writing():
            assert retry_all(by=me()) == 1
        do_tasks(house)
    assert delivery(house, failed.id).state is DeliveryState.SENT
    with house.reading():
        assert db.session.scalars(select(OutboxRow.kind).where(OutboxRow.last_error != "")).all() == []


def test_a_mail_server_gets_a_letter_to_the_number_at_the_providers_domain(house: House) -> None:
    with mail_server() as (url, postbox):
        sent = say(house, sms_url=f"{url}/sms.example.net")
    assert sent.state is DeliveryState.SENT
    assert [(to, subject) for _, to, subject in postbox.letters] == [
        ("491701234567@sms.example.net", "Nightjar Audio")
    ]


def test_without_a_provider_messages_lie_in_the_data_folder(house: House) -> None:
    sent = say(house)
    kept = house.app.config["SETTINGS"].data_dir / "sms" / f"delivery-{sent.id}-nightjar.txt"
    assert kept.read_text() == f"To: {NUMBER}\n\nNone left: Gaffer tape\n"


@pytest.mark.parametrize(
    "wrong",
    [{"SMS_URL": "ftp://a.example"}, {"SMS_URL": "smtp://mail.example:587"}, {"SMS_URL": "https://"},
     {"SMS_JSON": "{to} {text}"}, {"SMS_JSON": '{"to": "{to}"}'}],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused_at_the_start(wrong: dict[str, str], tmp_path: Any) -> None:
    with pytest.raises(BadSettings, match="SMS_"):
        Settings.from_environment({"CROSSHIRE_DATA": str(tmp_path), **wrong})
