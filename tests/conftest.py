"""What every test can ask for: a database of its own kind, an application, people who use it."""

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from app.application import configure, create_app
from app.config import Settings
from app.extensions import db, limiter, make_engine, redis_link
from app.scope import leave_organization
from app.transactions import finish
from tests.databases import PostgresServer, SqliteServer, postgres_server
from tests.people import House, found_house

DATABASES = ("sqlite", "postgresql")
RUBBISH = 20_000
"""Objects more than before, until garbage is looked for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a person run the suite on one database only."""
    parser.addoption("--database", choices=[*DATABASES, "both"], default="both")


def pytest_configure() -> None:
    """Let the programs that tests start by the hundred keep what they were compiled to, also where images say no."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish() -> None:
    """What is loaded now stays: looking through it for garbage, again and again, took longer than many a test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(RUBBISH, 10, 50)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run whatever touches a database on each of them; what a browser shows is the same on all."""
    if "database_kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        only = metafunc.definition.get_closest_marker("only")
        all_kinds = DATABASES[:1] if metafunc.definition.get_closest_marker("browser") else DATABASES
        kinds = only.args if only else all_kinds if chosen == "both" else (chosen,)
        metafunc.parametrize("database_kind", kinds, scope="session", indirect=True)


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on."""
    kind: str = request.param
    return kind


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> SqliteServer:
    """Copies of one migrated SQLite file."""
    return SqliteServer(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """Copies of one migrated PostgreSQL database. Not in pytest's folder: to another user, as the server is one where
    root runs the tests, the next run beside this one would close it."""
    with TemporaryDirectory(prefix="crosshire-tests-") as folder, postgres_server(Path(folder)) as url:
        yield PostgresServer(url)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty, migrated database."""
    server: Any = request.getfixturevalue(f"{database_kind}_server")
    url = server.make()
    yield url
    server.drop(url)


@pytest.fixture(scope="session", autouse=True)
def kept_engines() -> Iterator[None]:
    """An engine has compiled hundreds of statements when a test is done: the next test there has it as well."""
    engines: dict[str, Engine] = {}

    def kept(settings: Settings) -> Engine:
        if settings.database_url not in engines:
            engines[settings.database_url] = make_engine(settings)
            if settings.is_sqlite:
                event.listen(engines[settings.database_url], "connect", hurry)
        engine = engines[settings.database_url]
        engine.dispose()  # whoever of the last test was late has opened a connection to what was there then
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.extensions.make_engine", kept)
        yield


def hurry(connection: Any, _record: Any) -> None:
    """Nobody pulls the plug of a test: SQLite need not wait for the disk. The programs that tests start still do."""
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The settings of an instance under test; its Redis is away unless a test brings one."""
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        redis_url=f"unix://{tmp_path / 'absent.sock'}",
        secret_key="a key for tests that is long enough to be taken",
        base_url="http://localhost",
        testing=True,
    )


@pytest.fixture(scope="session")
def app_with() -> Callable[[Settings], Flask]:
    """One application for all tests, because hundreds of routes and templates take longer to put together than many
    a test; each test gets it with settings and connections of its own, whatever the one before did to them."""
    kept: list[tuple[Flask, dict[str, Any]]] = []

    def bound(settings: Settings) -> Flask:
        if not kept:
            created = create_app(settings)
            kept.append((created, dict(created.config)))
        application, config = kept[0]
        application.config.clear()
        application.config.update(config)
        configure(application, settings)
        db.bind(settings)
        redis_link.bind(settings)
        # Some test's own application may have switched the limits on, for all.
        limiter.enabled = application.config["RATELIMIT_ENABLED"]
        return application

    return bound


@pytest.fixture
def app(settings: Settings, app_with: Callable[[Settings], Flask]) -> Iterator[Flask]:
    """The application on that database."""
    application = app_with(settings)
    application.config["WTF_CSRF_ENABLED"] = False
    yield application
    finish()
    leave_organization()
    db.session.remove()
    db.engine.dispose()


@pytest.fixture(scope="session")
def founded() -> dict[str, House]:
    """The company as the first test of a kind of database has founded it."""
    return {}


@pytest.fixture
def house(app: Flask, database_kind: str, founded: dict[str, House], request: pytest.FixtureRequest) -> House:
    """A rental company with one person per role: founded by the first test, copied for all others."""
    server: Any = request.getfixturevalue(f"{database_kind}_server")
    url = app.config["SETTINGS"].database_url
    if database_kind in founded:
        server.fill(url)
    else:
        founded[database_kind] = found_house(app)
        server.keep(url)
    return replace(founded[database_kind], app=app, people=dict(founded[database_kind].people))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def statements(app: Flask) -> Iterator[Callable[[], list[str]]]:
    """The statements that reached the database since the last time they were asked for."""
    seen: list[str] = []

    def remember(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    def take() -> list[str]:
        taken = seen.copy()
        seen.clear()
        return taken

    event.listen(db.engine, "before_cursor_execute", remember)
    yield take
    event.remove(db.engine, "before_cursor_execute", remember)
