"""Alerts about stock, for programs."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from app.blueprints.api.contract import Output, Paging, operation
from app.edge import actor
from app.fields import Id
from app.models import Alert, AlertKind, AlertState, Priority
from app.permissions import Permission
from app.queries.alert_page import alert_line
from app.queries.alerts import AlertFilters, AlertLine, alerts_page
from app.queries.paging import Page
from app.services.alert_deeds import Dismissal, Plan, Snooze, acknowledge, dismiss, snooze

State = Literal["open", "acknowledged", "snoozed", "resolved", "dismissed", "all"]


def or_none(text: str) -> str | None:
    """A text, or nothing where it is empty."""
    return text or None


Said = Annotated[str | None, BeforeValidator(or_none)]


class AlertOut(Output):
    """An alert. `on_hand` is what is left now; `cover_days` is null where nothing of it is used."""

    id: int
    product_id: int
    product: str
    sku: str
    kind: AlertKind
    state: AlertState
    priority: Priority
    on_hand: int
    reorder_level: int | None
    unit: str
    cover_days: int | None
    missing: int
    short_at: datetime | None
    raised_at: datetime
    notified_at: datetime | None
    snoozed_until: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    plan: Said
    closed_at: datetime | None
    reason: Said


class AlertQuery(Paging):
    """Which alerts: `open` are those that wait for somebody; `older` is in days."""

    state: State = "all"
    kind: AlertKind | None = None
    priority: Priority | None = None
    category_id: Id | None = None
    product_id: Id | None = None
    q: str | None = None
    older: int | None = Field(None, ge=1, le=3_650)


def shown(line: AlertLine) -> dict[str, object]:
    """An alert as programs see it."""
    row = line.row._mapping
    return {**row, "cover_days": line.cover, "acknowledged_by": row["planner"]}


@operation(
    "GET",
    "/inventory/alerts",
    permission=Permission.ALERTS_READ,
    answer=AlertOut,
    query=AlertQuery,
    is_list=True,
)
def list_alerts(query: AlertQuery) -> Page[dict[str, object]]:
    """Alerts, the most urgent first."""
    filters = AlertFilters(
        query.state, query.kind or "", query.priority or "", query.category_id, query.q or "", query.older,
        query.product_id,
    )  # fmt: skip
    found = alerts_page(filters, datetime.now(UTC), query.page, query.per_page)
    return Page([shown(line) for line in found.items], found.page, found.per_page, found.total)


@operation("GET", "/inventory/alerts/<int:alert_id>", permission=Permission.ALERTS_READ, answer=AlertOut)
def get_alert(alert_id: int) -> dict[str, object]:
    """One alert."""
    return shown(alert_line(alert_id, datetime.now(UTC)))


@operation(
    "POST",
    "/inventory/alerts/<int:alert_id>/acknowledgement",
    permission=Permission.ALERTS_MANAGE,
    answer=AlertOut,
    body=Plan,
    is_idempotent=True,
)
def plan_for_alert(alert_id: int, body: Plan) -> dict[str, object]:
    """Say what is done about it; it ends by itself when there is enough again."""
    return after(acknowledge([alert_id], body, by=actor()))


@operation(
    "POST",
    "/inventory/alerts/<int:alert_id>/dismissal",
    permission=Permission.ALERTS_MANAGE,
    answer=AlertOut,
    body=Dismissal,
    is_idempotent=True,
)
def dismiss_one_alert(alert_id: int, body: Dismissal) -> dict[str, object]:
    """Close it with a reason; it stays away until it gets worse."""
    return after(dismiss([alert_id], body, by=actor()))


@operation(
    "POST",
    "/inventory/alerts/<int:alert_id>/snooze",
    permission=Permission.ALERTS_MANAGE,
    answer=AlertOut,
    body=Snooze,
    is_idempotent=True,
)
def put_alert_off(alert_id: int, body: Snooze) -> dict[str, object]:
    """Put it off until the morning of a day; it comes back by itself."""
    return after(snooze([alert_id], body, by=actor()))


def after(alerts: list[Alert]) -> dict[str, object]:
    """The alert as it is after the deed."""
    return shown(alert_line(alerts[0].id, datetime.now(UTC)))
