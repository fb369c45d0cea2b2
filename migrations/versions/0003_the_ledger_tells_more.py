"""The ledger tells what there was after each movement, and for what it was made

Reservations can be a job's. Products know how many there are in all, and in which unit.
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import statements

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PLAIN = (
    ("company", "is_supplier", sa.Boolean(), sa.false()),
    ("notification_preference", "is_digest", sa.Boolean(), sa.false()),
    ("organization", "job_buffer_percent", sa.BigInteger(), sa.text("1000")),
    ("organization", "carrying_cost_percent", sa.BigInteger(), sa.text("2000")),
    ("organization", "notes_required", sa.JSON(), sa.text("'[\"adjustment\"]'")),
    ("organization", "count_every_days", sa.Integer(), sa.text("91")),
    ("organization", "digest_hour", sa.Integer(), sa.text("7")),
    ("organization", "setup_left_out", sa.JSON(), sa.text("'[]'")),
    ("product", "unit", sa.String(), sa.text("'pcs'")),
    ("product", "is_critical", sa.Boolean(), sa.false()),
    ("product", "is_routine", sa.Boolean(), sa.false()),
)
"""New columns of tables that were there, with what the rows of old have in them."""
FOR_WHAT = ("job_part", "order_line", "count_line")
FOUND_BY = (
    *((f"ix_stock_transaction_{table}_id", f"{table}_id") for table in FOR_WHAT),
    ("ix_stock_transaction_reverses_id", "reverses_id"),
)
"""The few movements that were made for something, or take another back."""

LEVELS = "ix_stock_level_organization_id_location_id"
ENDS = ("from_id", "to_id")
REFERENCE, REFERS = "ix_stock_transaction_reference_number", sa.text("reference_number <> ''")

TOTALS = """
    UPDATE stock_transaction SET total_after = followed.total FROM (
        SELECT id, SUM(CASE WHEN from_id IS NULL THEN quantity WHEN to_id IS NULL THEN -quantity ELSE 0 END)
            OVER (PARTITION BY organization_id, product_id ORDER BY id) AS total
        FROM stock_transaction) AS followed
    WHERE followed.id = stock_transaction.id"""
PLACES = """
    WITH touched AS (
        SELECT id, organization_id, product_id, from_id AS place, -quantity AS change, 0 AS comes
        FROM stock_transaction WHERE from_id IS NOT NULL
        UNION ALL
        SELECT id, organization_id, product_id, to_id, quantity, 1 FROM stock_transaction WHERE to_id IS NOT NULL),
    followed AS (
        SELECT id, comes, SUM(change) OVER (PARTITION BY organization_id, product_id, place ORDER BY id) AS held
        FROM touched)
    UPDATE stock_transaction SET {column} = followed.held FROM followed
    WHERE followed.id = stock_transaction.id AND followed.comes = {comes}"""
ON_HAND = """
    UPDATE product SET on_hand = (SELECT COALESCE(SUM(quantity), 0) FROM stock_level
        WHERE stock_level.organization_id = product.organization_id AND stock_level.product_id = product.id)"""

RECEIPTS = sa.text(
    "SELECT id, organization_id, product_id, quantity, unit_cost, total_after FROM stock_transaction"
    " WHERE kind = 'receipt' ORDER BY organization_id, product_id, id"
)
AVERAGE = sa.text("UPDATE stock_transaction SET average_after = :average WHERE id = :of")

JOB_TYPES = """
    INSERT INTO job_type (organization_id, name)
    SELECT organization.id, preset.name FROM organization CROSS JOIN (
        SELECT 'Installation' AS name UNION ALL SELECT 'Service' UNION ALL SELECT 'Repair') AS preset"""
"""Every organization has the sorts of jobs that a new one begins with."""
NOW = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
    "postgresql": "CURRENT_TIMESTAMP",
}
ALERTS = """
    INSERT INTO alert (organization_id, product_id, kind, is_ahead, state, priority, on_hand, reorder_level, missing,
        raised_at, plan, reason)
    SELECT organization_id, id, CASE WHEN on_hand <= 0 THEN 'out' ELSE 'low' END, false, 'open',
        CASE WHEN on_hand <= 0 THEN 'high' ELSE 'low' END, on_hand, reorder_level, 0, {now}, '', ''
    FROM product
    WHERE archived_at IS NULL AND NOT is_package AND on_hand <= reorder_level AND NOT EXISTS (
        SELECT 1 FROM alert AS known WHERE known.organization_id = product.organization_id
            AND known.product_id = product.id AND known.closed_at IS NULL AND NOT known.is_ahead)"""
"""What is low already is said once; how urgent it is, the worker works out within minutes."""


def upgrade() -> None:
    """Columns first, then what the old rows have in them, then the guards again."""
    guards = lift_guards()
    for table, name, kind, default in PLAIN:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    for table, name, *_ in PLAIN:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(name, server_default=None)
    change_products()
    change_reservations()
    change_costs()
    change_levels()
    change_ledger()
    op.execute(JOB_TYPES)
    op.execute(sa.text(ALERTS.format(now=NOW[op.get_bind().dialect.name])))
    restore_guards(guards)
    for statement in statements("0003", op.get_bind().dialect.name):
        op.execute(sa.text(statement.replace(":", "\\:")))


def lift_guards() -> list[str]:
    """Nothing is judged while tables are built anew: SQLite would lose the triggers, PostgreSQL refuse to write."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE stock_transaction DISABLE TRIGGER stock_transaction_stays")
        return []
    triggers = (
        op.get_bind().execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    )
    for name, _ in triggers:
        op.execute(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in triggers]


