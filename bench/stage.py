"""The stage: a database with an organization, an administrator who is signed in, and data of a size."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from app.actors import system_actor
from app.application import create_app
from app.config import Settings
from app.edge import SEEN_KEY, TOKEN_KEY
from app.extensions import db
from app.models import User
from app.scope import organization_scope
from app.services.accounts import add_user, first_warehouse, found_organization
from app.services.sessions import open_session
from app.services.tokens import issue_token
from app.transactions import commit, finish, start_writing, write_transaction
from bench.data import Size, fill
from tests.databases import embedded, migrate

SECRET = "a key for measuring that is long enough to be taken"
FAR_FUTURE = 4_000_000_000


@dataclass(frozen=True)
class Stage:
    """Everything that a measurement needs to begin."""

    app: Flask
    environment: dict[str, str]
    organization_id: int
    warehouse_id: int
    page_headers: dict[str, str]
    api_headers: dict[str, str]
    database_process: tuple[int, ...]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Look at rows."""
        finish()
        with self.app.app_context(), organization_scope(self.organization_id):
            yield
        finish()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Call services."""
        with self.app.app_context(), write_transaction(self.organization_id):
            yield

    def statements(self, method: str, path: str, **more: object) -> int:
        """How many statements one request takes, sign-in included, the word that begins its transaction aside."""
        seen: list[str] = []

        def remember(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            if not statement.startswith("BEGIN"):
                seen.append(statement)

        headers = self.api_headers if path.startswith("/api/") else self.page_headers
        event.listen(db.engine, "before_cursor_execute", remember)
        try:
            answer = self.app.test_client(use_cookies=False).open(
                path, method=method, headers=headers, **more
            )  # type: ignore[arg-type]
        finally:
            event.remove(db.engine, "before_cursor_execute", remember)
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return len(seen)


@contextmanager
def databases(folder: Path, kind: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """An empty database: its address, and the process to watch."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.sqlite3'}", ()
        return
    with embedded(folder) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        process = int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        address = make_url(url).set(drivername="postgresql+psycopg", database="bench")
        yield address.render_as_string(hide_password=False), (process,)


@contextmanager
def stage(folder: Path, kind: str, size: Size) -> Iterator[Stage]:
    """A filled database on SQLite or PostgreSQL, and an application over it."""
    with databases(folder, kind) as (url, process):
        migrate(url)
        environment = {
            "DATABASE_URL": url,
            "CROSSHIRE_DATA": str(folder),
            "SECRET_KEY": SECRET,
            "REDIS_URL": f"unix://{folder / 'absent.sock'}",
        }
        app = create_app(Settings.from_environment(os.environ | environment))
        app.config["RATELIMIT_ENABLED"] = False
        yield set_up(app, environment, process, size)
        finish()
        db.session.remove()
        db.engine.dispose()


def set_up(app: Flask, environment: dict[str, str], process: tuple[int, ...], size: Size) -> Stage:
    """Found, fill, sign in."""
    finish()
    start_writing()
    with app.app_context():
        organization_id = found_organization("Bench", "bench").id
        commit()
        with write_transaction(organization_id):
            user = add_user("Ada", "ada@bench.example", ["administrator"], by=system_actor(organization_id))
            secret = issue_token(user, "bench", by=system_actor(organization_id))[1]
            warehouse_id, user_id = first_warehouse().id, user.id
        fill(db.engine, organization_id, warehouse_id, size)
        with write_transaction(organization_id):
            token = open_session(db.session.get_one(User, user_id), "bench")
            db.session.execute(text("SELECT 1"))
    return Stage(
        app=app,
        environment=environment,
        organization_id=organization_id,
        warehouse_id=warehouse_id,
        page_headers=signed_in_headers(app, token),
        api_headers={"Authorization": f"Bearer {secret}"},
        database_process=process,
    )


def signed_in_headers(app: Flask, token: str) -> dict[str, str]:
    """The cookie and the CSRF token of a browser that has signed in."""
    with app.test_request_context("/"):
        session.update({TOKEN_KEY: token, SEEN_KEY: FAR_FUTURE})
        csrf = generate_csrf()
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        cookie = serializer.dumps(dict(session))
    return {"Cookie": f"{app.config['SESSION_COOKIE_NAME']}={cookie}", "X-CSRFToken": csrf}
