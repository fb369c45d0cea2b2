"""What a report is asked for, as the address of a page says it. What cannot be understood is left out."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from flask import g

from app.blueprints.inventory.fields import sees_costs
from app.models import Location, Organization, Product
from app.queries.choices import place_typed, product_typed
from app.queries.opening import ledger_begins
from app.queries.reports import REPORTS
from app.queries.reports.shape import Asked, Report
from app.refusals import Forbidden, NotFound
from app.rules.calendars import local_day
from app.rules.report_periods import Step, read_span, step_for

LONGEST_IDLE = 3_650
NUMBERS = ("product", "category", "location", "job_type", "technician", "customer", "event")
BIGGEST = 2**31 - 1


def report_named(name: str) -> Report:
    """The report. Raises NotFound, and Forbidden where it tells costs to somebody who may not see them."""
    report = REPORTS.get(name)
    if report is None:
        raise NotFound("There is no such report.")
    if report.needs_costs and not sees_costs():
        raise Forbidden("This report tells what things cost us. Ask an administrator if you should see it.")
    return report


def today() -> date:
    """The day that it is where the organization is."""
    return local_day(datetime.now(UTC), g.organization.timezone)


def asked_by(report: Report, given: Mapping[str, Any]) -> Asked:
    """What the address asks of this report."""
    organization: Organization = g.organization
    day = today()
    span = read_span(day_in(given, "since"), day_in(given, "until"), str(given.get("period", "")), day)
    by = str(given.get("by", ""))
    return Asked(
        span=span,
        step=step_for(span, step_in(given)),
        by=by if by in report.groups else next(iter(report.groups), ""),
        zone=organization.timezone,
        today=day,
        at=day_known(day_in(given, "at") or day, day),
        idle_days=idle_in(given),
        sees_costs=sees_costs(),
        carrying_percent=organization.carrying_cost_percent,
        **{name: thing_in(given, name) if name in report.filters else None for name in NUMBERS},
    )


def day_known(asked: date, now: date) -> date:
    """A past day; the first that the ledger tells of where it was before, and today where it is still to come."""
    if asked >= now:
        return now
    begins = ledger_begins()
    return asked if begins is None else max(asked, local_day(begins, g.organization.timezone))


def day_in(given: Mapping[str, Any], name: str) -> date | None:
    """A day; nothing for anything else, or for a year that no report knows."""
    try:
        day = date.fromisoformat(str(given.get(name, "")))
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def step_in(given: Mapping[str, Any]) -> Step | None:
    """Days, weeks or months; nothing lets the period decide."""
    word = str(given.get("step", ""))
    return Step(word) if word in set(Step) else None


def idle_in(given: Mapping[str, Any]) -> int:
    """How many days without use make stock dead."""
    number = number_in(given, "days")
    return 180 if number is None else min(number, LONGEST_IDLE)


def thing_in(given: Mapping[str, Any], name: str) -> int | None:
    """The id of a thing; a product or a place may be typed by its code or name as well. What people type has a name
    of its own, because a code may be a number."""
    number = number_in(given, name)
    if number is not None or name not in TYPED:
        return number
    box, meant = TYPED[name]
    found = meant(str(given.get(box) or given.get(name) or "")[:200])
    return found.id if found else None


TYPED: Final[Mapping[str, tuple[str, Callable[[str], Product | Location | None]]]] = {
    "product": ("code", product_typed),
    "location": ("place", place_typed),
}
"""What is typed: in which box, and how it is read."""


def not_understood(report: Report, asked: Asked, given: Mapping[str, Any]) -> dict[str, str]:
    """What was typed into a box of this report and names no single thing."""
    boxes = {name: str(given.get(box) or "") for name, (box, _) in TYPED.items() if name in report.filters}
    return {name: text for name, text in boxes.items() if text and getattr(asked, name) is None}


def number_in(given: Mapping[str, Any], name: str) -> int | None:
    """The id of a thing."""
    text = str(given.get(name) or "")
    number = int(text) if text.isdigit() and len(text) < 11 else 0
    return number if 0 < number <= BIGGEST else None