def restore_guards(guards: list[str]) -> None:
    """The guards stand again as they stood."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE stock_transaction ENABLE TRIGGER stock_transaction_stays")
    for sql in guards:
        op.execute(sa.text(sql.replace(":", "\\:")))


def change_products() -> None:
    """How many there are in all, never less than none."""
    op.add_column("product", sa.Column("on_hand", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.execute(ON_HAND)
    with op.batch_alter_table("product") as batch:
        batch.alter_column("on_hand", server_default=None)
        batch.create_check_constraint("not_less_than_none", "on_hand >= 0")


def change_reservations() -> None:
    """A claim can be a job part's, and a part has one at most."""
    with op.batch_alter_table("reservation") as batch:
        batch.add_column(sa.Column("job_part_id", sa.Integer(), nullable=True))
        batch.create_unique_constraint(
            op.f("uq_reservation_organization_id_job_part_id"), ["organization_id", "job_part_id"]
        )
        batch.create_foreign_key(
            op.f("fk_reservation_organization_id_job_part_id"), "job_part",
            ["organization_id", "job_part_id"], ["organization_id", "id"],
        )  # fmt: skip


def change_costs() -> None:
    """What a job used is one cost of its event."""
    with op.batch_alter_table("event_cost") as batch:
        batch.add_column(sa.Column("job_id", sa.Integer(), nullable=True))
        batch.create_unique_constraint(
            op.f("uq_event_cost_organization_id_job_id"), ["organization_id", "job_id"]
        )
        batch.create_foreign_key(
            op.f("fk_event_cost_organization_id_job_id"), "job",
            ["organization_id", "job_id"], ["organization_id", "id"],
        )  # fmt: skip


def change_levels() -> None:
    """How many levels there are is counted in an index alone."""
    op.drop_index(LEVELS, "stock_level")
    op.create_index(f"{LEVELS}_quantity", "stock_level", ["organization_id", "location_id", "quantity"])


