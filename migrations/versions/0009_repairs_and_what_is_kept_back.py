"""Repairs to their end, what is kept back, and reminders of late returns

Tests after repairs, repairers outside the house, repairs of things that are used meanwhile; quarantine; letters
to clients whose gear is late.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.guards import guards_lifted, statements

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = ("event", "job", "repair", "transfer", "count", "subhire_out", "sealed_case")
REMINDERS = (
    ("reminds_of_returns", sa.Boolean(), sa.false()),
    ("remind_after_days", sa.Integer(), sa.text("1")),
    ("remind_every_days", sa.Integer(), sa.text("3")),
    ("most_reminders", sa.Integer(), sa.text("3")),
    ("reminder_words", sa.String(), ""),
)


def instant() -> sa.types.TypeEngine:
    """Microseconds since 1970 on SQLite, timestamptz on PostgreSQL."""
    return sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """The new tables, then what old ones get, then the guards again."""
    make_quarantine()
    make_repair_tests()
    make_repair_sendings()
    make_reminders()
    with guards_lifted():
        change_repairs()
        change_reservations()
        for name, kind, default in REMINDERS:
            op.add_column("organization", sa.Column(name, kind, nullable=False, server_default=default))
            with op.batch_alter_table("organization") as batch:
                batch.alter_column(name, server_default=None)
    judge_all_but("'repair', 'quarantine'")


def owned(table: str, *references: tuple[str, str]) -> list[sa.schema.SchemaItem]:
    """What every table of an organization has, and the rows of the same organization that it names."""
    followed = [
        sa.ForeignKeyConstraint(
            ["organization_id", column], [f"{target}.organization_id", f"{target}.id"],
            name=op.f(f"fk_{table}_organization_id_{column}"),
        )
        for column, target in references
    ]  # fmt: skip
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f(f"fk_{table}_organization_id")
        ),
        *followed,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("organization_id", "id", name=op.f(f"uq_{table}_organization_id_id")),
    ]


def index_of(table: str, column: str) -> None:
    """One organization's rows by a column."""
    op.create_index(op.f(f"ix_{table}_organization_id_{column}"), table, ["organization_id", column])


def one_open(name: str, table: str, column: str, condition: str) -> None:
    """At most one row with this value that is not over."""
    where = sa.text(condition)
    op.create_index(
        name, table, ["organization_id", column], unique=True, sqlite_where=where, postgresql_where=where
    )


