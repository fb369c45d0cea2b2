"""The ledger on PostgreSQL lies in months; and on both databases a request is posted once, through all of them."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.config import Settings
from app.extensions import db
from app.models import StockTransaction, TransactionKind
from app.queries.partitions import months_ahead, partitions
from app.refusals import Refused
from app.rules.months import REST, month_after, month_of, partition_of
from app.services.backup import backup
from app.services.ledger import Cause, Movement, post
from app.services.partitions import make_ahead
from app.services.restore import restore
from app.services.verify import broken_invariants
from app.transactions import finish, start_writing
from tests import factories
from tests.factories import me
from tests.operations.closing import work_through_years
from tests.people import House

COPIED = """
    INSERT INTO stock_transaction (organization_id, product_id, kind, quantity, said_unit, to_id, unit_cost,
        reference_type, reference_number, notes, happened_at, recorded_at, total_after, to_after)
    SELECT organization_id, product_id, kind, quantity, said_unit, to_id, unit_cost, reference_type,
        reference_number, notes, happened_at, CAST(:at AS timestamptz), total_after, to_after
    FROM stock_transaction"""


@pytest.fixture
def in_months(database_kind: str, house: House) -> Iterator[House]:
    """A house whose ledger lies in months; on SQLite there is one file, and nothing of this to see."""
    with house.writing():
        factories.product("Cable", stock=3, at=house.warehouse_id)
    yield house


def by_hand(statement: str, **values: object) -> None:
    """Change the database past every service."""
    finish()
    start_writing()
    db.session.execute(text(statement), values)
    db.session.commit()
    finish()


def parts_now() -> set[str]:
    """The months that there are."""
    return set() if db.is_sqlite else partitions(db.session.connection())


def test_the_months_to_come_are_there_before_they_are_needed(in_months: House) -> None:
    with in_months.writing():
        make_ahead()
    with in_months.reading():
        assert db.is_sqlite or months_ahead(db.session.connection(), datetime.now(UTC)) >= 3


def test_a_missing_month_is_told_where_the_health_is_told(in_months: House, client: FlaskClient) -> None:
    if db.is_sqlite:
        assert "months" not in client.get("/healthz").json["parts"]
        return
    with in_months.writing():
        make_ahead()
    assert client.get("/healthz").json["parts"]["months"]["ok"] is True
    by_hand(f"DROP TABLE {partition_of(month_after(month_of(datetime.now(UTC)), 2))}")
    assert client.get("/healthz").json["parts"]["months"]["ok"] is False


def test_what_has_no_month_is_kept_all_the_same_and_moves_into_one(in_months: House) -> None:
    if db.is_sqlite:
        return
    later = datetime.now(UTC) + timedelta(days=800)
    by_hand(COPIED, at=later)
    with in_months.reading():
        assert db.session.scalar(text(f"SELECT count(*) FROM {REST}")) == 1
    with in_months.writing():
        make_ahead()
    with in_months.reading():
        assert db.session.scalar(text(f"SELECT count(*) FROM {REST}")) == 0
        assert db.session.scalar(text(f"SELECT count(*) FROM {partition_of(month_of(later))}")) == 1


def test_no_month_lets_what_was_recorded_be_changed(in_months: House) -> None:
    tables = ["stock_transaction"]
    with in_months.reading():
        tables += [partition_of(month_of(datetime.now(UTC)))] if parts_now() else []
    for table in tables:
        for change in (f"UPDATE {table} SET quantity = 9", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="append-only"):
                by_hand(change)


def receipt(house: House, product_id: int, request_id: str) -> list[int]:
    """Receive one piece in the name of a request; the ids of its movements."""
    with house.writing():
        movement = Movement(product_id, 1, to_id=house.warehouse_id)
        return [
            row.id for row in post(TransactionKind.RECEIPT, [movement], Cause(me(), request_id=request_id))
        ]


def test_a_request_is_posted_once_and_answers_what_it_wrote(house: House) -> None:
    with house.writing():
        tape = factories.product("Tape").id
    request_id = str(uuid.uuid4())
    assert receipt(house, tape, request_id) == receipt(house, tape, request_id)
    with house.reading():
        assert len(db.session.scalars(select(StockTransaction)).all()) == 1
        assert broken_invariants() == []


def test_one_request_for_two_products_at_the_same_moment_is_posted_once(house: House) -> None:
    with house.writing():
        products = [factories.product(name).id for name in ("Tape", "Gel")]
    request_id, both_ready = str(uuid.uuid4()), threading.Barrier(2)
    answers: list[str] = []

    def send(product_id: int) -> None:
        both_ready.wait()
        try:
            receipt(house, product_id, request_id)
            answers.append("posted")
        except Refused as refused:
            answers.append(refused.message)

    senders = [threading.Thread(target=send, args=(product_id,)) for product_id in products]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    with house.reading():
        assert len(db.session.scalars(select(StockTransaction)).all()) == 1
    assert "posted" in answers


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_brings_every_month_back(
    house: House, settings: Settings, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """From either database to either: on PostgreSQL each line lies in the month that it lay in."""
    work_through_years(house, request.getfixturevalue("monkeypatch"))
    with house.reading():
        before = where_lines_lie()
    backup(settings, tmp_path / "backup.zip")
    server = request.getfixturevalue(f"{kind}_server")
    url = server.make()
    request.addfinalizer(lambda: server.drop(url))
    target = replace(settings, data_dir=tmp_path / "restored", database_url=url)
    restore(target, tmp_path / "backup.zip")
    db.engine.dispose()
    db.bind(target)
    with house.reading():
        after = where_lines_lie()
        assert sum(after.values()) == sum(before.values()) == 161
        assert kind == "sqlite" or len(after) == 20
        assert len(before) != len(after) or after == before
    assert broken_invariants() == []


def where_lines_lie() -> dict[str, int]:
    """Part of the ledger → how many lines lie in it; on SQLite there is only the ledger."""
    if db.is_sqlite:
        return {"": db.session.scalar(text("SELECT COUNT(*) FROM stock_transaction"))}
    found = db.session.execute(
        text("SELECT tableoid::regclass::text, COUNT(*) FROM stock_transaction GROUP BY 1")
    )
    return {row[0]: row[1] for row in found}
