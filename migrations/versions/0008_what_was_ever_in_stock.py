"""What was ever in stock

Of a product that was never in stock nobody hears that it has run out: a catalogue that is imported with its levels
before anything is received no longer raises an alert for each of its products.
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import guards_lifted

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NOW = {
    "sqlite": "CAST(ROUND((julianday('now') - 2440587.5) * 86400) AS INTEGER) * 1000000",
    "postgresql": "now()",
}
WAS_THERE = """
    UPDATE product SET was_stocked = true WHERE on_hand > 0 OR EXISTS (
        SELECT 1 FROM stock_level AS level
        WHERE level.organization_id = product.organization_id AND level.product_id = product.id)"""
"""A place keeps its level when it has come to nothing."""
NEVER_THERE = """
    UPDATE alert SET state = 'resolved', closed_at = {now}
    WHERE closed_at IS NULL AND NOT is_ahead AND EXISTS (
        SELECT 1 FROM product
        WHERE product.organization_id = alert.organization_id AND product.id = alert.product_id
            AND NOT product.was_stocked)"""


def upgrade() -> None:
    """What was there is remembered, and alerts about what never was are over."""
    with guards_lifted():
        op.add_column(
            "product", sa.Column("was_stocked", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        op.execute(WAS_THERE)
        op.execute(NEVER_THERE.format(now=NOW[op.get_bind().dialect.name]))
        with op.batch_alter_table("product") as batch:
            batch.alter_column("was_stocked", server_default=None)
            batch.create_check_constraint("was_stocked_when_there", "on_hand = 0 OR was_stocked")


def downgrade() -> None:
    """The products as they were; the alerts stay over until their products move."""
    with guards_lifted(), op.batch_alter_table("product") as batch:
        batch.drop_constraint(op.f("ck_product_was_stocked_when_there"), type_="check")
        batch.drop_column("was_stocked")
