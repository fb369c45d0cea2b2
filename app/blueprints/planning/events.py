"""Events: the list, one, and what happened on it."""

from typing import Any

from flask import Response, request

from app.blueprints.planning import blueprint
from app.blueprints.planning.fields import address, csv_answer, day, new_request_id, whole, zone_name
from app.htmx import page
from app.permissions import Permission, can, requires
from app.queries import planning as queries
from app.queries.event_result import event_result
from app.queries.planning_lines import pull_list
from app.rules.phases import LABELS, OPEN_PHASES

PHASE_FILTERS = [
    ("open", "Open"),
    ("overdue", "Overdue"),
    *((str(phase), label) for phase, label in LABELS.items()),
    ("all", "All"),
]
STEPS = [LABELS[phase] for phase in OPEN_PHASES] + ["Closed"]
EXPORTED = (
    "Number",
    "Event",
    "Client",
    "Venue",
    "Phase",
    "Leaves",
    "Back",
    "Still out",
    "Overdue",
    "Lines short",
)


def filters() -> queries.EventFilters:
    """The filters in the address, what does not fit left at its default."""
    phase = request.args.get("phase", "open")
    return queries.EventFilters(
        find=request.args.get("find", "")[:200],
        phase=phase if phase in dict(PHASE_FILTERS) else "open",
        starts=day("from"),
        ends=day("until"),
        sort=request.args.get("sort", "from"),
    )


@blueprint.get("/events")
@requires(Permission.EVENTS_READ)
def events() -> Response:
    """The list of events."""
    chosen = filters()
    found = queries.event_rows(chosen, whole("page") or 1, zone_name())
    return page(
        "planning/events.html",
        part="planning/_event_list.html",
        found=found,
        filters=chosen,
        sort=chosen.sort,
        phases=PHASE_FILTERS,
    )


@blueprint.get("/events.csv")
@requires(Permission.EVENTS_READ)
def events_csv() -> Response:
    """The same list as a file."""
    rows = queries.all_event_rows(filters(), zone_name())
    return csv_answer(
        "events",
        EXPORTED,
        (
            (
                row.number, row.name, row.company, row.venue, row.phase.label, row.occupied_from, row.occupied_until,
                row.still_out, row.is_overdue, row.short,
            )
            for row in rows
        ),
    )  # fmt: skip


def event_page(template: str, event_id: int, tab: str, part: str | None = None, **context: Any) -> Response:
    """A tab of an event, below the event's head."""
    head = context.pop("head", None) or queries.event_head(event_id)
    context |= {"head": head, "event": head.event, "tab": tab, "steps": STEPS, "request_id": new_request_id()}
    return page(template, part=part, **context)


@blueprint.get("/events/<int:event_id>")
@requires(Permission.EVENTS_READ)
def event(event_id: int) -> Response:
    """An event: how it stands."""
    head = queries.event_head(event_id)
    return event_page(
        "planning/event.html",
        event_id,
        "overview",
        head=head,
        groups=pull_list(head.event),
        result=event_result(head.event),
        feed=queries.event_feed(event_id, can, 8),
        station_url=address("warehouse.scan_station", event_id=event_id),
    )


@blueprint.get("/events/<int:event_id>/activity")
@requires(Permission.ACTIVITY_READ)
def event_activity(event_id: int) -> Response:
    """What happened on an event."""
    return event_page(
        "planning/event_activity.html", event_id, "activity", feed=queries.event_feed(event_id, can)
    )
