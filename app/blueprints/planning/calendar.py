"""The calendar of events: a month or a week, turned by links."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from babel.dates import format_date, get_day_names
from flask import Response, g, request, url_for

from app.blueprints.planning import blueprint
from app.blueprints.planning.fields import zone_name
from app.htmx import page
from app.models import Organization
from app.permissions import Permission, requires
from app.queries.planning_calendar import DayEvent, events_by_day
from app.rules.calendars import local_day
from app.rules.month_grid import month_of, read_month, read_week, shifted_month, week_name, weeks_of_month

MOST_IN_A_DAY = 4
FIRST = date(2000, 2, 1)
LAST = date(2099, 11, 30)


@blueprint.get("/calendar")
@requires(Permission.EVENTS_READ)
def calendar() -> Response:
    """The events of a month, or of a week."""
    today = local_day(datetime.now(UTC), zone_name())
    week = read_week(request.args.get("week", ""))
    if week is not None:
        return week_page(min(max(week, FIRST), LAST), today)
    month = read_month(request.args.get("month", "")) or today.replace(day=1)
    return month_page(min(max(month, FIRST), LAST), today)


def month_page(month: date, today: date) -> Response:
    """A month of whole weeks."""
    weeks = weeks_of_month(month)
    found = events_by_day(weeks[0][0], weeks[-1][-1], zone_name())
    shown = [[day_cell(day, found, today, month, MOST_IN_A_DAY) for day in week] for week in weeks]
    return page(
        "planning/calendar.html",
        part="planning/_calendar.html",
        weeks=shown,
        weekdays=weekdays(),
        agenda=agenda(shown),
        title=format_date(month, "MMMM y", locale=locale()),
        mode="month",
        previous=month_url(shifted_month(month, -1)),
        following=month_url(shifted_month(month, 1)),
        today_url=url_for("planning.calendar"),
        week_url=url_for("planning.calendar", week=week_name(today if month_of(today) == month else month)),
        month_url=month_url(month),
    )


def week_page(monday: date, today: date) -> Response:
    """One week, with every event of each day."""
    days = [monday + timedelta(days=number) for number in range(7)]
    found = events_by_day(days[0], days[-1], zone_name())
    shown = [[day_cell(day, found, today, None, None) for day in days]]
    return page(
        "planning/calendar.html",
        part="planning/_calendar.html",
        weeks=shown,
        weekdays=weekdays(),
        agenda=agenda(shown),
        title=f"Week {days[0].isocalendar().week}, {format_date(days[0], 'd MMM', locale=locale())} "
        f"to {format_date(days[-1], 'd MMM y', locale=locale())}",
        mode="week",
        previous=week_url(monday - timedelta(days=7)),
        following=week_url(monday + timedelta(days=7)),
        today_url=week_url(today),
        week_url=week_url(monday),
        month_url=month_url(days[3]),
    )


def locale() -> str:
    """The organization's locale."""
    organization: Organization = g.organization
    return organization.locale


def weekdays() -> list[str]:
    """Monday first."""
    names = get_day_names("abbreviated", locale=locale())
    return [names[number] for number in range(7)]


def month_url(day: date) -> str:
    """The address of a day's month."""
    return url_for("planning.calendar", month=f"{day:%Y-%m}")


def week_url(day: date) -> str:
    """The address of a day's week."""
    return url_for("planning.calendar", week=week_name(day))


def day_cell(
    day: date, found: dict[date, list[DayEvent]], today: date, month: date | None, most: int | None
) -> dict[str, Any]:
    """One day as the calendar macro takes it."""
    events = found.get(day, [])
    return {
        "number": day.day,
        "label": format_date(day, "EEEE d MMMM y", locale=locale()),
        "url": week_url(day),
        "outside": month is not None and month_of(day) != month,
        "today": day == today,
        "entries": [entry(event, day) for event in events[:most]],
        "all": [entry(event, day) for event in events],
        "more": max(len(events) - most, 0) if most else 0,
    }


def entry(event: DayEvent, day: date) -> dict[str, Any]:
    """One event on one day: what happens to it there."""
    return {
        "label": event.name,
        "url": url_for("planning.event", event_id=event.id),
        "tone": event.tone,
        "icon": event.icon_on(day),
        "time": event.time_on(day),
        "title": event.sentence,
        "number": event.number,
        "deed": event.deed_on(day),
        "phase": event.phase,
        "is_overdue": event.is_overdue,
    }


def agenda(weeks: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The days on which something is, for a narrow screen."""
    return [day for week in weeks for day in week if day["all"] and not day["outside"]]
