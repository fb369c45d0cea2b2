"""What lies where, by worth

What lies in a place and what all of it is worth is told by one index, of the levels that hold something.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BEFORE = ["organization_id", "location_id", "quantity"]
NOW = ["organization_id", "location_id", "product_id", "quantity"]


def upgrade() -> None:
    """The index that also names the product, without the levels that came to nothing."""
    op.drop_index(name(BEFORE), "stock_level")
    held = sa.text("quantity > 0")
    op.create_index(name(NOW), "stock_level", NOW, sqlite_where=held, postgresql_where=held)


def downgrade() -> None:
    """The index as it was."""
    op.drop_index(name(NOW), "stock_level")
    op.create_index(name(BEFORE), "stock_level", BEFORE)


def name(columns: list[str]) -> str:
    """As all indexes are named here."""
    return op.f("_".join(["ix_stock_level", *columns]))
