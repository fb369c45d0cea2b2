"""Events by day, for the calendar."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.extensions import db
from app.models import Company, Event
from app.queries.planning import is_overdue_event, short_counts
from app.rules.calendars import start_of_day
from app.rules.periods import Period, local_days
from app.rules.phases import OPEN_PHASES, Phase

TONES = {
    Phase.PLANNED: "quiet",
    Phase.PREP: "blue",
    Phase.LOAD_OUT: "blue",
    Phase.ON_SITE: "blue",
    Phase.LOAD_IN: "blue",
    Phase.CLOSED: "green",
}


@dataclass(frozen=True)
class DayEvent:
    """An event as the calendar shows it on each of its days."""

    id: int
    number: str
    name: str
    company: str
    phase: Phase
    first_day: date
    last_day: date
    leaves: str
    returns: str
    is_overdue: bool
    short: int

    @property
    def tone(self) -> str:
        """Red when late or short, else by phase."""
        return "red" if self.is_overdue or self.short else TONES[self.phase]

    def deed_on(self, day: date) -> str:
        """What happens on this day."""
        if day == self.first_day:
            return "leaves"
        return "comes back" if day == self.last_day else "is away"

    def icon_on(self, day: date) -> str:
        """The same as a sign."""
        if self.is_overdue:
            return "alarm-clock"
        return {"leaves": "truck", "comes back": "undo-2", "is away": "map-pin"}[self.deed_on(day)]

    def time_on(self, day: date) -> str:
        """When it leaves or comes back, on these days."""
        return {"leaves": self.leaves, "comes back": self.returns, "is away": ""}[self.deed_on(day)]

    @property
    def sentence(self) -> str:
        """Everything in one line."""
        late = ", overdue" if self.is_overdue else ""
        short = f", {self.short} lines short" if self.short else ""
        client = f" for {self.company}" if self.company else ""
        return f"{self.number} {self.name}{client}, {self.phase.label}{late}{short}"


def events_by_day(first: date, last: date, zone: str) -> dict[date, list[DayEvent]]:
    """The events of each day from the first to the last, those that leave or return before those away."""
    starts_at, ends_at = start_of_day(first, zone), start_of_day(last + timedelta(days=1), zone)
    now = datetime.now(UTC)
    query = (
        select(
            Event.id, Event.number, Event.name, Event.phase, Event.occupied_from, Event.occupied_until,
            Company.name.label("company"), is_overdue_event(now).label("is_overdue"),
        )
        .outerjoin(Company, Company.id == Event.company_id)
        .where(
            Event.occupied_from < ends_at, Event.occupied_until > starts_at, Event.phase != Phase.CANCELLED
        )
        .order_by(Event.occupied_from, Event.id)
    )  # fmt: skip
    rows = db.session.execute(query).all()
    short = short_counts([row.id for row in rows if row.phase in OPEN_PHASES])
    found: dict[date, list[DayEvent]] = {}
    local = ZoneInfo(zone)
    for row in rows:
        days = local_days(Period(row.occupied_from, row.occupied_until), local)
        event = DayEvent(
            row.id, row.number, row.name, row.company or "", row.phase, days[0], days[-1],
            f"{row.occupied_from.astimezone(local):%H:%M}", f"{row.occupied_until.astimezone(local):%H:%M}",
            row.is_overdue, short.get(row.id, 0),
        )  # fmt: skip
        for day in days:
            if first <= day <= last:
                found.setdefault(day, []).append(event)
    return {
        day: sorted(events, key=lambda event: event.deed_on(day) == "is away")
        for day, events in found.items()
    }
