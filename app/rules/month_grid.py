"""Months as whole weeks, and the names of months and weeks in addresses."""

import re
from calendar import Calendar
from datetime import date
from typing import Final

MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
WEEK: Final = re.compile(r"(\d{4})-W(\d{2})")


def read_month(text: str) -> date | None:
    """The first day of a month written 2027-06; none for anything else."""
    found = MONTH.fullmatch(text)
    if found is None or not 1 <= int(found[2]) <= 12 or int(found[1]) < 1:
        return None
    return date(int(found[1]), int(found[2]), 1)


def read_week(text: str) -> date | None:
    """The Monday of a week written 2027-W23; none for anything else."""
    found = WEEK.fullmatch(text)
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        return None


def week_name(day: date) -> str:
    """The week of a day as an address names it: 2027-W23."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def shifted_month(month: date, by: int) -> date:
    """The first day of the month so many months later."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def weeks_of_month(month: date) -> list[list[date]]:
    """The whole weeks that a month touches, each from Monday to Sunday."""
    return Calendar(firstweekday=0).monthdatescalendar(month.year, month.month)
