"""Where what caused a movement is shown."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import current_app, url_for

from app.permissions import Permission, can
from app.queries.causes import Caused, causes_of

PAGES = {
    "event": ("planning.event", "event_id", Permission.EVENTS_READ),
    "job": ("jobs.job", "job_id", Permission.JOBS_READ),
    "purchase_order": ("inventory.order", "order_id", Permission.ORDERS_READ),
    "count": ("inventory.count", "count_id", Permission.COUNTS_READ),
    "repair": ("warehouse.repair", "repair_id", Permission.REPAIRS_READ),
}
"""Sort of cause → its page, and who may open it."""


class CauseLink(NamedTuple):
    """What a movement was made for, and where that opens; no address for those who may not see it."""

    label: str
    url: str | None


def cause_links(rows: Sequence[Any]) -> dict[int, CauseLink]:
    """Movement → its cause with its address."""
    return {row_id: CauseLink(cause.number, address(cause)) for row_id, cause in causes_of(rows).items()}


def address(cause: Caused) -> str | None:
    """Where a cause is shown to this person."""
    endpoint, argument, permission = PAGES[cause.sort]
    if endpoint not in current_app.view_functions or not can(permission):
        return None
    return url_for(endpoint, **{argument: cause.id})  # type: ignore[arg-type]
