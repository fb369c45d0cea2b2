"""Whether a report would take long: more movements than can be added up while somebody waits."""

from typing import Final

from sqlalchemy import func, select

from app.extensions import db
from app.models import StockTransaction
from app.queries.reports.shape import Asked, Report
from app.rules.calendars import start_of_day

AT_ONCE = 1_500_000
"""Movements that are added up in about a second and a half."""


def is_heavy(report: Report, asked: Asked) -> bool:
    """True when the worker should do it. A small ledger never is, and costs one statement to ask."""
    if report.period != "span" or ledger_size() <= AT_ONCE:
        return False
    first = asked.span.before.first
    since, until = start_of_day(first, asked.zone), start_of_day(asked.span.until, asked.zone)
    counted = select(StockTransaction.id).where(
        StockTransaction.happened_at >= since, StockTransaction.happened_at < until
    )
    limited = counted.limit(AT_ONCE + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(limited)) or 0) > AT_ONCE


def ledger_size() -> int:
    """About how many movements there are: their ids are given out one after the other."""
    return int(db.session.scalar(NEWEST) or 0)


NEWEST: Final = select(StockTransaction.id).order_by(StockTransaction.recorded_at.desc()).limit(1)
"""By the moment of recording, because there is an index of that: by their ids all would be sorted."""
