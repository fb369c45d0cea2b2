"""Closing events, for programs: what is missing, then the deed."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.events import EventOut
from app.edge import actor
from app.fields import Input
from app.finding import find
from app.models import Event
from app.permissions import Permission
from app.queries.close_out import missing_for_closing
from app.services.close_out import close_event


class GapOut(Output):
    """Something that is still missing before an event can be closed."""

    key: str
    title: str
    can_be_excused: bool
    items: list[str]


@operation(
    "GET",
    "/planning/events/<int:event_id>/close-out",
    permission=Permission.EVENTS_READ,
    answer=GapOut,
    is_list=True,
)
def get_close_out(event_id: int) -> list[dict[str, Any]]:
    """What is missing before an event can be closed."""
    gaps = missing_for_closing(find(Event, event_id))
    return [
        {
            "key": gap.key,
            "title": gap.title,
            "can_be_excused": gap.can_be_excused,
            "items": [item.text for item in gap.items],
        }
        for gap in gaps
    ]


class CloseOutIn(Input):
    """Reasons for gaps that may be excused, by their key."""

    reasons: Mapping[str, Annotated[str, Field(max_length=1000)]] = {}


@operation(
    "POST",
    "/planning/events/<int:event_id>/close-out",
    permission=Permission.EVENTS_CLOSE,
    answer=EventOut,
    body=CloseOutIn,
    is_idempotent=True,
)
def close(event_id: int, body: CloseOutIn) -> Event:
    """Close an event; refused while something is missing that has no excuse."""
    return close_event(find(Event, event_id), body.reasons, by=actor())
