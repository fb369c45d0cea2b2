"""Sending email over SMTP, or into files where no mail server is set."""

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app

from app.config import Settings

TIMEOUT = 20
"""Seconds that a mail server may take to answer."""


@dataclass(frozen=True)
class Letter:
    """An email before it is put into an envelope."""

    reference: str
    sender_name: str
    reply_to: str
    address: str
    subject: str
    body: str
    html: str = ""
    attachment: tuple[str, str, bytes] | None = None


def send_letter(letter: Letter) -> None:
    """Send an email. Raises OSError or smtplib.SMTPException when the server does not take it."""
    settings: Settings = current_app.config["SETTINGS"]
    message = compose(letter, settings.mail_from)
    if settings.mail_url:
        send_over_smtp(message, settings.mail_url)
    else:
        keep_as_file(message, settings.data_dir / "mail", letter.reference)


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The email with its headers; header text cannot carry line breaks."""
    message = EmailMessage()
    message["From"] = formataddr((one_line(letter.sender_name), sender))
    message["To"] = one_line(letter.address)
    message["Subject"] = one_line(letter.subject)
    message["Message-ID"] = f"<{letter.reference}@{sender.rpartition('@')[2]}>"
    if letter.reply_to:
        message["Reply-To"] = one_line(letter.reply_to)
    message.set_content(letter.body)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    if letter.attachment:
        name, media_type, content = letter.attachment
        kind, _, subtype = media_type.partition("/")
        message.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
    return message


def one_line(text: str) -> str:
    """Text without line breaks, as headers need it."""
    return " ".join(text.split())


def send_over_smtp(message: EmailMessage, mail_url: str) -> None:
    """Send over smtp:// (STARTTLS when there is a password) or smtps://."""
    url = urlsplit(mail_url)
    connect = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with connect(url.hostname or "localhost", url.port or 25, timeout=TIMEOUT) as server:
        if url.username:
            if url.scheme == "smtp":
                server.starttls()
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def keep_as_file(message: EmailMessage, folder: Path, reference: str) -> None:
    """Without a mail server, letters lie in the data folder, where doctor and the demo point to."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{reference}.eml").write_bytes(message.as_bytes())
