"""Sending text messages: over HTTP with JSON, by email to a provider that turns it into SMS, or into files."""

import json
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from app.config import Settings
from app.gateways.mail import send_over_smtp

TIMEOUT = 20
"""Seconds that a provider may take to answer."""


class SmsRefused(OSError):
    """The provider did not take the message; the text says what it answered."""


@dataclass(frozen=True)
class TextMessage:
    """One SMS before it goes out; its reference lets a provider recognise a second copy."""

    reference: str
    sender: str
    number: str
    text: str


def send_text(message: TextMessage) -> None:
    """Send a text message. Raises OSError or smtplib.SMTPException when the provider does not take it."""
    settings: Settings = current_app.config["SETTINGS"]
    scheme = urlsplit(settings.sms_url).scheme
    if not settings.sms_url:
        keep_as_file(message, settings.data_dir / "sms")
    elif scheme in ("http", "https"):
        send_over_http(message, settings)
    else:
        send_over_smtp(as_mail(message, settings), settings.sms_url)


def send_over_http(message: TextMessage, settings: Settings) -> None:
    """Post the message as JSON in the shape that the setting SMS_JSON gives. Redirects are not followed."""
    url = urlsplit(settings.sms_url)
    connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
    path = f"{url.path or '/'}{'?' + url.query if url.query else ''}"
    line = connect(url.hostname or "localhost", url.port, timeout=TIMEOUT)
    try:
        line.request("POST", path, body_of(message, settings).encode(), headers_of(message, settings))
        answer = line.getresponse()
        if not 200 <= answer.status < 300:
            raise SmsRefused(f"{answer.status} {answer.reason}: {answer.read(300).decode(errors='replace')}")
    finally:
        line.close()


def headers_of(message: TextMessage, settings: Settings) -> dict[str, str]:
    """What goes along: the token, and a key by which a repeated message is known."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.reference}
    return headers | ({"Authorization": f"Bearer {settings.sms_token}"} if settings.sms_token else {})


def body_of(message: TextMessage, settings: Settings) -> str:
    """The JSON that the provider wants, its {to}, {from}, {text} and {reference} filled in."""
    sender = settings.sms_from or message.sender
    values = {
        "{to}": message.number, "{from}": sender, "{text}": message.text, "{reference}": message.reference,
    }  # fmt: skip
    return json.dumps(filled(json.loads(settings.sms_json), values))


def filled(shape: Any, values: dict[str, str]) -> Any:
    """The shape with its words replaced, however deep they lie."""
    if isinstance(shape, dict):
        return {name: filled(value, values) for name, value in shape.items()}
    if isinstance(shape, list):
        return [filled(value, values) for value in shape]
    return values.get(shape, shape) if isinstance(shape, str) else shape


def as_mail(message: TextMessage, settings: Settings) -> EmailMessage:
    """The email that a provider turns into SMS: to the digits of the number at the domain in the address."""
    domain = urlsplit(settings.sms_url).path.strip("/")
    letter = EmailMessage()
    letter["From"] = settings.mail_from
    letter["To"] = f"{message.number.removeprefix('+')}@{domain}"
    letter["Subject"] = settings.sms_from or message.sender
    letter["Message-ID"] = f"<{message.reference}@{settings.mail_from.rpartition('@')[2]}>"
    letter.set_content(message.text)
    return letter


def keep_as_file(message: TextMessage, folder: Path) -> None:
    """Without a provider, messages lie in the data folder, beside the letters."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{message.reference}.txt").write_text(f"To: {message.number}\n\n{message.text}\n")
