"""Scans that came late

What a device said about a scan while it had no network, where the server found otherwise, and who decided about it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine:
    """Microseconds since 1970 on SQLite, timestamptz on PostgreSQL."""
    return sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def points_at(column: str, table: str) -> sa.ForeignKeyConstraint:
    """A reference that cannot leave the organization."""
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{table}.organization_id", f"{table}.id"],
        name=op.f(f"fk_scan_conflict_organization_id_{column}"),
    )


def upgrade() -> None:
    """The conflicts."""
    op.create_table(
        "scan_conflict",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("decision", sa.String(length=40), nullable=True),
        sa.Column("decided_at", instant(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_by_name", sa.String(), nullable=False),
        sa.Column("then_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_scan_conflict_decided_once")
        ),
        sa.CheckConstraint(
            "decision IN ('again', 'accept', 'override', 'undo', 'ignore')",
            name=op.f("ck_scan_conflict_decision_known"),
        ),
        points_at("event_id", "event"),
        points_at("scan_id", "scan"),
        points_at("decided_by_id", "user"),
        points_at("then_id", "scan"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_scan_conflict_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_conflict")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_scan_conflict_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id", "scan_id", name=op.f("uq_scan_conflict_organization_id_scan_id")
        ),
    )
    op.create_index(
        op.f("ix_scan_conflict_organization_id_event_id_decided_at"),
        "scan_conflict",
        ["organization_id", "event_id", "decided_at"],
        unique=False,
    )


def downgrade() -> None:
    """As if every device had always had a network."""
    op.drop_index(op.f("ix_scan_conflict_organization_id_event_id_decided_at"), "scan_conflict")
    op.drop_table("scan_conflict")
