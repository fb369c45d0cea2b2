"""What a charge is for

The product, and the asset, that a charge for a loss is about, so that a find can give back what was charged for it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import guards_lifted

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = (("product_id", "product"), ("asset_id", "asset"))
LOST_THEN = """
    SELECT MIN(scan.{column}) FROM scan
    WHERE scan.organization_id = event_cost.organization_id AND scan.event_id = event_cost.event_id
        AND scan.situation = 'lost' AND scan.change > 0 AND scan.recorded_at = event_cost.created_at"""
"""A charge was written at the very moment of its loss."""
FOUND_ASSET = """
    SELECT MIN(asset.{column}) FROM asset
    WHERE asset.organization_id = event_cost.organization_id AND event_cost.description = 'Found: ' || asset.tag"""
FOUND_PIECES = """
    SELECT MIN(product.id) FROM product
    WHERE product.organization_id = event_cost.organization_id
        AND event_cost.description LIKE 'Found: % × ' || product.name"""


def upgrade() -> None:
    """The columns, filled in for what was charged and credited so far."""
    with guards_lifted():
        with op.batch_alter_table("event_cost") as batch:
            for column, target in COLUMNS:
                batch.add_column(sa.Column(column, sa.Integer(), nullable=True))
                batch.create_foreign_key(
                    op.f(f"fk_event_cost_organization_id_{column}"), target,
                    ["organization_id", column], ["organization_id", "id"],
                )  # fmt: skip
        op.execute(told_by(LOST_THEN.format(column="product_id"), LOST_THEN.format(column="asset_id"), ">"))
        op.execute(told_by(FOUND_ASSET.format(column="product_id"), FOUND_ASSET.format(column="id"), "<"))
        op.execute(told_by(FOUND_PIECES, "NULL", "<"))


def told_by(product: str, asset: str, sign: str) -> sa.TextClause:
    """Fill in charges, or credits, that are known to be for nothing yet."""
    return sa.text(
        f"UPDATE event_cost SET product_id = ({product}), asset_id = ({asset}) "
        f"WHERE kind = 'damage' AND product_id IS NULL AND charge {sign} 0"
    )


def downgrade() -> None:
    """As if every charge were only words."""
    with guards_lifted(), op.batch_alter_table("event_cost") as batch:
        for column, _ in COLUMNS:
            batch.drop_constraint(op.f(f"fk_event_cost_organization_id_{column}"), type_="foreignkey")
            batch.drop_column(column)
