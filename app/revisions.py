"""Which schema this code knows and which one a database has, without loading the application for it."""

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
NAMED = re.compile(r"^(?P<kind>revision|down_revision)\b[^=]*=\s*['\"](?P<name>[^'\"]+)['\"]", re.MULTILINE)


def known_revisions() -> set[str]:
    """Every revision that this code can bring a database to."""
    return {name for kind, name in _named() if kind == "revision"}


def head_revision() -> str:
    """The newest of them: the one that no other builds on."""
    named = list(_named())
    (head,) = {name for kind, name in named if kind == "revision"} - {
        name for kind, name in named if kind == "down_revision"
    }
    return head


def _named() -> Iterable[tuple[str, str]]:
    for path in sorted((MIGRATIONS / "versions").glob("*.py")):
        for found in NAMED.finditer(path.read_text()):
            yield found["kind"], found["name"]


def sqlite_rows(path: Path, query: str) -> list[tuple[str, ...]]:
    """What a query finds in a SQLite file; nothing when the file or its tables do not exist."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []


def revision_of_sqlite(path: Path) -> str | None:
    """The schema of a SQLite file; none when it is empty or missing."""
    rows = sqlite_rows(path, "SELECT version_num FROM alembic_version")
    return rows[0][0] if rows else None
