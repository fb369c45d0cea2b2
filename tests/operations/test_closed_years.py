"""On SQLite, closed years lie in a file of their own; who reads does not notice, and a crash loses nothing."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.config import Settings
from app.extensions import db
from app.migrate import upgrade
from app.models import StockTransaction
from app.refusals import Refused
from app.services import closed_years
from app.services.backup import backup
from app.services.closed_years import ArchiveDiffers, bring_back, move_closed_years
from app.services.ledger_keeping import KEEP
from app.services.openings import open_years
from app.services.restore import restore
from app.services.reversal_deeds import reverse_by_hand
from app.services.verify import broken_invariants
from app.statistics import look_at_tables
from app.transactions import finish, start_reading, start_writing
from app.whole_ledger import archive_beside
from tests.operations.closing import YEARS, everything_read, in_each_file, new_request, work_through_years
from tests.people import House

pytestmark = pytest.mark.only("sqlite")
ROOT = Path(__file__).parent.parent.parent
YEARLY = 4 * 8
ALL, CLOSED = 1 + 5 * YEARLY, 1 + 2 * YEARLY
"""An asset came first; of the five years two do not stay in the database."""


@dataclass
class Old:
    """A house with a ledger of five years, and its settings."""

    house: House
    settings: Settings
    known: dict[str, int]

    @property
    def lines(self) -> tuple[int, int]:
        """How many lies where."""
        finish()
        return in_each_file(self.settings.database_file)


@pytest.fixture
def old(house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Old:
    """A house with five years behind it."""
    return Old(house, settings, work_through_years(house, monkeypatch))


def test_nobody_who_reads_notices_that_years_have_moved(old: Old) -> None:
    with old.house.writing():
        open_years()
    before = everything_read(old.house, old.known)
    assert old.lines == (ALL, 0)
    assert move_closed_years(old.settings) == CLOSED
    assert old.lines == (ALL - CLOSED, CLOSED)
    after = everything_read(old.house, old.known)
    assert [address for address in before if before[address] != after[address]] == []
    assert broken_invariants() == []


def test_without_the_archive_those_pages_would_tell_less(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a connection that does not look there reads other numbers, and verify says so."""
    before = everything_read(old.house, old.known)
    finish()
    move_closed_years(old.settings)
    db.engine.dispose()
    monkeypatch.setattr("app.transactions.lacks_archive", lambda _connection: False)
    first = f"/inventory/transactions/{old.known[f'receipt {YEARS[0]}-01']}"
    after = everything_read(
        old.house, {**old.known, f"receipt {YEARS[0]}-01": old.known[f"receipt {YEARS[-1]}-01"]}
    )
    assert sum(before[address] != after.get(address) for address in before if address != first) > 10
    assert "I1" in {found.invariant.id for found in broken_invariants()}


def test_connections_that_were_open_before_see_it_at_once(old: Old) -> None:
    with old.house.reading():
        count = db.session.scalar(text("SELECT COUNT(*) FROM stock_transaction"))
        move_closed_years(old.settings)
        assert db.session.scalar(text("SELECT COUNT(*) FROM stock_transaction")) == count
        finish()
        assert db.session.scalar(text("SELECT COUNT(*) FROM stock_transaction")) == count
        assert db.session.scalar(text("SELECT COUNT(*) FROM main.stock_transaction")) == count - CLOSED


def test_what_lies_in_the_archive_is_reversed_once_and_new_lines_go_on(old: Old) -> None:
    move_closed_years(old.settings)
    ada, receipt = old.house.actor("Ada"), old.known[f"receipt {YEARS[0]}-04"]
    request_id = new_request()
    for _ in range(2):
        with old.house.writing():
            row = db.session.get_one(StockTransaction, receipt)
            written = reverse_by_hand(row, "Counted twice", by=ada, request_id=request_id)
            assert [one.reverses_id for one in written.transactions] == [receipt]
    with old.house.writing(), pytest.raises(Refused, match="reversed already"):
        row = db.session.get_one(StockTransaction, receipt)
        reverse_by_hand(row, "Again", by=ada, request_id=new_request())
    assert old.lines == (ALL + 1 - CLOSED, CLOSED)
    assert broken_invariants() == []


def test_the_archive_cannot_be_written_by_whoever_works_with_it(old: Old) -> None:
    move_closed_years(old.settings)
    for change in (
        "DELETE FROM archive.stock_transaction",
        "UPDATE archive.stock_transaction SET quantity = 9",
    ):
        finish()
        start_writing()
        with pytest.raises(DBAPIError, match="readonly"):
            db.session.execute(text(change))
        finish()


def test_the_database_still_learns_about_its_own_tables(old: Old) -> None:
    move_closed_years(old.settings)
    with old.house.writing():
        look_at_tables()


def test_what_is_not_in_the_archive_cannot_be_deleted(old: Old) -> None:
    move_closed_years(old.settings)
    finish()
    start_writing()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("DELETE FROM main.stock_transaction"))
    finish()


STEPS = ("make_ready", "copy", "compare", "leave")
KILLED = """
import os, signal, sys
from pathlib import Path
from app.config import Settings
from app.services import closed_years
step, when, path, at_once = sys.argv[1:]
deed = getattr(closed_years, step)
turns = [0]
def dying(files, *more):
    turns[0] += 1
    if turns[0] == 3 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    if turns[0] == 3 and when == "within":
        files.set_trace_callback(lambda said: said == "COMMIT" and os.kill(os.getpid(), signal.SIGKILL))
    result = deed(files, *more)
    if turns[0] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(closed_years, step, dying)
closed_years.AT_ONCE = int(at_once)
closed_years.move_closed_years(Settings(Path(path).parent, f"sqlite:///{path}", "", "k" * 40))
"""


