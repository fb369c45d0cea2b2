"""A database with rows of the first release comes up to this one, and back, and nothing is lost on the way."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import CheckConstraint, Connection, create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

from app.application import create_app
from app.config import Settings
from app.extensions import db
from app.migrate import rest_references
from app.models import Base
from app.rules.months import is_partition
from app.services.restore import guards_resting
from app.services.table_rows import read_rows, tables_of, write_rows
from app.services.verify import broken_invariants
from app.transactions import finish, start_reading
from migrations.guards import statements
from tests.databases import go_back, migrate

STORY = json.loads((Path(__file__).parent.parent / "data" / "schema_0001.json").read_text())
"""Two houses as the first release left them: receipts, transfers, a reversal, scans, a repair, an invoice."""
CHANGED = {"company", "organization", "product", "repair", "reservation", "stock_transaction"}
"""Tables of the story that tell more since."""
REVISIONS_WITH_GUARDS = {"sqlite": ("0001", "0003", "0005"), "postgresql": ("0001", "0003", "0004")}


@dataclass(frozen=True)
class Upgraded:
    """A database with the story in it, brought to this release; and what it held before and after."""

    url: str
    before: dict[str, Any]
    after: dict[str, Any]
    guards: dict[str, Any]


@pytest.fixture(scope="module")
def old(database_kind: str, request: pytest.FixtureRequest) -> Iterator[Upgraded]:
    """The story as the first release left it, after the upgrade."""
    server: Any = request.getfixturevalue(f"{database_kind}_server")
    url = server.make_empty()
    migrate(url, "0001")
    tell_the_story(url)
    before = rows_of(url)
    migrate(url)
    yield Upgraded(url, before, rows_of(url), guards_of(url))
    server.drop(url)


def tell_the_story(url: str) -> None:
    """Put its rows into the tables as they are in the database."""
    with connected(url) as connection:
        rest_references(connection)
        tables = tables_of(connection)
        with guards_resting(connection, tables):
            for name, rows in STORY.items():
                write_rows(connection, tables[name], rows)
        connection.commit()
    start_reading()


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection that leaves nothing open behind it."""
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def application_on(url: str, folder: Path) -> Iterator[Flask]:
    """The application of this release on that database."""
    settings = Settings(
        folder, url, f"unix://{folder / 'absent.sock'}", "a key for tests " * 3, "http://localhost"
    )
    app = create_app(settings)
    with app.app_context():
        yield app
    finish()
    db.engine.dispose()


def rows_of(url: str) -> dict[str, list[dict[str, Any]]]:
    """Everything that the database holds."""
    with connected(url) as connection:
        return {name: list(read_rows(connection, table)) for name, table in tables_of(connection).items()}


def test_what_was_recorded_is_true_after_the_upgrade(old: Upgraded, tmp_path: Path) -> None:
    with application_on(old.url, tmp_path):
        assert broken_invariants() == []


def test_every_line_of_old_tells_what_there_was_after_it(old: Upgraded) -> None:
    total: dict[int, int] = {}
    held: dict[tuple[int, int | None], int] = {}
    for row in sorted(old.after["stock_transaction"], key=lambda row: int(row["id"])):
        product, moved, origin, target = (
            row[name] for name in ("product_id", "quantity", "from_id", "to_id")
        )
        total[product] = total.get(product, 0) + moved * ((origin is None) - (target is None))
        held[product, origin] = held.get((product, origin), 0) - moved
        held[product, target] = held.get((product, target), 0) + moved
        assert row["total_after"] == total[product]
        assert row["from_after"] == (held[product, origin] if origin else None)
        assert row["to_after"] == (held[product, target] if target else None)
    assert {row["id"]: row["on_hand"] for row in old.after["product"]} == total


def test_the_last_average_that_the_ledger_tells_is_that_of_the_product(old: Upgraded) -> None:
    told = {
        row["product_id"]: row["average_after"]
        for row in old.after["stock_transaction"]
        if row["average_after"] is not None
    }
    assert told and told == {
        row["id"]: row["average_cost"] for row in old.after["product"] if row["id"] in told
    }


