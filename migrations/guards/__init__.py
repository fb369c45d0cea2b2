"""The SQL files of the triggers and constraints that hold when every service is bypassed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import op


def statements(revision: str, dialect: str) -> list[str]:
    """The guards that a revision adds for a dialect, one statement each."""
    return (Path(__file__).parent / revision / f"{dialect}.sql").read_text().split("\n--;\n")


@contextmanager
def guards_lifted() -> Iterator[None]:
    """Nothing is judged while SQLite builds tables anew; it would lose their triggers, which stand again after."""
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    triggers = connection.execute(TRIGGERS).all() if is_sqlite else []
    for name, _ in triggers:
        op.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in triggers:
        op.execute(sa.text(sql.replace(":", "\\:")))


TRIGGERS = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
