"""Codes of a kind

The indexes that lead from a product, a piece or a place to its codes hold only codes of that kind. While they held the
others too, as unknown ones, SQLite took each of them for a handful of long lists and read all codes instead.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAMED = ("product_id", "asset_id", "location_id")


def upgrade() -> None:
    """Only the codes that name such a thing."""
    for column in NAMED:
        is_one = sa.text(f"{column} IS NOT NULL")
        indexed_anew(column, sqlite_where=is_one, postgresql_where=is_one)


def indexed_anew(column: str, **only: sa.TextClause) -> None:
    """The index of a column, in place of the one that is there."""
    name = op.f(f"ix_code_organization_id_{column}")
    op.drop_index(name, table_name="code")
    op.create_index(name, "code", ["organization_id", column], **only)


def downgrade() -> None:
    """All codes again."""
    for column in NAMED:
        indexed_anew(column)
