"""Looking the machine and the installation over: one line for each part, with what to do where it ails."""

import os
import smtplib
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from urllib.parse import urlsplit

from app.config import Settings
from app.extensions import db
from app.queries.health import health_of_parts

ENOUGH_SPACE = 2 * 1024**3
ENOUGH_FSYNCS = 50
"""Commits wait for the disk: with fewer a second, a scanner is felt to be slow."""
ENOUGH_MEMORY = 512 * 1024**2
OLDEST_PYTHON = (3, 11)
PATIENCE = 5
ADVICE = {
    "database": "Check DATABASE_URL, and that the server runs.",
    "schema": "Run `crosshire migrate`, or install the version that wrote it.",
    "months": "The worker makes the ledger's months every day: start it, or look why `ledger.make_months` fails.",
    "redis": "Nothing is lost, but work waits: start Crosshire, or check REDIS_URL.",
    "worker": "Work waits: start Crosshire, or `python worker.py`; its log says why it ended.",
}


@dataclass(frozen=True)
class Finding:
    """One part: whether it is well, what was seen, and what to do if it is not."""

    part: str
    ok: bool
    seen: str
    advice: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything, the machine first; each finding as soon as it is known."""
    yield machine()
    yield memory()
    yield space(settings.data_dir)
    yield disk_speed(settings.data_dir)
    for name, health in health_of_parts().items():
        yield Finding(name, health.ok, health.told, ADVICE[name])
    if settings.is_sqlite:
        yield sqlite_mode()
    yield mail(settings)
    yield text_messages(settings)
    yield address(settings)


def machine() -> Finding:
    """Python and the processors."""
    seen = f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores"
    return Finding("machine", sys.version_info >= OLDEST_PYTHON, seen, "Install Python 3.11 or newer.")


def memory() -> Finding:
    """How much memory is free, where the system says so."""
    known = Path("/proc/meminfo")
    if not known.exists():
        return Finding("memory", True, "not told by this system")
    lines = dict(line.split(":", 1) for line in known.read_text().splitlines())
    free = int(lines["MemAvailable"].split()[0]) * 1024
    return Finding(
        "memory", free >= ENOUGH_MEMORY, f"{free / 1024**2:,.0f} MB free", "Give the machine more memory."
    )


def space(folder: Path) -> Finding:
    """How much room the data folder has."""
    free = disk_usage(folder).free
    advice = "Make room: without it nothing can be written."
    return Finding("space", free >= ENOUGH_SPACE, f"{free / 1024**3:,.1f} GB free in {folder}", advice)


def disk_speed(folder: Path) -> Finding:
    """How often a second something can be written so that it survives a power cut."""
    probe, count, begun = folder / ".doctor", 0, time.monotonic()
    with probe.open("wb") as file:
        while (spent := time.monotonic() - begun) < 0.5:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            count += 1
    probe.unlink()
    per_second = count / spent
    return Finding(
        "disk", per_second >= ENOUGH_FSYNCS, f"{per_second:,.0f} fsync a second", "Use a local SSD."
    )


def sqlite_mode() -> Finding:
    """Whether readers and a writer work side by side, and every commit reaches the disk."""
    with db.engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    is_well = mode == "wal" and level == 2
    return Finding(
        "journal", is_well, f"{mode}, synchronous {level}", "Keep the data folder on a local disk."
    )


def mail(settings: Settings) -> Finding:
    """Whether the mail server answers."""
    if not settings.mail_url:
        folder = settings.data_dir / "mail"
        return Finding(
            "mail", settings.demo, f"kept as files in {folder}", "Set MAIL_URL so that letters go out."
        )
    url = urlsplit(settings.mail_url)
    connect = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    try:
        with connect(url.hostname or "localhost", url.port or 25, timeout=PATIENCE) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Finding(
            "mail", False, f"{url.hostname}: {error}", "Check MAIL_URL; letters wait until it answers."
        )
    return Finding("mail", True, f"{url.hostname} answers")


def text_messages(settings: Settings) -> Finding:
    """Where text messages go; whoever wants none needs no provider."""
    if not settings.sms_url:
        return Finding("sms", True, f"kept as files in {settings.data_dir / 'sms'}")
    return Finding("sms", True, f"go to {urlsplit(settings.sms_url).hostname}")


def address(settings: Settings) -> Finding:
    """Whether links in letters lead to us from elsewhere, and over TLS."""
    is_local = urlsplit(settings.base_url).hostname in ("127.0.0.1", "localhost", "::1")
    advice = "Set CROSSHIRE_URL to the https:// address that people use."
    return Finding("address", is_local or settings.is_secure, settings.base_url, advice)
