"""Inspections

What is asked, how often a product needs it, and what was found each time.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine:
    """Microseconds since 1970 on SQLite, timestamptz on PostgreSQL."""
    return sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Sorts of inspections, the plans of products, and the inspections themselves."""
    op.create_table(
        "inspection_type",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_blocking", sa.Boolean(), nullable=False),
        sa.Column("archived_at", instant(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("code <> '' AND name <> ''", name=op.f("ck_inspection_type_named")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_inspection_type_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_type")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_inspection_type_organization_id_code")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_inspection_type_organization_id_id")),
    )
    op.create_table(
        "inspection_plan",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.Column("every_uses", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("every_days > 0", name=op.f("ck_inspection_plan_days")),
        sa.CheckConstraint(
            "every_days IS NOT NULL OR every_uses IS NOT NULL", name=op.f("ck_inspection_plan_comes_round")
        ),
        sa.CheckConstraint("every_uses > 0", name=op.f("ck_inspection_plan_uses")),
        sa.ForeignKeyConstraint(
            ["organization_id", "product_id"],
            ["product.organization_id", "product.id"],
            name=op.f("fk_inspection_plan_organization_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "type_id"],
            ["inspection_type.organization_id", "inspection_type.id"],
            name=op.f("fk_inspection_plan_organization_id_type_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_inspection_plan_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_plan")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_inspection_plan_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id",
            "product_id",
            "type_id",
            name=op.f("uq_inspection_plan_organization_id_product_id_type_id"),
        ),
    )
    op.create_index(
        op.f("ix_inspection_plan_organization_id_type_id"),
        "inspection_plan",
        ["organization_id", "type_id"],
        unique=False,
    )
    op.create_table(
        "inspection",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("repair_id", sa.Integer(), nullable=True),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("inspected_at", instant(), nullable=False),
        sa.Column("next_due_on", sa.Date(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("recorded_at", instant(), nullable=False),
        sa.Column("pdf_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", instant(), nullable=True),
        sa.Column("voided_reason", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.CheckConstraint("asset_id IS NULL OR quantity = 1", name=op.f("ck_inspection_one_asset")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_inspection_some")),
        sa.ForeignKeyConstraint(
            ["organization_id", "asset_id"],
            ["asset.organization_id", "asset.id"],
            name=op.f("fk_inspection_organization_id_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "by_id"],
            ["user.organization_id", "user.id"],
            name=op.f("fk_inspection_organization_id_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "location_id"],
            ["location.organization_id", "location.id"],
            name=op.f("fk_inspection_organization_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "pdf_id"],
            ["stored_file.organization_id", "stored_file.id"],
            name=op.f("fk_inspection_organization_id_pdf_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "photo_id"],
            ["stored_file.organization_id", "stored_file.id"],
            name=op.f("fk_inspection_organization_id_photo_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "product_id"],
            ["product.organization_id", "product.id"],
            name=op.f("fk_inspection_organization_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "repair_id"],
            ["repair.organization_id", "repair.id"],
            name=op.f("fk_inspection_organization_id_repair_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "type_id"],
            ["inspection_type.organization_id", "inspection_type.id"],
            name=op.f("fk_inspection_organization_id_type_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_inspection_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_inspection_organization_id_id")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_inspection_organization_id_number")),
        sa.UniqueConstraint(
            "organization_id", "request_id", name=op.f("uq_inspection_organization_id_request_id")
        ),
    )
    op.create_index(
        op.f("ix_inspection_organization_id_asset_id_type_id_inspected_on"),
        "inspection",
        ["organization_id", "asset_id", "type_id", "inspected_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_inspection_organization_id_product_id_type_id_inspected_on"),
        "inspection",
        ["organization_id", "product_id", "type_id", "inspected_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_inspection_organization_id_repair_id"),
        "inspection",
        ["organization_id", "repair_id"],
        unique=False,
    )


def downgrade() -> None:
    """As if nobody had ever inspected anything."""
    op.drop_index(op.f("ix_inspection_organization_id_repair_id"), table_name="inspection")
    op.drop_index(
        op.f("ix_inspection_organization_id_product_id_type_id_inspected_on"), table_name="inspection"
    )
    op.drop_index(
        op.f("ix_inspection_organization_id_asset_id_type_id_inspected_on"), table_name="inspection"
    )
    op.drop_table("inspection")
    op.drop_index(op.f("ix_inspection_plan_organization_id_type_id"), table_name="inspection_plan")
    op.drop_table("inspection_plan")
    op.drop_table("inspection_type")