def make_quarantine() -> None:
    """What is kept back."""
    op.create_table(
        "quarantine",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("put_by_name", sa.String(), nullable=False),
        sa.Column("put_at", instant(), nullable=False),
        sa.Column("released_at", instant(), nullable=True),
        sa.Column("released_by_name", sa.String(), nullable=False),
        sa.Column("release_note", sa.String(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quarantine_some")),
        sa.CheckConstraint(
            "reason IN ('suspicious', 'recalled', 'bought_back', 'other')",
            name=op.f("ck_quarantine_reason_known"),
        ),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_quarantine_organization_id_number")),
        *owned("quarantine", ("product_id", "product"), ("asset_id", "asset")),
    )
    index_of("quarantine", "product_id")
    one_open("uq_quarantine_of_asset", "quarantine", "asset_id", "released_at IS NULL")


def make_repair_tests() -> None:
    """Who has tried whether it works again."""
    op.create_table(
        "repair_test",
        sa.Column("repair_id", sa.Integer(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("tested_at", instant(), nullable=False),
        *owned("repair_test", ("repair_id", "repair"), ("by_id", "user")),
    )
    index_of("repair_test", "repair_id")


def make_repair_sendings() -> None:
    """What is with a repairer outside the house."""
    op.create_table(
        "repair_sending",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("repair_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("rma_number", sa.String(), nullable=False),
        sa.Column("tracking_number", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("sent_by_name", sa.String(), nullable=False),
        sa.Column("sent_at", instant(), nullable=False),
        sa.Column("returned_at", instant(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("pdf_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "returned_at IS NULL OR returned_at >= sent_at", name=op.f("ck_repair_sending_returns_later")
        ),
        sa.UniqueConstraint(
            "organization_id", "number", name=op.f("uq_repair_sending_organization_id_number")
        ),
        *owned(
            "repair_sending", ("repair_id", "repair"), ("company_id", "company"), ("pdf_id", "stored_file")
        ),
    )
    index_of("repair_sending", "repair_id")
    one_open("uq_repair_sending_away", "repair_sending", "repair_id", "returned_at IS NULL")


def make_reminders() -> None:
    """Which letters about late gear were written."""
    op.create_table(
        "return_reminder",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("until", instant(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("written_at", instant(), nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_return_reminder_counted")),
        sa.UniqueConstraint(
            "organization_id", "event_id", "until", "sequence",
            name=op.f("uq_return_reminder_organization_id_event_id_until_sequence"),
        ),
        *owned("return_reminder", ("event_id", "event"), ("delivery_id", "delivery")),
    )  # fmt: skip


def change_repairs() -> None:
    """Whether it is used meanwhile, who works on it, what the work cost, where it was put."""
    op.add_column("repair", sa.Column("is_usable", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("repair") as batch:
        batch.alter_column("is_usable", server_default=None)
        batch.add_column(sa.Column("assignee_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("labour_cost", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("shelf_id", sa.Integer(), nullable=True))
        for column, target in (("assignee_id", "user"), ("shelf_id", "location")):
            batch.create_foreign_key(
                op.f(f"fk_repair_organization_id_{column}"), target,
                ["organization_id", column], ["organization_id", "id"],
            )  # fmt: skip


def change_reservations() -> None:
    """A claim can keep something back."""
    with op.batch_alter_table("reservation") as batch:
        batch.add_column(sa.Column("quarantine_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_reservation_organization_id_quarantine_id"), "quarantine",
            ["organization_id", "quarantine_id"], ["organization_id", "id"],
        )  # fmt: skip
        batch.drop_constraint(op.f("ck_reservation_kind_known"), type_="check")
        batch.create_check_constraint(op.f("ck_reservation_kind_known"), known((*KINDS, "quarantine")))


def known(kinds: tuple[str, ...]) -> str:
    """One of these words."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    return f"kind IN ({words})"


def judge_all_but(kinds: str) -> None:
    """Claims are judged when they are written, but for those of what has happened: these cannot be refused."""
    dialect = op.get_bind().dialect.name
    for name in ("reservation_fits", "reservation_still_fits"):
        op.execute(f"DROP TRIGGER {name}" + (" ON reservation" if dialect == "postgresql" else ""))
    for statement in statements("0001", dialect):
        if "CREATE TRIGGER reservation_" in statement:
            judged = statement.replace("NEW.kind <> 'repair'", f"NEW.kind NOT IN ({kinds})")
            op.execute(sa.text(judged.replace(":", "\\:")))


def downgrade() -> None:
    """As if nobody had ever sent anything away or kept it back."""
    with guards_lifted():
        op.execute("DELETE FROM reservation WHERE kind = 'quarantine'")
        with op.batch_alter_table("reservation") as batch:
            batch.drop_constraint(op.f("ck_reservation_kind_known"), type_="check")
            batch.create_check_constraint(op.f("ck_reservation_kind_known"), known(KINDS))
            batch.drop_constraint(op.f("fk_reservation_organization_id_quarantine_id"), type_="foreignkey")
            batch.drop_column("quarantine_id")
        with op.batch_alter_table("repair") as batch:
            for column in ("assignee_id", "shelf_id"):
                batch.drop_constraint(op.f(f"fk_repair_organization_id_{column}"), type_="foreignkey")
            for column in ("is_usable", "assignee_id", "labour_cost", "shelf_id"):
                batch.drop_column(column)
        with op.batch_alter_table("organization") as batch:
            for name, *_ in REMINDERS:
                batch.drop_column(name)
    judge_all_but("'repair'")
    for table in ("return_reminder", "repair_sending", "repair_test", "quarantine"):
        op.drop_table(table)
