"""Cases

What belongs into each, whether it is sealed, which event it is for, and every step it took.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CASES_THAT_WERE_PLACES = """
    INSERT INTO "case" (organization_id, location_id, state, check_in, dissolves, notes)
    SELECT organization_id, id, 'stored', 'whole', FALSE, '' FROM location WHERE kind = 'case'"""


def instant() -> sa.types.TypeEngine:
    """Microseconds since 1970 on SQLite, timestamptz on PostgreSQL."""
    return sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """The tables; every place that was said to be a case is one."""
    op.create_table(
        "case",
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("home_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("check_in", sa.String(length=40), nullable=False),
        sa.Column("dissolves", sa.Boolean(), nullable=False),
        sa.Column("own_weight_kg", sa.BigInteger(), nullable=True),
        sa.Column("most_load_kg", sa.BigInteger(), nullable=True),
        sa.Column("inner_length_mm", sa.Integer(), nullable=True),
        sa.Column("inner_width_mm", sa.Integer(), nullable=True),
        sa.Column("inner_height_mm", sa.Integer(), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("sealed_at", instant(), nullable=True),
        sa.Column("sealed_by_id", sa.Integer(), nullable=True),
        sa.Column("verify_since", instant(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'stored') = (event_id IS NULL)", name=op.f("ck_case_away_for_an_event")),
        sa.CheckConstraint("check_in IN ('whole', 'each', 'verify')", name=op.f("ck_case_check_in_known")),
        sa.CheckConstraint(
            "state IN ('stored', 'packed', 'out', 'checking')", name=op.f("ck_case_state_known")
        ),
        sa.CheckConstraint("home_id <> location_id", name=op.f("ck_case_not_its_own_home")),
        sa.CheckConstraint(
            "inner_length_mm > 0 AND inner_width_mm > 0 AND inner_height_mm > 0",
            name=op.f("ck_case_has_room"),
        ),
        sa.CheckConstraint("own_weight_kg >= 0 AND most_load_kg >= 0", name=op.f("ck_case_weighs")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"],
            ["event.organization_id", "event.id"],
            name=op.f("fk_case_organization_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "home_id"],
            ["location.organization_id", "location.id"],
            name=op.f("fk_case_organization_id_home_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "location_id"],
            ["location.organization_id", "location.id"],
            name=op.f("fk_case_organization_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "sealed_by_id"],
            ["user.organization_id", "user.id"],
            name=op.f("fk_case_organization_id_sealed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_case_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_case_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id", "location_id", name=op.f("uq_case_organization_id_location_id")
        ),
    )
    op.create_index(
        op.f("ix_case_organization_id_event_id"), "case", ["organization_id", "event_id"], unique=False
    )

    op.create_table(
        "case_slot",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_case_slot_some")),
        sa.ForeignKeyConstraint(
            ["organization_id", "case_id"],
            ["case.organization_id", "case.id"],
            name=op.f("fk_case_slot_organization_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "product_id"],
            ["product.organization_id", "product.id"],
            name=op.f("fk_case_slot_organization_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_case_slot_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_slot")),
        sa.UniqueConstraint(
            "organization_id",
            "case_id",
            "product_id",
            name=op.f("uq_case_slot_organization_id_case_id_product_id"),
        ),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_case_slot_organization_id_id")),
    )
    op.create_index(
        op.f("ix_case_slot_organization_id_product_id"),
        "case_slot",
        ["organization_id", "product_id"],
        unique=False,
    )

    op.create_table(
        "case_step",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("happened_at", instant(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('moved', 'packed', 'out', 'back', 'sealed', 'opened', 'emptied', 'verified', 'undone')",
            name=op.f("ck_case_step_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "by_id"],
            ["user.organization_id", "user.id"],
            name=op.f("fk_case_step_organization_id_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "case_id"],
            ["case.organization_id", "case.id"],
            name=op.f("fk_case_step_organization_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"],
            ["event.organization_id", "event.id"],
            name=op.f("fk_case_step_organization_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "from_id"],
            ["location.organization_id", "location.id"],
            name=op.f("fk_case_step_organization_id_from_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "to_id"],
            ["location.organization_id", "location.id"],
            name=op.f("fk_case_step_organization_id_to_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "undoes_id"],
            ["case_step.organization_id", "case_step.id"],
            name=op.f("fk_case_step_organization_id_undoes_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_case_step_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_case_step_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id", "request_id", name=op.f("uq_case_step_organization_id_request_id")
        ),
        sa.UniqueConstraint(
            "organization_id", "undoes_id", name=op.f("uq_case_step_organization_id_undoes_id")
        ),
    )
    op.create_index(
        op.f("ix_case_step_organization_id_case_id_id"),
        "case_step",
        ["organization_id", "case_id", "id"],
        unique=False,
    )

    op.create_table(
        "case_claim",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "case_id"],
            ["case.organization_id", "case.id"],
            name=op.f("fk_case_claim_organization_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "reservation_id"],
            ["reservation.organization_id", "reservation.id"],
            name=op.f("fk_case_claim_organization_id_reservation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_case_claim_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_claim")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_case_claim_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id", "reservation_id", name=op.f("uq_case_claim_organization_id_reservation_id")
        ),
    )
    op.create_index(
        op.f("ix_case_claim_organization_id_case_id"),
        "case_claim",
        ["organization_id", "case_id"],
        unique=False,
    )

    op.execute(CASES_THAT_WERE_PLACES)


def downgrade() -> None:
    """Cases are places again, and nothing more."""
    op.drop_index(op.f("ix_case_claim_organization_id_case_id"), "case_claim")

    op.drop_table("case_claim")
    op.drop_index(op.f("ix_case_step_organization_id_case_id_id"), "case_step")

    op.drop_table("case_step")
    op.drop_index(op.f("ix_case_slot_organization_id_product_id"), "case_slot")

    op.drop_table("case_slot")
    op.drop_index(op.f("ix_case_organization_id_event_id"), "case")

    op.drop_table("case")
