"""What several of CRM's forms ask of a request."""

from datetime import date, datetime

from flask import g, request

from app.blueprints.inventory.fields import new_request_id, page_number, whole
from app.models import Organization
from app.rules.calendars import from_local, local_day


def organization() -> Organization:
    """Whose people these are."""
    found: Organization = g.organization
    return found


def instant(typed: datetime | None) -> datetime | None:
    """A clock time that was typed, in the organization's zone."""
    if typed is None or typed.tzinfo is not None:
        return typed
    return from_local(typed, organization().timezone)


def today() -> date:
    """The organization's own day."""
    return local_day(datetime.now().astimezone(), organization().timezone)


def searched() -> str:
    """What is looked for in a list."""
    return request.args.get("find", "").strip()[:200]


__all__ = ["instant", "new_request_id", "organization", "page_number", "searched", "today", "whole"]