def change_ledger() -> None:
    """What there was after each movement, and for what it was made."""
    with op.batch_alter_table("stock_transaction") as batch:
        batch.add_column(sa.Column("said_quantity", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("said_unit", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("total_after", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("from_after", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("to_after", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("average_after", sa.BigInteger(), nullable=True))
        for table in FOR_WHAT:
            batch.add_column(sa.Column(f"{table}_id", sa.Integer(), nullable=True))
            batch.create_foreign_key(
                op.f(f"fk_stock_transaction_organization_id_{table}_id"), table,
                ["organization_id", f"{table}_id"], ["organization_id", "id"],
            )  # fmt: skip
    op.execute(TOTALS)
    op.execute(PLACES.format(column="from_after", comes=0))
    op.execute(PLACES.format(column="to_after", comes=1))
    tell_averages()
    with op.batch_alter_table("stock_transaction") as batch:
        batch.alter_column("said_unit", server_default=None)
        batch.alter_column("total_after", server_default=None)
        batch.create_index(
            op.f("ix_stock_transaction_organization_id_product_id_id"),
            ["organization_id", "product_id", "id"],
        )
        batch.create_index(
            op.f("ix_stock_transaction_organization_id_happened_at"), ["organization_id", "happened_at"]
        )
        for end in ENDS:
            batch.create_index(
                op.f(f"ix_stock_transaction_organization_id_{end}_id"), ["organization_id", end, "id"]
            )
    issues = sa.text("kind = 'issue'")
    op.create_index(
        "ix_stock_transaction_used", "stock_transaction",
        ["organization_id", "kind", "asset_id", "reverses_id", "happened_at", "product_id", "quantity", "unit_cost",
         "job_part_id", "event_id", "from_id"],
        sqlite_where=issues, postgresql_where=issues,
    )  # fmt: skip
    priced = sa.text("average_after IS NOT NULL")
    op.create_index(
        "ix_stock_transaction_average", "stock_transaction",
        ["organization_id", "product_id", "id", "happened_at", "average_after"],
        sqlite_where=priced, postgresql_where=priced,
    )  # fmt: skip
    op.create_index(
        REFERENCE, "stock_transaction", ["organization_id", "reference_number"],
        sqlite_where=REFERS, postgresql_where=REFERS,
    )  # fmt: skip
    for index, name in FOUND_BY:
        some = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            index, "stock_transaction", ["organization_id", name],
            sqlite_where=some, postgresql_where=some,
        )  # fmt: skip


def tell_averages() -> None:
    """What one piece cost on average after each receipt, by the rule by which the average was kept."""
    connection, key, average = op.get_bind(), None, 0
    told = []
    for row in connection.execute(RECEIPTS):
        if key != (row.organization_id, row.product_id):
            key, average = (row.organization_id, row.product_id), 0
        before = max(row.total_after - row.quantity, 0)
        pieces = before + row.quantity
        average = (2 * (before * average + row.quantity * row.unit_cost) + pieces) // (2 * pieces)
        told.append({"of": row.id, "average": average})
    if told:
        connection.execute(AVERAGE, told)


def downgrade() -> None:
    """What was added goes; the movements stay."""
    drop_own_guards()
    guards = lift_guards()
    op.drop_index(f"{LEVELS}_quantity", "stock_level")
    op.create_index(LEVELS, "stock_level", ["organization_id", "location_id"])
    op.drop_index("ix_stock_transaction_average", "stock_transaction")
    op.drop_index("ix_stock_transaction_used", "stock_transaction")
    for index, _ in FOUND_BY:
        op.drop_index(index, "stock_transaction")
    op.drop_index(REFERENCE, "stock_transaction")
    with op.batch_alter_table("stock_transaction") as batch:
        for end in ENDS:
            batch.drop_index(op.f(f"ix_stock_transaction_organization_id_{end}_id"))
        batch.drop_index(op.f("ix_stock_transaction_organization_id_product_id_id"))
        batch.drop_index(op.f("ix_stock_transaction_organization_id_happened_at"))
        for table in FOR_WHAT:
            batch.drop_constraint(
                op.f(f"fk_stock_transaction_organization_id_{table}_id"), type_="foreignkey"
            )
            batch.drop_column(f"{table}_id")
        for name in ("said_quantity", "said_unit", "total_after", "from_after", "to_after", "average_after"):
            batch.drop_column(name)
    with op.batch_alter_table("event_cost") as batch:
        batch.drop_constraint(op.f("fk_event_cost_organization_id_job_id"), type_="foreignkey")
        batch.drop_constraint(op.f("uq_event_cost_organization_id_job_id"), type_="unique")
        batch.drop_column("job_id")
    with op.batch_alter_table("reservation") as batch:
        batch.drop_constraint(op.f("fk_reservation_organization_id_job_part_id"), type_="foreignkey")
        batch.drop_constraint(op.f("uq_reservation_organization_id_job_part_id"), type_="unique")
        batch.drop_column("job_part_id")
    with op.batch_alter_table("product") as batch:
        batch.drop_constraint(op.f("ck_product_not_less_than_none"), type_="check")
        batch.drop_column("on_hand")
    for table, name, *_ in PLAIN:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(name)
    restore_guards(guards)


def drop_own_guards() -> None:
    """The triggers that this revision made."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER count_entry_stays ON count_entry")
        return
    for name in ("count_entry_stays", "count_entry_is_kept"):
        op.execute(f"DROP TRIGGER {name}")
