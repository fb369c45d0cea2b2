"""The ledger in months

Requests and reversals are unique through tables of their own. On PostgreSQL the ledger lies in a partition for each
month then, which no unique key and no reference could reach across.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from migrations.guards import statements

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LEDGER, REST, WHOLE = "stock_transaction", "stock_transaction_rest", "stock_transaction_whole"
ASSET_ONCE = "uq_stock_transaction_organization_id_request_id_product_id_asset_id"
ID_ONCE = "uq_stock_transaction_organization_id_id"
REVERSES = "fk_stock_transaction_organization_id_reverses_id"
RECORDED = "ix_stock_transaction_organization_id_recorded_at"
ONCE = (
    ("moved", ("from_id", "to_id"), "from_id IS NOT NULL AND to_id IS NOT NULL"),
    ("came", ("to_id",), "from_id IS NULL"),
    ("went", ("from_id",), "to_id IS NULL"),
)
POSTED = """
    INSERT INTO posting (organization_id, request_id, recorded_at)
    SELECT organization_id, request_id, MIN(recorded_at) FROM stock_transaction
    WHERE request_id IS NOT NULL GROUP BY organization_id, request_id"""
REVERSED = """
    INSERT INTO reversal (organization_id, transaction_id, recorded_at)
    SELECT organization_id, reverses_id, MIN(recorded_at) FROM stock_transaction
    WHERE reverses_id IS NOT NULL GROUP BY organization_id, reverses_id"""
AHEAD = 3


def upgrade() -> None:
    """Remember what was posted and reversed, loosen the ledger, and on PostgreSQL lay it into months."""
    op.execute(POSTED)
    op.execute(REVERSED)
    with guards_lifted():
        loosen()
        if is_postgresql():
            into_months()
    if is_postgresql():
        for statement in statements("0004", "postgresql"):
            op.execute(statement)


def is_postgresql() -> bool:
    """True where there are partitions."""
    return op.get_bind().dialect.name == "postgresql"


@contextmanager
def guards_lifted() -> Iterator[None]:
    """SQLite builds the table anew and would lose its triggers; PostgreSQL makes its own anew afterwards."""
    if is_postgresql():
        op.execute(f"DROP TRIGGER stock_transaction_stays ON {LEDGER}")
        yield
        return
    query = sa.text(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{LEDGER}'")
    triggers = op.get_bind().execute(query).all()
    for name, _ in triggers:
        op.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in triggers:
        op.execute(sa.text(sql.replace(":", "\\:")))


def loosen() -> None:
    """What was unique by index is unique by Posting and Reversal now; what was found by it, by its month."""
    for name, *_ in ONCE:
        op.drop_index(f"uq_stock_transaction_{name}", LEDGER)
    with op.batch_alter_table(LEDGER) as batch:
        batch.drop_constraint(op.f(REVERSES), type_="foreignkey")
        batch.drop_constraint(op.f(ASSET_ONCE), type_="unique")
        batch.drop_constraint(op.f(ID_ONCE), type_="unique")
        batch.create_index(op.f(RECORDED), ["organization_id", "recorded_at"])


def into_months() -> None:
    """Lay every row into the partition of its month, with the references and indexes that there were."""
    kept = references_and_indexes()
    op.execute(f"ALTER TABLE {LEDGER} RENAME TO {WHOLE}")
    op.execute(
        f"CREATE TABLE {LEDGER} (LIKE {WHOLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        " PARTITION BY RANGE (recorded_at)"
    )
    make_months()
    op.execute(f"INSERT INTO {LEDGER} SELECT * FROM {WHOLE}")
    op.execute(f"ALTER SEQUENCE stock_transaction_id_seq OWNED BY {LEDGER}.id")
    op.execute(f"DROP TABLE {WHOLE}")
    op.execute(f"ALTER TABLE {LEDGER} ADD CONSTRAINT pk_stock_transaction PRIMARY KEY (id, recorded_at)")
    for statement in kept:
        op.execute(statement)


def references_and_indexes() -> list[str]:
    """The statements that make the table's references and indexes, as the database words them."""
    references = sa.text(
        f"SELECT 'ALTER TABLE {LEDGER} ADD CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(oid)"
        f" FROM pg_constraint WHERE conrelid = '{LEDGER}'::regclass AND contype = 'f' ORDER BY conname"
    )
    indexes = sa.text(
        f"SELECT indexdef FROM pg_indexes WHERE tablename = '{LEDGER}' AND schemaname = current_schema()"
        " AND indexname <> 'pk_stock_transaction' ORDER BY indexname"
    )
    return [row[0] for query in (references, indexes) for row in op.get_bind().execute(query)]


