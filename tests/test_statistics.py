"""What the database knows about its own tables, so that it picks the right index."""

import pytest
from sqlalchemy import text

from app.extensions import db
from app.tasks import TASKS
from tests import factories
from tests.people import House


def test_sqlite_looks_at_its_tables_when_the_clock_says_so(house: House, database_kind: str) -> None:
    with house.writing():
        for _ in range(30):
            factories.product(stock=1, at=house.warehouse_id)
    with house.writing():
        TASKS["tables.look_at"]()
    if database_kind == "postgresql":
        pytest.skip("PostgreSQL keeps its own statistics.")
    with house.reading():
        known = db.session.execute(text("SELECT tbl, stat FROM sqlite_stat1 WHERE tbl = 'stock_level'")).all()
        assert known and all(int(row.stat.split()[0]) == 30 for row in known)
