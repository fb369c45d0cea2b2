"""An installation with the demo in it, and how tests look at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app.application import create_app
from app.config import Settings
from app.scope import organization_scope
from app.transactions import finish


@dataclass(frozen=True)
class Demo:
    """An installation with the demo in it; who can sign in, by role."""

    app: Flask
    data_dir: Path
    organization_id: int
    logins: dict[str, tuple[str, str]]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A transaction in which its rows may be looked at."""
        finish()
        with self.app.app_context(), organization_scope(self.organization_id):
            yield
        finish()


def make_app(data_dir: Path, url: str) -> Flask:
    """The application on that database, with its Redis away."""
    settings = Settings(
        data_dir=data_dir,
        database_url=url,
        redis_url=f"unix://{data_dir / 'absent.sock'}",
        secret_key="a key for tests that is long enough to be taken",
        base_url="http://localhost",
        testing=True,
        demo=True,
    )
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def kept_logins(path: Path) -> dict[str, tuple[str, str]]:
    """Email and password by role, as they are printed at every start."""
    lines = [line.split() for line in path.read_text().splitlines()]
    return {role: (email, password) for role, email, password in lines}
