"""How templates of reports write numbers and pieces of time, in the organization's words."""

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_compact_currency, format_compact_decimal
from flask import g

from app.blueprints.reports import blueprint
from app.models import Organization
from app.rules.money import round_money
from app.rules.report_periods import DAY, Span
from app.templating import locale, short_date


@blueprint.app_template_filter("cents")
def rounded(value: Decimal | float, digits: int = 2) -> Decimal:
    """A number with so many decimal places."""
    return round_money(value if isinstance(value, Decimal) else Decimal(str(value)), digits)


@blueprint.app_template_filter("short_money")
def short_money(value: float) -> str:
    """An amount beside an axis: €12K."""
    organization: Organization = g.organization
    digits = 0 if value < 10 or (value >= 1000 and value % 1000 == 0) else 1
    written: str = format_compact_currency(
        value, organization.currency, locale=locale(), fraction_digits=digits
    )
    return written


@blueprint.app_template_filter("short_number")
def short_number(value: float) -> str:
    """A number beside an axis: 12K."""
    written: str = format_compact_decimal(value, locale=locale(), fraction_digits=1)
    return written


@blueprint.app_template_filter("piece_name")
def piece_name(piece: Span) -> str:
    """A day, a month, or from when to when."""
    if piece.days == 1:
        return short_date(piece.first)
    if is_month(piece):
        return month(piece.first, "MMMM y")
    return f"{short_date(piece.first)} – {short_date(piece.last)}"


@blueprint.app_template_filter("piece_mark")
def piece_mark(piece: Span, is_first: bool) -> str:
    """The same below a chart, as short as can be: the month, with the year where it begins."""
    if piece.days > 7:
        return month(piece.first, "MMM yy" if is_first or piece.first.month == 1 else "MMM")
    return month(piece.first, "d MMM")


def is_month(piece: Span) -> bool:
    """True for a whole month."""
    return piece.first.day == 1 and (piece.last + DAY).day == 1 and piece.days <= 31


def month(day: date, pattern: str) -> str:
    """A day by a pattern, in the organization's language."""
    written: str = format_date(day, pattern, locale=locale())
    return written
