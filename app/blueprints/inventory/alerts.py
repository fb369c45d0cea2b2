"""Alerts: what waits, one, the morning's look, and what is done about them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from flask import Response, g, request, url_for
from pydantic import Field

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import page_number, whole
from app.edge import actor
from app.fields import Id, Input, Words
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Alert
from app.permissions import Permission, can, requires
from app.queries import alert_page, dashboard
from app.queries import alerts as queries
from app.queries.choices import categories
from app.queries.replenishment import suggestions
from app.refusals import Refused
from app.rules.calendars import local_day, start_of_day
from app.rules.cover import PRIORITIES, USE_DAYS, daily_use
from app.services.alert_deeds import Dismissal, Plan, Snooze, acknowledge, dismiss, snooze
from app.services.alerts import pace_of

P = Permission
AGES = {1: "A day", 3: "3 days", 7: "A week", 30: "A month"}
HEADER = ("Product", "SKU", "Category", "Alert", "Priority", "State", "On hand", "Reorder level", "Days of cover",
          "Missing", "Short from", "Raised", "Put off until", "Plan", "By", "Closed", "Reason")  # fmt: skip


def chosen_filters() -> queries.AlertFilters:
    """What the address narrows the list to."""
    given = request.args
    state = given.get("state", "open")
    return queries.AlertFilters(
        state=state if state in queries.STATES else "open",
        kind=given.get("kind", ""),
        priority=given.get("priority", ""),
        category=whole("category"),
        q=given.get("q", "")[:100],
        older=whole("older"),
        product=whole("product"),
        sort=given.get("sort", "priority"),
    )


@blueprint.get("/alerts")
@requires(P.ALERTS_READ)
def alerts() -> Response:
    """The list, the most urgent first."""
    filters, now = chosen_filters(), datetime.now(UTC)
    return page(
        "inventory/alerts.html",
        part="inventory/_alert_list.html",
        now=now,
        page=queries.alerts_page(filters, now, page_number()),
        counts=queries.state_counts(now),
        filters=filters,
        states=queries.STATES,
        kinds=queries.KINDS,
        priorities=PRIORITIES,
        ages=AGES,
        categories=categories(),
        tomorrow=today() + timedelta(days=1),
        form=current_form(),
    )


@blueprint.get("/alerts.csv")
@requires(P.ALERTS_READ)
def alerts_csv() -> Response:
    """The same list as a file."""
    lines = queries.all_alerts(chosen_filters(), datetime.now(UTC))
    return csv_answer("alerts", HEADER, map(exported, lines))


def exported(line: queries.AlertLine) -> list[Any]:
    """One row of the file."""
    row = line.row
    return [
        row.product, row.sku, row.category, queries.KINDS[row.kind.value], row.priority.value, row.state.value,
        row.on_hand, row.reorder_level, line.cover, row.missing or None, row.short_at, row.raised_at,
        row.snoozed_until, row.plan, row.planner or row.closer, row.closed_at, row.reason,
    ]  # fmt: skip


def today() -> date:
    """The day where the organization is."""
    return local_day(datetime.now(UTC), g.organization.timezone)


@blueprint.get("/alerts/review")
@requires(P.ALERTS_READ)
def alert_review() -> Response:
    """What is new since yesterday morning, what waits from before, and what ended by itself."""
    since = start_of_day(today() - timedelta(days=1), g.organization.timezone)
    now = datetime.now(UTC)
    review = queries.daily_review(since, now)
    return page("inventory/alert_review.html", now=now, review=review, kinds=queries.KINDS, since=since)


@blueprint.get("/alerts/late")
@requires(P.ALERTS_READ)
def alerts_late() -> Response:
    """What is late elsewhere: gear that should be back, and things that should be mended."""
    late = dashboard.troubles(datetime.now(UTC)).late if can(P.EVENTS_READ) else ()
    repairs = dashboard.open_repairs() if can(P.REPAIRS_READ) else []
    due = sorted(repairs, key=lambda repair: (not repair.is_late, repair.since))
    return page("inventory/alerts_late.html", late=late, repairs=due)


@blueprint.get("/alerts/<int:alert_id>")
@requires(P.ALERTS_READ)
def alert(alert_id: int) -> Response:
    """One alert, with what helps to decide."""
    now = datetime.now(UTC)
    line = alert_page.alert_line(alert_id, now)
    return page(
        "inventory/alert.html",
        now=now,
        line=line,
        row=line.row,
        is_open=line.row.closed_at is None,
        kinds=queries.KINDS,
        history=alert_page.history_of(alert_id),
        earlier=alert_page.earlier_alerts(line, now),
        tomorrow=today() + timedelta(days=1),
        form=current_form(),
        **about_product(line, now),
    )


def about_product(line: queries.AlertLine, now: datetime) -> dict[str, Any]:
    """How its stock went, what to order, who brings it."""
    product_id = line.row.product_id
    found = suggestions([product_id], now=now) if can(P.ORDERS_READ) else []
    return {
        "stock": alert_page.stock_by_day(product_id, line.row.on_hand, now, g.organization.timezone),
        "use": daily_use(pace_of(product_id).used),
        "use_days": USE_DAYS,
        "lead": line.lead,
        "suggested": found[0] if found else None,
        "orders": alert_page.orders_of(product_id) if can(P.ORDERS_READ) else (),
        "callers": alert_page.who_to_call(product_id),
    }


@blueprint.post("/alerts/<int:alert_id>/acknowledgement")
@requires(P.ALERTS_MANAGE)
@shown_again_by(alert)
def acknowledge_alert(alert_id: int) -> Response:
    """Say what is done about it."""
    acknowledge([alert_id], read_form(Plan), by=actor())
    say("Planned. It ends by itself when there is enough again.")
    return go_to(url_for("inventory.alert", alert_id=alert_id))


@blueprint.post("/alerts/<int:alert_id>/dismissal")
@requires(P.ALERTS_MANAGE)
@shown_again_by(alert)
def dismiss_alert(alert_id: int) -> Response:
    """Close it with a reason."""
    dismiss([alert_id], read_form(Dismissal), by=actor())
    say("Dismissed. It stays away while nothing gets worse.")
    return go_to(url_for("inventory.alert", alert_id=alert_id))


@blueprint.post("/alerts/<int:alert_id>/snooze")
@requires(P.ALERTS_MANAGE)
@shown_again_by(alert)
def snooze_alert(alert_id: int) -> Response:
    """Put it off until a day."""
    snooze([alert_id], read_form(Snooze), by=actor())
    say("Put off. It comes back by itself.")
    return go_to(url_for("inventory.alert", alert_id=alert_id))


class ManyInput(Input):
    """What is done about several alerts at once."""

    deed: Literal["acknowledge", "dismiss", "snooze"]
    ids: list[Id] = Field(default_factory=list)
    words: Words | None = None
    until: date | None = None


@blueprint.post("/alerts/many")
@requires(P.ALERTS_MANAGE)
@shown_again_by(alerts)
def many_alerts() -> Response:
    """Plan, dismiss or put off those that were ticked; what is over meanwhile is left out."""
    given = read_form(ManyInput)
    if not given.ids:
        raise Refused("Tick the alerts that this is about.", "ids")
    done = done_to_many(given)
    words = {"acknowledge": "planned", "dismiss": "dismissed", "snooze": "put off"}[given.deed]
    say(f"{len(done)} {'alert is' if len(done) == 1 else 'alerts are'} {words}.")
    kept: dict[str, Any] = request.args.to_dict()
    return go_to(url_for("inventory.alerts", **kept))


def done_to_many(given: ManyInput) -> list[Alert]:
    """The deed itself. Raises Refused beside the field that it needs."""
    if given.deed == "snooze":
        if given.until is None:
            raise Refused("Choose the day on which they come back.", "until")
        return snooze(given.ids, Snooze(until=given.until), by=actor())
    if given.words is None:
        raise Refused("Say what is planned, or why nothing is.", "words")
    if given.deed == "dismiss":
        return dismiss(given.ids, Dismissal(reason=given.words), by=actor())
    return acknowledge(given.ids, Plan(plan=given.words), by=actor())
