"""Where the ledger lies

Closed years may lie in a file beside the database, and lines that are gone are brought forward as sums.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.guards import statements

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

REACH, FORWARD = "ledger_reach", "brought_forward"
FROM_THE_START = f"INSERT INTO {REACH} (id, archived_id, dropped_id) VALUES (1, 0, 0)"
ELSEWHERE = f"SELECT 1 FROM {REACH} WHERE archived_id > 0 OR dropped_id > 0"


def instant() -> sa.types.TypeEngine:
    """Microseconds since 1970 on SQLite, timestamptz on PostgreSQL."""
    return sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """The whole ledger lies in the database still; what may leave it later is told apart by the guard."""
    op.create_table(
        REACH,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("archived_id", sa.Integer(), nullable=False),
        sa.Column("dropped_id", sa.Integer(), nullable=False),
        sa.Column("begins_at", instant(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_reach_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_reach")),
    )
    op.execute(FROM_THE_START)
    make_forward()
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER stock_transaction_is_kept")
        for statement in statements("0005", "sqlite"):
            op.execute(statement)


def make_forward() -> None:
    """The table of what is brought forward."""
    op.create_table(
        FORWARD,
        sa.Column("begins_at", instant(), nullable=False),
        *(sa.Column(f"{table}_id", sa.Integer(), nullable=False) for table in ("product", "location")),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", instant(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["organization_id", f"{table}_id"], [f"{table}.organization_id", f"{table}.id"],
                name=op.f(f"fk_{FORWARD}_organization_id_{table}_id"),
            )
            for table in ("product", "location", "asset")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f(f"fk_{FORWARD}_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{FORWARD}")),
    )  # fmt: skip
    with op.batch_alter_table(FORWARD) as batch:
        batch.create_index(
            op.f(f"ix_{FORWARD}_organization_id_product_id"), ["organization_id", "product_id"]
        )


def downgrade() -> None:
    """Only a ledger that lies in the database as a whole can be what it was."""
    if op.get_bind().execute(sa.text(ELSEWHERE)).first():
        raise RuntimeError(
            "Bring the archive back first (`crosshire archive --back`); what is gone stays gone."
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER stock_transaction_is_kept")
        for statement in statements("0001", "sqlite"):
            if "TRIGGER stock_transaction_is_kept" in statement:
                op.execute(statement)
    op.drop_table(FORWARD)
    op.drop_table(REACH)
