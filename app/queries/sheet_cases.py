"""The cases of an event's sheet: how far each has come, and what goes with it when it is scanned."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, or_, select

from app.extensions import db
from app.models import Case, Code, Event, Location, Tracking
from app.queries.cases import Inside, insides
from app.queries.rows import AnyRow
from app.queries.warehouse import StationLine

CASES: Final = (
    select(
        Code.code_key, Location.id, Location.name, Case.state, Case.event_id, Case.sealed_at, Case.check_in
    )
    .join(Location, Location.id == Code.location_id)
    .join(Case, Case.location_id == Location.id)
    .where(
        or_(Location.warehouse_id == bindparam("warehouse"), Case.event_id == bindparam("event")),
        Location.archived_at.is_(None),
    )
    .order_by(Code.id)
)


def cases_for(event: Event, lines: Mapping[int, StationLine]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(code → its case, the cases) that this event's station may scan: four statements."""
    rows = db.session.execute(CASES, {"warehouse": event.warehouse_id, "event": event.id}).all()
    known = {row.id: row for row in rows}
    inside = insides(known.keys())
    around = outer_cases(inside)
    cases = [
        how_far(row, event) | contents(inside[place], lines) | {"around": around.get(place, [])}
        for place, row in known.items()
    ]
    return {row.code_key: {"case": row.id} for row in rows}, cases


def how_far(row: AnyRow, event: Event) -> dict[str, Any]:
    """What a case is, how far it has come, and for whom: this event, another, or none."""
    return {
        "id": row.id,
        "name": row.name,
        "is": str(row.state),
        "whose": "" if row.event_id is None else "here" if row.event_id == event.id else "elsewhere",
        "sealed": row.sealed_at is not None,
        "check_in": str(row.check_in),
    }


def contents(inside: Inside, lines: Mapping[int, StationLine]) -> dict[str, Any]:
    """What goes along: the places in it, counted pieces by line, what is not on the list (`other`), and its slots.

    Single pieces say themselves where they lie. `lacks` is true when a slot of what is not on the list is empty.
    """
    shells = {shell.location_id for shell in inside.cases}
    loose = any(row.location_id not in shells for row in inside.inner)
    slots = {slot.product_id: slot.quantity for slot in inside.slots}
    return {
        "places": list(inside.places),
        "holds": by_line(((row.product_id, row.quantity) for row in inside.own if is_counted(row, lines)), lines),
        "other": loose or any(row.product_id not in lines for row in inside.own),
        "slots": by_line(slots.items(), lines),
        "lacks": any(slot.product_id not in lines for slot in inside.missing),
    }  # fmt: skip


def is_counted(row: Any, lines: Mapping[int, StationLine]) -> bool:
    """True for what the list knows and nobody can tell apart."""
    return row.product_id in lines and row.tracking is not Tracking.SERIALIZED


def by_line(pieces: Iterable[tuple[int, int]], lines: Mapping[int, StationLine]) -> list[Sequence[int]]:
    """(line, pieces) of products that are on the list."""
    return [(lines[product].id, number) for product, number in pieces if product in lines]


def outer_cases(inside: Mapping[int, Inside]) -> dict[int, list[int]]:
    """Case → the cases that it lies in."""
    found: dict[int, list[int]] = {}
    for outer, held in inside.items():
        for place in held.places:
            if place != outer and place in inside:
                found.setdefault(place, []).append(outer)
    return found
