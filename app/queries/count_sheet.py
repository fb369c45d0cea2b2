"""What stands on the printed sheet of a count."""

from itertools import groupby
from typing import Any

from app.extensions import db
from app.models import CountLine, CountSession, Organization
from app.queries.count_lines import lines_query
from app.rules.calendars import local_day


def sheet_of(
    count: CountSession, organization: Organization, *, location_id: int | None, shows_expected: bool
) -> dict[str, Any]:
    """The lines that are to be counted now, place by place, as the template wants them."""
    query = lines_query(count.id).where(CountLine.round == count.round, CountLine.is_added.is_(False))
    if location_id:
        query = query.where(CountLine.location_id == location_id)
    rows = db.session.execute(query).all()
    return {
        "number": count.number,
        "name": count.name,
        "house": organization.name,
        "colour": organization.colour,
        "began_on": f"{local_day(count.started_at, organization.timezone):%d %b %Y}",
        "notes": count.notes,
        "shows_expected": shows_expected,
        "places": [
            {"name": name, "code": code, "lines": [line_on_sheet(row, shows_expected) for row in lines]}
            for (name, code), lines in groupby(rows, key=lambda row: (row.place, row.place_code))
        ],
    }


def line_on_sheet(row: Any, shows_expected: bool) -> dict[str, str]:
    """One line: what it is, its code, its unit, and what is expected where that may be known."""
    return {
        "name": row.product,
        "code": row.tag or row.sku,
        "unit": "" if row.tag else row.unit,
        "expected": str(row.expected) if shows_expected else "",
    }
