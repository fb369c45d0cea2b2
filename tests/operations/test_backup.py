"""A backup is whole, is found to be whole, and brings everything back, on either database."""

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from app.config import Settings
from app.extensions import db, make_engine
from app.gateways.stationery import Message
from app.models import OutboxRow, OutboxState, SignIn, StoredFile, Tracking
from app.outbox import enqueue
from app.refusals import Refused
from app.scope import system_scope
from app.services.archives import MANIFEST, BrokenBackup
from app.services.backup import backup, check_backup
from app.services.deliveries import write_mail
from app.services.restore import HELD, restore
from app.services.table_rows import read_rows, tables_of
from app.services.verify import broken_invariants
from app.transactions import finish
from tests.factories import product
from tests.people import House

CHANGED_BY_RESTORING = {"heartbeat", "one_time_link", "outbox", "sign_in"}


@pytest.fixture
def settled(house: House) -> House:
    """A house with stock, assets, a file, a letter that waits and somebody who is signed in."""
    with house.writing():
        product("Mischpult", tracking=Tracking.SERIALIZED, stock=3, at=house.warehouse_id)
        product("Cable", stock=40, at=house.warehouse_id)
        write_mail("client@lindenau.example", "Your quote", Message("Ümlaut — and a line\nbreak", []))
        enqueue("holds.expire", dedupe_key="slot")
        row = StoredFile(name="a.bin", media_type="application/octet-stream", sha256="", content=bytes(range(256)),
                         created_at=datetime.now(UTC))  # fmt: skip
        db.session.add(row)
    house.browser("Alice")
    finish()
    return house


