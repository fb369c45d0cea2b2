"""Dropping years of the ledger that a setting does not want kept any more; nothing is dropped unless it is set.

One year after the other: its lines are written into a file, set aside, and what they summed to is brought forward.
Then everything that must be true of the ledger is proved from what is left. Only when it holds are the lines
deleted, else they come back. Set aside they are there still: on PostgreSQL as months that are parts of the ledger no
more, on SQLite in the archive. So whoever is stopped at any point goes on, or takes back, the next time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text

from app.config import Settings
from app.extensions import db
from app.models.base import Instant
from app.queries.invariants import INVARIANTS
from app.queries.partitions import months_set_aside, partitions
from app.refusals import Refused
from app.rules.months import LEDGER, begin_of_year, is_month, month_after, month_in
from app.services.closed_years import delete_dropped, first_in_archive, holds_dropped
from app.services.verify import broken_invariants
from app.services.year_files import write_year
from app.transactions import finish, start_writing

PATIENCE: Final = "SET LOCAL statement_timeout = '10min'"
"""A year may take longer to sum up than a person would wait; nobody waits for it until the months are detached."""
PROVING: Final = frozenset(("I1", "I1b", "I1c", "I1d", "I1e", "I1f", "I1g", "I3"))
PROOF: Final = [one for one in INVARIANTS if one.id in PROVING]
"""What must be true of levels, lines, openings and assets."""
OLDEST: Final = f"SELECT MIN(recorded_at) AS moment FROM {LEDGER}"
LAST: Final = f"SELECT MAX(id) FROM {LEDGER} WHERE recorded_at < :cut"
UNOPENED: Final = f"""
    SELECT COUNT(*) FROM (SELECT DISTINCT organization_id FROM {LEDGER} WHERE recorded_at < :cut) AS leaving
    WHERE NOT EXISTS (SELECT 1 FROM opening_value WHERE starts_at = :cut
        AND opening_value.organization_id = leaving.organization_id)"""
BRING_FORWARD: Final = f"""
    INSERT INTO brought_forward (organization_id, begins_at, product_id, asset_id, location_id, quantity, amount,
        happened_at)
    SELECT organization_id, :cut, product_id, asset_id, location_id, SUM(quantity), SUM(quantity * unit_cost),
        MAX(happened_at)
    FROM (SELECT organization_id, product_id, asset_id, to_id AS location_id, quantity, unit_cost, happened_at
        FROM {LEDGER} WHERE to_id IS NOT NULL AND recorded_at < :cut
        UNION ALL
        SELECT organization_id, product_id, asset_id, from_id, -quantity, unit_cost, happened_at
        FROM {LEDGER} WHERE from_id IS NOT NULL AND recorded_at < :cut) AS moved
    GROUP BY organization_id, product_id, asset_id, location_id, happened_at < :cut
    HAVING SUM(quantity) <> 0 OR SUM(quantity * unit_cost) <> 0"""
BEGUN: Final = "SELECT MAX(begins_at) AS moment FROM brought_forward"
BEGIN_AT: Final = "UPDATE ledger_reach SET begins_at = :cut, dropped_id = :last"


class NotProved(Refused):
    """What is left of the ledger would not prove the stock; the lines came back."""


def drop_old_years(settings: Settings) -> int:
    """Drop the years that are not kept, as far as they can be now; how many lines left. Raises NotProved."""
    if not settings.ledger_years_kept:
        return 0
    cut, dropped = begin_of_year(datetime.now(UTC), settings.ledger_years_kept), 0
    while (year := oldest_year()) is not None and year < cut and may_go(year):
        dropped += write_year(settings, year)
        set_aside(begin_of_next(year))
        prove(settings)
    if dropped and not settings.is_sqlite:
        finish_dropping(settings)
    return dropped


def finish_dropping(settings: Settings) -> None:
    """Delete what was set aside before, once what is left is proved. Raises NotProved.

    On SQLite this is the next time: somebody may be reading the archive still.
    """
    if settings.is_sqlite and holds_dropped(settings.database_file):
        prove(settings)
        delete_dropped(settings.database_file)
    elif not settings.is_sqlite and months_aside():
        prove(settings)
        with writing() as connection:
            for name in sorted(months_set_aside(connection)):
                connection.execute(text(f"DROP TABLE {name}"))
            forget_older(connection)


def oldest_year() -> datetime | None:
    """The beginning of the year that the oldest line was recorded in."""
    with reading() as connection:
        oldest = connection.scalar(text(OLDEST).columns(moment=Instant()))
    return oldest and begin_of_year(oldest)


def begin_of_next(year: datetime) -> datetime:
    """The turn of the year after it."""
    return month_after(year, 12)


def may_go(year: datetime) -> bool:
    """True when every company has its opening balances at the end of the year, and all of it lies where it can be
    set aside: in months on PostgreSQL, in the archive on SQLite."""
    cut = begin_of_next(year)
    with reading() as connection:
        return not connection.scalar(said(UNOPENED, cut=cut)) and lies_apart(connection, cut)


def lies_apart(connection: Connection, cut: datetime) -> bool:
    """True when no line of the time lies among lines that stay."""
    table = "main.stock_transaction" if connection.dialect.name == "sqlite" else "stock_transaction_rest"
    return not connection.scalar(said(f"SELECT COUNT(*) FROM {table} WHERE recorded_at < :cut", cut=cut))


def set_aside(cut: datetime) -> None:
    """Let the ledger begin at a turn of a year: what was before is brought forward, in one transaction."""
    with writing() as connection:
        last = connection.scalar(said(LAST, cut=cut))
        connection.execute(said(BRING_FORWARD, cut=cut))
        connection.execute(said(BEGIN_AT, cut=cut), {"last": last})
        if connection.dialect.name == "postgresql":
            for name in months_before(connection, cut):
                connection.execute(text(f"ALTER TABLE {LEDGER} DETACH PARTITION {name}"))


def prove(settings: Settings) -> None:
    """See that what is left proves the stock; else take back what was set aside. Raises NotProved."""
    finish()
    if broken := broken_invariants(PROOF):
        take_back(settings)
        raise NotProved(f"Nothing was dropped: {broken[0].invariant.id} is broken. Run `crosshire verify`.")


def take_back(settings: Settings) -> None:
    """Let what was set aside, and is not deleted yet, be a part of the ledger again."""
    on_sqlite = first_in_archive(settings.database_file) if settings.is_sqlite else None
    with writing() as connection:
        first, oldest = on_sqlite or attach_again(connection)
        connection.execute(said("DELETE FROM brought_forward WHERE begins_at > :cut", cut=oldest))
        begun = connection.scalar(text(BEGUN).columns(moment=Instant()))
        connection.execute(said(BEGIN_AT, cut=begun), {"last": first - 1 if begun else 0})


def attach_again(connection: Connection) -> tuple[int, datetime]:
    """Make months that were set aside parts of the ledger again; its first line, and when that was recorded."""
    for name in sorted(months_set_aside(connection)):
        month = month_in(name)
        connection.execute(
            text(
                f"ALTER TABLE {LEDGER} ATTACH PARTITION {name}"
                f" FOR VALUES FROM ('{month.isoformat()}') TO ('{month_after(month).isoformat()}')"
            )
        )
    first = connection.execute(
        text(f"SELECT id, recorded_at FROM {LEDGER} ORDER BY recorded_at, id LIMIT 1")
    ).one()
    return first.id, first.recorded_at


def forget_older(connection: Connection) -> None:
    """Openings before the ledger's beginning are of no use: what happened between them is gone."""
    for table in ("opening_balance", "opening_value"):
        connection.execute(
            text(f"DELETE FROM {table} WHERE starts_at < (SELECT begins_at FROM ledger_reach)")
        )


def months_before(connection: Connection, cut: datetime) -> list[str]:
    """The parts of the ledger whose month is over by then."""
    return sorted(name for name in partitions(connection) if is_month(name) and month_in(name) < cut)


def months_aside() -> bool:
    """True when months are set aside that wait for their end."""
    with reading() as connection:
        return bool(months_set_aside(connection))


def said(statement: str, *, cut: datetime | None) -> Any:
    """A statement with its turn of a year."""
    return text(statement).bindparams(bindparam("cut", cut, Instant()))


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection that reads, of every company."""
    finish()
    with db.engine.connect() as connection:
        yield connection


@contextmanager
def writing() -> Iterator[Connection]:
    """A transaction of its own, over every company; kept at its end."""
    finish()
    start_writing()
    try:
        with db.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(PATIENCE))
            yield connection
    finally:
        finish()