def make_months() -> None:
    """From the month of the first row to some months after this one; whatever else comes lies in the rest."""
    now = datetime.now(UTC)
    first, last = (
        op.get_bind().execute(sa.text(f"SELECT min(recorded_at), max(recorded_at) FROM {WHOLE}")).one()
    )
    month, end = begin(min(first or now, now)), later(begin(max(last or now, now)), AHEAD)
    while month <= end:
        op.execute(
            f"CREATE TABLE {LEDGER}_{month:%Y_%m} PARTITION OF {LEDGER}"
            f" FOR VALUES FROM ('{month.isoformat()}') TO ('{later(month).isoformat()}')"
        )
        month = later(month)
    op.execute(f"CREATE TABLE {REST} PARTITION OF {LEDGER} DEFAULT")


def begin(moment: datetime) -> datetime:
    """The first moment of a month, in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def later(month: datetime, count: int = 1) -> datetime:
    """The month so many months later."""
    years, months = divmod(month.month - 1 + count, 12)
    return month.replace(year=month.year + years, month=months + 1)


def downgrade() -> None:
    """One table again, in which requests are unique by themselves."""
    with guards_lifted():
        if is_postgresql():
            out_of_months()
        tighten()
    if is_postgresql():
        for statement in statements("0004", "postgresql"):
            op.execute(statement)
    op.execute("DELETE FROM posting")
    op.execute("DELETE FROM reversal")


def out_of_months() -> None:
    """Lay every row into one table."""
    kept = references_and_indexes()
    op.execute(f"ALTER TABLE {LEDGER} RENAME TO {WHOLE}")
    op.execute(f"CREATE TABLE {LEDGER} (LIKE {WHOLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    op.execute(f"INSERT INTO {LEDGER} SELECT * FROM {WHOLE} ORDER BY id")
    op.execute(f"ALTER SEQUENCE stock_transaction_id_seq OWNED BY {LEDGER}.id")
    op.execute(f"DROP TABLE {WHOLE}")
    op.execute(f"ALTER TABLE {LEDGER} ADD CONSTRAINT pk_stock_transaction PRIMARY KEY (id)")
    for statement in kept:
        op.execute(statement.replace("ON ONLY ", "ON "))


def tighten() -> None:
    """The keys and the reference that one table can have."""
    with op.batch_alter_table(LEDGER) as batch:
        batch.drop_index(op.f(RECORDED))
        batch.create_unique_constraint(op.f(ID_ONCE), ["organization_id", "id"])
        batch.create_unique_constraint(
            op.f(ASSET_ONCE), ["organization_id", "request_id", "product_id", "asset_id"]
        )
        batch.create_foreign_key(
            op.f(REVERSES), LEDGER, ["organization_id", "reverses_id"], ["organization_id", "id"]
        )
    for name, places, condition in ONCE:
        some = sa.text(f"asset_id IS NULL AND request_id IS NOT NULL AND {condition}")
        op.create_index(
            f"uq_stock_transaction_{name}", LEDGER, ["organization_id", "request_id", "product_id", *places],
            unique=True, sqlite_where=some, postgresql_where=some,
        )  # fmt: skip