@pytest.fixture
def elsewhere(settings: Settings, database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The settings of an empty installation on the other kind of database, and the same one."""

    def make(kind: str) -> Settings:
        folder = tmp_path / f"restored-{kind}"
        if kind == "sqlite":
            return replace(
                settings, data_dir=folder, database_url=f"sqlite:///{folder / 'crosshire.sqlite3'}"
            )
        server = request.getfixturevalue("postgresql_server")
        url = server.make()
        request.addfinalizer(lambda: server.drop(url))
        return replace(settings, data_dir=folder, database_url=url)

    return make


def contents(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, instants as moments whichever database holds them."""
    engine = make_engine(settings)
    with engine.connect() as connection:
        found = {name: list(read_rows(connection, table)) for name, table in tables_of(connection).items()}
    engine.dispose()
    return {name: [comparable(row) for row in rows] for name, rows in found.items()}


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its moments as microseconds: PostgreSQL keeps them as timestamps."""
    return {name: moment(value) if name.endswith(("_at", "_until", "_from", "_after")) else value
            for name, value in row.items()}  # fmt: skip


def moment(value: Any) -> Any:
    """A moment as microseconds since 1970."""
    return round(datetime.fromisoformat(value).timestamp() * 1_000_000) if isinstance(value, str) else value


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_restored_is_what_was_backed_up(
    settled: House, settings: Settings, elsewhere: Any, tmp_path: Path, kind: str
) -> None:
    manifest = backup(settings, tmp_path / "backup.zip")
    before = contents(settings)
    assert manifest.rows == {name: len(rows) for name, rows in before.items()}
    assert manifest.rows["asset"] == 3 and manifest.rows["user"] == 10

    target = elsewhere(kind)
    restored = restore(target, tmp_path / "backup.zip")
    after = contents(target)
    assert restored.held_letters == 1
    assert [name for name in before if before[name] != after[name]] == sorted(
        name for name in CHANGED_BY_RESTORING if before[name]
    )
    db.bind(target)
    assert broken_invariants() == []


def test_everybody_signs_in_again_and_no_letter_goes_out_twice(
    settled: House, settings: Settings, elsewhere: Any, tmp_path: Path, database_kind: str
) -> None:
    backup(settings, tmp_path / "backup.zip")
    target = elsewhere(database_kind)
    restore(target, tmp_path / "backup.zip")
    db.bind(target)
    with system_scope("the test looks at everything"):
        assert not db.session.scalars(select(SignIn).where(SignIn.ended_at.is_(None))).all()
        rows = {row.kind: row for row in db.session.scalars(select(OutboxRow))}
    assert rows["mail.send"].state is OutboxState.DEAD and rows["mail.send"].last_error == HELD
    assert rows["holds.expire"].state is OutboxState.READY
    finish()


def test_new_rows_get_ids_of_their_own_after_restoring(
    settled: House, settings: Settings, elsewhere: Any, tmp_path: Path, database_kind: str
) -> None:
    backup(settings, tmp_path / "backup.zip")
    target = elsewhere(database_kind)
    restore(target, tmp_path / "backup.zip")
    db.bind(target)
    with settled.writing():
        assert product("Another", stock=1, at=settled.warehouse_id).id > 2


def test_nothing_is_restored_over_somebodys_work(settled: House, settings: Settings, tmp_path: Path) -> None:
    backup(settings, tmp_path / "backup.zip")
    before = contents(settings)
    with pytest.raises(Refused, match="installation here already"):
        restore(settings, tmp_path / "backup.zip")
    assert contents(settings) == before


def test_a_backup_does_not_write_over_a_file(settled: House, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "backup.zip").write_text("precious")
    with pytest.raises(Refused, match="exists already"):
        backup(settings, tmp_path / "backup.zip")
    assert (tmp_path / "backup.zip").read_text() == "precious"


def test_one_wrong_byte_is_noticed_wherever_it_matters(
    settled: House, settings: Settings, tmp_path: Path
) -> None:
    manifest = backup(settings, tmp_path / "backup.zip")
    whole = (tmp_path / "backup.zip").read_bytes()
    refused = 0
    for place in range(0, len(whole), len(whole) // 40):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (tmp_path / "damaged.zip").write_bytes(damaged)
        try:
            assert check_backup(tmp_path / "damaged.zip") == manifest
        except BrokenBackup:
            refused += 1
    assert refused >= 20


@pytest.mark.parametrize("damage", ["cut short", "no backup at all"])
def test_what_cannot_be_read_is_refused_and_leaves_nothing(
    settled: House, settings: Settings, elsewhere: Any, tmp_path: Path, database_kind: str, damage: str
) -> None:
    backup(settings, tmp_path / "backup.zip")
    content = (tmp_path / "backup.zip").read_bytes()
    (tmp_path / "bad.zip").write_bytes(content[: len(content) // 2] if damage == "cut short" else b"text")
    target = elsewhere(database_kind)
    with pytest.raises(BrokenBackup):
        restore(target, tmp_path / "bad.zip")
    assert not list(target.data_dir.iterdir())


@pytest.mark.parametrize("name", ["../../evil.sqlite3", "/evil", "tables/../evil.jsonl", "app/evil.py"])
def test_an_archive_cannot_put_files_where_it_likes(
    settled: House, settings: Settings, elsewhere: Any, tmp_path: Path, name: str, database_kind: str
) -> None:
    backup(settings, tmp_path / "backup.zip")
    with (
        zipfile.ZipFile(tmp_path / "backup.zip") as good,
        zipfile.ZipFile(tmp_path / "evil.zip", "w") as evil,
    ):
        manifest = json.loads(good.read(MANIFEST))
        evil.writestr(MANIFEST, json.dumps(manifest | {"sha256": {name: ""}}))
        evil.writestr(name, "evil")
    with pytest.raises(BrokenBackup, match="not ours"):
        restore(elsewhere(database_kind), tmp_path / "evil.zip")


def test_a_backup_of_a_newer_version_is_refused(
    settled: House, settings: Settings, elsewhere: Any, tmp_path: Path, database_kind: str
) -> None:
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    backup(settings, tmp_path / "backup.zip")
    with pytest.raises(Refused, match="newer version"):
        restore(elsewhere(database_kind), tmp_path / "backup.zip")
