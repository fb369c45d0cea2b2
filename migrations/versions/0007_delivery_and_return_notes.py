"""Delivery and return notes

What left for an event, or came back, at one time, and how it differed from what was meant to.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine:
    """Microseconds since 1970 on SQLite, timestamptz on PostgreSQL."""
    return sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """The notes, and their discrepancies."""
    op.create_table(
        "handover",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("after_scan_id", sa.Integer(), nullable=False),
        sa.Column("last_scan_id", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("made_at", instant(), nullable=False),
        sa.Column("pdf_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", instant(), nullable=True),
        sa.Column("voided_reason", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.CheckConstraint("mode IN ('out', 'in')", name=op.f("ck_handover_moves")),
        sa.CheckConstraint("mode IN ('prep', 'out', 'in')", name=op.f("ck_handover_mode_known")),
        sa.CheckConstraint("last_scan_id > after_scan_id", name=op.f("ck_handover_covers")),
        sa.CheckConstraint("pieces >= 0", name=op.f("ck_handover_some")),
        sa.ForeignKeyConstraint(
            ["organization_id", "by_id"],
            ["user.organization_id", "user.id"],
            name=op.f("fk_handover_organization_id_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"],
            ["event.organization_id", "event.id"],
            name=op.f("fk_handover_organization_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "pdf_id"],
            ["stored_file.organization_id", "stored_file.id"],
            name=op.f("fk_handover_organization_id_pdf_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_handover_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_handover_organization_id_id")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_handover_organization_id_number")),
        sa.UniqueConstraint(
            "organization_id", "request_id", name=op.f("uq_handover_organization_id_request_id")
        ),
    )
    op.create_index(
        op.f("ix_handover_organization_id_made_at"), "handover", ["organization_id", "made_at"], unique=False
    )
    op.create_index(
        "uq_handover_standing",
        "handover",
        ["organization_id", "event_id", "mode", "last_scan_id"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )

    op.create_table(
        "discrepancy",
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("sort", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "sort IN ('short', 'extra', 'swapped', 'missing', 'damaged', 'lost')",
            name=op.f("ck_discrepancy_sort_known"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_discrepancy_some")),
        sa.ForeignKeyConstraint(
            ["organization_id", "asset_id"],
            ["asset.organization_id", "asset.id"],
            name=op.f("fk_discrepancy_organization_id_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "handover_id"],
            ["handover.organization_id", "handover.id"],
            name=op.f("fk_discrepancy_organization_id_handover_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "product_id"],
            ["product.organization_id", "product.id"],
            name=op.f("fk_discrepancy_organization_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_discrepancy_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_discrepancy_organization_id_id")),
    )
    op.create_index(
        op.f("ix_discrepancy_organization_id_handover_id"),
        "discrepancy",
        ["organization_id", "handover_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_discrepancy_organization_id_product_id"),
        "discrepancy",
        ["organization_id", "product_id"],
        unique=False,
    )


def downgrade() -> None:
    """As if nobody had ever written one."""
    op.drop_index(op.f("ix_discrepancy_organization_id_product_id"), "discrepancy")
    op.drop_index(op.f("ix_discrepancy_organization_id_handover_id"), "discrepancy")

    op.drop_table("discrepancy")
    op.drop_index(
        "uq_handover_standing",
        "handover",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_handover_organization_id_made_at"), "handover")

    op.drop_table("handover")
