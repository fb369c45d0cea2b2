"""Checking that everything which must always be true is true now. Nothing is ever repaired by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text

from app.extensions import db
from app.models.base import Instant
from app.queries.invariants import INVARIANTS, Invariant
from app.services.tidying import KEEP_DONE

MARGIN = timedelta(days=1)


@dataclass(frozen=True)
class Broken:
    """An invariant, and the rows that break it."""

    invariant: Invariant
    rows: list[dict[str, Any]]


def broken_invariants(invariants: Iterable[Invariant] = INVARIANTS) -> list[Broken]:
    """Every invariant that does not hold, all judged at one moment."""
    moment = {} if db.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with db.engine.connect().execution_options(**moment) as connection:
        judged = [Broken(invariant, offending_rows(connection, invariant)) for invariant in invariants]
    return [broken for broken in judged if broken.rows]


def offending_rows(connection: Connection, invariant: Invariant) -> list[dict[str, Any]]:
    """The rows that break an invariant."""
    now = datetime.now(UTC)
    moments = {"now": now, "lately": now - KEEP_DONE + MARGIN}
    used = [
        bindparam(name, moment, Instant()) for name, moment in moments.items() if f":{name}" in invariant.sql
    ]
    return [dict(row) for row in connection.execute(text(invariant.sql).bindparams(*used)).mappings()]
