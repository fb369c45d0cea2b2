"""What several of planning's forms share."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from flask import current_app, g, request, url_for
from pydantic import Field

from app.actors import Actor
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import new_request_id, whole
from app.fields import Input
from app.models import Event, Organization
from app.rules.calendars import from_local
from app.services.events import Windows
from app.services.reservations import Overbooking, may_overbook

Why = Annotated[str, Field(min_length=3, max_length=500)]


class WindowsForm(Input):
    """The two windows of an event, as clock times where the organization is."""

    occupied_from: datetime
    occupied_until: datetime
    charged_from: datetime | None = None
    charged_until: datetime | None = None

    def windows(self) -> Windows:
        """The windows as instants; without a charge of its own the whole occupancy is charged."""
        occupied_from, occupied_until = as_instant(self.occupied_from), as_instant(self.occupied_until)
        return Windows(
            occupied_from,
            occupied_until,
            as_instant(self.charged_from) if self.charged_from else occupied_from,
            as_instant(self.charged_until) if self.charged_until else occupied_until,
        )


def as_instant(typed_time: datetime) -> datetime:
    """A clock time of the organization's zone as an instant."""
    if typed_time.tzinfo is not None:
        return typed_time.astimezone(UTC)
    return from_local(typed_time, zone_name())


def zone_name() -> str:
    """The organization's time zone."""
    organization: Organization = g.organization
    return organization.timezone


def windows_of(event: Event) -> Windows:
    """The windows that an event has now."""
    return Windows(event.occupied_from, event.occupied_until, event.charged_from, event.charged_until)


def overbooking(by: Actor, reason: str) -> Overbooking | None:
    """The decision to promise what is not free, when a reason was given for it. Raises Forbidden."""
    return may_overbook(by, reason) if reason else None


def day(name: str) -> date | None:
    """A day from the address; nothing for anything else."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def address(endpoint: str, **arguments: Any) -> str:
    """The address of a page, or nothing where its module is not part of this installation."""
    return url_for(endpoint, **arguments) if endpoint in current_app.view_functions else ""


__all__ = [
    "Why", "WindowsForm", "address", "as_instant", "csv_answer", "day", "new_request_id", "overbooking", "whole",
    "windows_of", "zone_name",
]  # fmt: skip