@pytest.mark.parametrize("when", ["before", "within", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_whoever_is_killed_at_any_step_loses_and_doubles_nothing(old: Old, step: str, when: str) -> None:
    finish()
    words = [sys.executable, "-c", KILLED, step, when, str(old.settings.database_file), "10"]
    ended = subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert ended.returncode == -signal.SIGKILL
    live, archived = old.lines
    assert ALL <= live + archived <= ALL + 10
    assert counted(old) == (ALL, ALL)
    assert broken_invariants() == []
    assert move_closed_years(old.settings) > 0
    assert old.lines == (ALL - CLOSED, CLOSED)
    assert counted(old) == (ALL, ALL)
    assert broken_invariants() == []


def counted(old: Old) -> tuple[int, int]:
    """How many lines are read, and how many different ones."""
    with old.house.reading():
        row = db.session.execute(text("SELECT COUNT(*), COUNT(DISTINCT id) FROM stock_transaction")).one()
    return row[0], row[1]


def test_a_crash_between_deleting_and_saying_so_would_be_found(
    old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: were the two not one transaction, lines would be missing, and verify would say so."""

    def careless(files: sqlite3.Connection, last: int) -> int:
        files.execute("UPDATE main.ledger_reach SET archived_id = ?", (last,))
        files.execute("DELETE FROM main.stock_transaction WHERE id <= ?", (last,))
        files.execute("UPDATE main.ledger_reach SET archived_id = 0")
        raise KeyboardInterrupt

    finish()
    monkeypatch.setattr(closed_years, "leave", careless)
    with pytest.raises(KeyboardInterrupt):
        move_closed_years(old.settings)
    assert counted(old)[0] < ALL
    assert "I1" in {found.invariant.id for found in broken_invariants()}


def test_a_copy_that_differs_moves_nothing(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = closed_years.copy

    def wrong(files: sqlite3.Connection, last: int) -> None:
        whole(files, last)
        files.execute("UPDATE archive.stock_transaction SET quantity = quantity + 1 WHERE id = 5")

    finish()
    monkeypatch.setattr(closed_years, "copy", wrong)
    with pytest.raises(ArchiveDiffers):
        move_closed_years(old.settings)
    assert in_each_file(old.settings.database_file)[0] == ALL
    assert counted(old) == (ALL, ALL)


def test_only_one_moves_lines_at_a_time(old: Old) -> None:
    finish()
    with closed_years.both_files(old.settings.database_file), pytest.raises(Refused, match="already"):
        move_closed_years(old.settings)
    assert in_each_file(old.settings.database_file)[0] == ALL


def test_the_clock_moves_them_and_the_setting_says_how_many_years_stay(old: Old) -> None:
    with old.house.app.app_context():
        wanted = KEEP.read()
    finish()
    assert KEEP.do(wanted).moved == CLOSED
    assert move_closed_years(old.settings) == 0
    assert move_closed_years(replace(old.settings, ledger_years_live=0)) == ALL - CLOSED - YEARLY
    assert counted(old) == (ALL, ALL)


def test_a_migration_finds_the_whole_ledger_in_the_database(old: Old) -> None:
    move_closed_years(old.settings)
    db.engine.dispose()
    with closing(sqlite3.connect(old.settings.database_file)) as file:
        file.execute("UPDATE alembic_version SET version_num = '0004'")
        file.commit()
    with pytest.raises(DBAPIError, match="already exists"):
        upgrade(old.settings)
    start_reading()
    assert in_each_file(old.settings.database_file)[0] == ALL


def test_what_came_back_can_move_again(old: Old) -> None:
    move_closed_years(old.settings)
    finish()
    db.engine.dispose()
    assert bring_back(old.settings.database_file) == CLOSED
    assert in_each_file(old.settings.database_file)[0] == ALL
    assert counted(old) == (ALL, ALL)
    assert move_closed_years(old.settings) == CLOSED
    assert broken_invariants() == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_carries_the_archive_to_either_database(
    old: Old, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    move_closed_years(old.settings)
    finish()
    manifest = backup(old.settings, tmp_path / "backup.zip")
    assert manifest.rows["stock_transaction"] == ALL
    folder = tmp_path / "restored"
    url = f"sqlite:///{folder / 'crosshire.sqlite3'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgresql_server").make()
        request.addfinalizer(lambda: request.getfixturevalue("postgresql_server").drop(url))
    target = replace(old.settings, data_dir=folder, database_url=url)
    restore(target, tmp_path / "backup.zip")
    db.engine.dispose()
    db.bind(target)
    assert counted(old) == (ALL, ALL)
    assert broken_invariants() == []
    if kind == "sqlite":
        assert in_each_file(target.database_file) == (ALL - CLOSED, CLOSED)


def test_nothing_is_restored_beside_an_archive_of_another_installation(old: Old, tmp_path: Path) -> None:
    finish()
    backup(old.settings, tmp_path / "backup.zip")
    target = replace(
        old.settings, data_dir=tmp_path / "b", database_url=f"sqlite:///{tmp_path / 'b' / 'c.sqlite3'}"
    )
    (tmp_path / "b").mkdir()
    archive_beside(target.database_file).touch()
    with pytest.raises(Refused, match="archive of another"):
        restore(target, tmp_path / "backup.zip")