def test_what_is_low_already_has_its_alert_after_the_upgrade(old: Upgraded) -> None:
    [tape] = [row for row in old.after["product"] if row["reorder_level"] is not None]
    [alert] = old.after["alert"]
    assert (alert["product_id"], alert["kind"], alert["state"]) == (tape["id"], "low", "open")
    assert (alert["on_hand"], alert["reorder_level"]) == (tape["on_hand"], 500)
    assert alert["raised_at"] and alert["closed_at"] is None


def test_every_table_keeps_its_rows_as_they_were(old: Upgraded) -> None:
    for name in STORY.keys() - CHANGED:
        assert old.after[name] == old.before[name], name
    for name in CHANGED:
        kept = old.before[name][0].keys()
        assert [{key: row[key] for key in kept} for row in old.after[name]] == old.before[name], name


def test_the_guards_are_those_of_a_new_database(old: Upgraded, database_url: str, database_kind: str) -> None:
    assert old.guards == guards_of(database_url)
    written = {
        statement.split("CREATE TRIGGER ")[1].split()[0]
        for revision in REVISIONS_WITH_GUARDS[database_kind]
        for statement in statements(revision, database_kind)
        if "CREATE TRIGGER" in statement
    }
    assert old.guards["triggers"].keys() == written


def test_every_check_of_the_models_stands_after_the_upgrade(old: Upgraded) -> None:
    for table in Base.metadata.tables.values():
        checks = {str(rule.name) for rule in table.constraints if isinstance(rule, CheckConstraint)}
        assert old.guards["checks"][table.name] >= checks, table.name


def test_what_was_recorded_of_old_still_cannot_be_changed(old: Upgraded) -> None:
    for change in ("UPDATE stock_transaction SET quantity = 99", "DELETE FROM stock_transaction"):
        with connected(old.url) as connection, pytest.raises(DatabaseError, match="append-only"):
            connection.execute(text(change))


def timeless(rows: dict[str, Any]) -> dict[str, Any]:
    """The rows, without the moment at which the upgrade itself found something low."""
    return rows | {"alert": [{**row, "raised_at": None} for row in rows["alert"]]}


def test_back_and_up_again_brings_the_same_rows_and_the_same_guards(old: Upgraded) -> None:
    go_back(old.url, "0001")
    assert rows_of(old.url) == old.before
    migrate(old.url)
    assert timeless(rows_of(old.url)) == timeless(old.after)
    assert guards_of(old.url) == old.guards


def guards_of(url: str) -> dict[str, Any]:
    """What the database refuses: its triggers as they are written, and its checks by table."""
    with connected(url) as connection:
        return {
            "triggers": triggers_of(connection),
            "checks": checks_of(connection),
            **written_of(connection),
        }


def triggers_of(connection: Connection) -> dict[str, str]:
    """Our triggers by name."""
    of_kind = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname AS name, pg_get_triggerdef(oid) || tgenabled::text AS sql FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgparentid = 0",
    }
    found = connection.execute(text(of_kind[connection.dialect.name]))
    return {row.name: row.sql for row in found}


def checks_of(connection: Connection) -> dict[str, set[str]]:
    """The checks of each table by name."""
    looking = inspect(connection)
    return {
        table: {str(check["name"]) for check in looking.get_check_constraints(table)}
        for table in looking.get_table_names()
        if not is_partition(table)
    }


def written_of(connection: Connection) -> dict[str, Any]:
    """On SQLite, everything as it stands in the file, but for the order in which a rebuilt table says it."""
    if connection.dialect.name != "sqlite":
        return {}
    found = connection.execute(text("SELECT type, name, sql FROM sqlite_master"))
    return {
        "written": {(kind, name): sorted((sql or "").replace(",", " ").split()) for kind, name, sql in found}
    }
