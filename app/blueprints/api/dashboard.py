"""The numbers of the first page, for programs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from app.blueprints.api.activity import EntryOut
from app.blueprints.api.contract import Output, operation
from app.blueprints.insight.dashboard import visible_numbers
from app.models import AlertKind, Priority
from app.rules.deals import Stage
from app.rules.phases import Phase


class TroubleOut(Output):
    """An event that is late or short, and by how many pieces."""

    event_id: int
    number: str
    name: str
    at: datetime
    pieces: int


class TroublesOut(Output):
    """What is late and what will be short, worst first."""

    late: list[TroubleOut]
    short: list[TroubleOut]
    late_pieces: int
    short_pieces: int


class UpcomingOut(Output):
    """An event of the next days, and how far its gear has come."""

    event_id: int
    number: str
    name: str
    phase: Phase
    starts_at: datetime
    ends_at: datetime
    company: str
    ready: int
    planned: int


class StageValueOut(Output):
    """The open deals of one stage; `weighted` counts their value by how likely they are."""

    stage: Stage
    count: int
    value: Decimal
    weighted: Decimal


class UtilisationOut(Output):
    """Pieces that are out of all that are owned; `ahead` is the share claimed on each of the next days."""

    out: int
    total: int
    percent: int
    ahead: list[int]


class LowProductOut(Output):
    """A product of which an alert waits for somebody: low, out, or short before the next delivery."""

    alert_id: int
    kind: AlertKind
    priority: Priority
    product_id: int
    name: str
    quantity: int
    reorder_level: int


class OpenRepairOut(Output):
    """A thing that is being mended."""

    repair_id: int
    number: str
    product: str
    note: str
    since: datetime
    expected_back_at: datetime | None
    is_late: bool


class DashboardOut(Output):
    """The numbers of the first page; null where this token may not see them."""

    troubles: TroublesOut | None = None
    events: list[UpcomingOut] | None = None
    stages: list[StageValueOut] | None = None
    utilisation: UtilisationOut | None = None
    low: list[LowProductOut] | None = None
    repairs: list[OpenRepairOut] | None = None
    recent: list[EntryOut] | None = None


@operation("GET", "/dashboard", permission=None, answer=DashboardOut)
def get_dashboard() -> dict[str, Any]:
    """What is late, short, coming up, worth money, low and broken, as the first page shows it."""
    numbers = visible_numbers()
    recent = numbers.pop("recent", None)
    return numbers | {"recent": recent.entries if recent else None}
