"""Settings, read once from the environment, failing loudly."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

SHORTEST_SECRET = 32
SMS_JSON = '{"to": "{to}", "from": "{from}", "text": "{text}", "reference": "{reference}"}'
FEWEST_YEARS = 2
"""Reports compare with the year before, so that many closed years are kept at least."""
SMS_SCHEMES = ("http", "https", "smtp", "smtps")


class BadSettings(ValueError):
    """A setting is missing or cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two installations."""

    data_dir: Path
    database_url: str
    redis_url: str
    secret_key: str
    base_url: str = "http://127.0.0.1:8010"
    mail_url: str = ""
    mail_from: str = "crosshire@localhost"
    sms_url: str = ""
    sms_from: str = ""
    sms_token: str = ""
    sms_json: str = SMS_JSON
    demo: bool = False
    testing: bool = False
    trusted_proxies: int = 0
    web_threads: int = 16
    ledger_years_live: int = 2
    ledger_years_kept: int = 0
    secret_fallbacks: tuple[str, ...] = field(default=())

    @property
    def is_sqlite(self) -> bool:
        """True on the embedded default database."""
        return self.database_url.startswith("sqlite")

    @property
    def database_file(self) -> Path:
        """The file of the embedded database."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def is_secure(self) -> bool:
        """True when people reach this instance over TLS, so cookies may insist on it."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """The settings of this process. Raises BadSettings."""
        data_dir = Path(environ.get("CROSSHIRE_DATA", "data")).expanduser().resolve()
        return cls(
            data_dir=data_dir,
            database_url=database_url(environ.get("DATABASE_URL", ""), data_dir),
            redis_url=environ.get("REDIS_URL", "") or f"unix://{data_dir / 'valkey.sock'}",
            secret_key=secret_key(environ.get("SECRET_KEY", ""), data_dir),
            base_url=environ.get("CROSSHIRE_URL", "http://127.0.0.1:8010").rstrip("/"),
            mail_url=environ.get("MAIL_URL", ""),
            mail_from=environ.get("MAIL_FROM", "crosshire@localhost"),
            sms_url=sms_url(environ.get("SMS_URL", "")),
            sms_from=environ.get("SMS_FROM", ""),
            sms_token=environ.get("SMS_TOKEN", ""),
            sms_json=sms_json(environ.get("SMS_JSON", "") or SMS_JSON),
            demo=environ.get("CROSSHIRE_DEMO", "") == "1",
            trusted_proxies=whole_number(environ, "TRUSTED_PROXIES"),
            web_threads=whole_number(environ, "WEB_THREADS") or cls.web_threads,
            ledger_years_live=whole_number(environ, "LEDGER_YEARS_LIVE", cls.ledger_years_live),
            ledger_years_kept=years_kept(environ),
            secret_fallbacks=tuple(filter(None, environ.get("SECRET_KEY_FALLBACKS", "").split(","))),
        )


def database_url(given: str, data_dir: Path) -> str:
    """The SQLAlchemy address of the database; SQLite in the data folder unless another is given."""
    if not given:
        return f"sqlite:///{data_dir / 'crosshire.sqlite3'}"
    scheme, _, rest = given.partition("://")
    if scheme in ("postgres", "postgresql"):
        return f"postgresql+psycopg://{rest}"
    if scheme in ("sqlite", "postgresql+psycopg"):
        return given
    raise BadSettings(f"DATABASE_URL: '{scheme}' is not supported; use postgresql:// or leave it empty.")


def secret_key(given: str, data_dir: Path) -> str:
    """The key that signs cookies: given, or made once and kept in the data folder."""
    if given:
        if len(given) < SHORTEST_SECRET:
            raise BadSettings(f"SECRET_KEY: at least {SHORTEST_SECRET} characters are needed.")
        return given
    kept = data_dir / "secret_key"
    if not kept.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text().strip()


def sms_url(given: str) -> str:
    """Where text messages go: an HTTP address, or a mail server with the provider's domain as its path."""
    url = urlsplit(given)
    if given and (url.scheme not in SMS_SCHEMES or not url.hostname):
        raise BadSettings(f"SMS_URL: begin with {', '.join(f'{scheme}://' for scheme in SMS_SCHEMES)}.")
    if url.scheme.startswith("smtp") and "." not in url.path:
        raise BadSettings(
            "SMS_URL: name the provider's domain after the server: smtp://host:587/sms.example.net."
        )
    return given


def sms_json(given: str) -> str:
    """The shape of the JSON that the provider wants; it must have a place for the number and for the text."""
    try:
        is_object = isinstance(json.loads(given), dict)
    except ValueError:
        is_object = False
    if not is_object or '"{to}"' not in given or '"{text}"' not in given:
        raise BadSettings('SMS_JSON: a JSON object is needed, with "{to}" and "{text}" as values in it.')
    return given


def years_kept(environ: Mapping[str, str]) -> int:
    """How many closed years of the ledger are kept at all; 0 for all of them."""
    years = whole_number(environ, "LEDGER_YEARS_KEPT")
    if 0 < years < FEWEST_YEARS:
        raise BadSettings(f"LEDGER_YEARS_KEPT: keep {FEWEST_YEARS} closed years at least, or leave it out.")
    return years


def whole_number(environ: Mapping[str, str], name: str, default: int = 0) -> int:
    """A setting that counts something."""
    given = environ.get(name, str(default))
    if not given.isdigit():
        raise BadSettings(f"{name}: '{given}' is not a whole number.")
    return int(given)
