"""A year of shows, drawn with a fixed seed: who, what, where and on which days, counted from today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from app.demo.clients import CLIENTS, VENUES, Client
from app.demo.shows import SORTS, Sort

BUSY = (4, 5, 7, 8, 12, 15, 13, 12, 14, 10, 9, 12)
"""How busy each month is, January first."""
WEEKS_BACK, WEEKS_AHEAD = 49, 30
PER_WEEK_BACK, PER_WEEK_AHEAD = 0.08, 0.145
"""Shows a week, for each point of a month; the book is fuller ahead, so that planning has something to plan."""
OVER = 0.25
"""Shows that are over were smaller: the house has grown."""
ON_WORKDAYS = ("congress", "fair")
TUESDAY, FRIDAY = 1, 4


@dataclass(frozen=True)
class Show:
    """One show: the days on which it plays, counted from today, and how large it is (0 to 1)."""

    name: str
    client: Client
    venue: str
    sort: Sort
    first_day: int
    last_day: int
    size: float
    days_to_return: int = 1

    @property
    def out_on(self) -> int:
        """The day on which gear leaves."""
        return self.first_day - 1

    @property
    def back_on(self) -> int:
        """The day on which gear comes back."""
        return self.last_day + self.days_to_return


def draw_season(today: date, chance: Random) -> list[Show]:
    """The shows of the year around today, in order; the days around today itself are kept for the present."""
    return [show for week in range(-WEEKS_BACK, WEEKS_AHEAD) for show in shows_of_week(week, today, chance)]


def shows_of_week(week: int, today: date, chance: Random) -> Iterator[Show]:
    """The shows of one week: as many as the month is busy."""
    monday = week * 7 - today.weekday()
    if -10 <= monday + FRIDAY <= 7:
        return
    month = (today + timedelta(days=monday)).month
    wanted = BUSY[month - 1] * (PER_WEEK_BACK if week < 0 else PER_WEEK_AHEAD)
    for _ in range(int(wanted) + (chance.random() < wanted % 1)):
        yield draw_show(monday, chance)


def draw_show(monday: int, chance: Random) -> Show:
    """A show of some client in the week of this Monday."""
    client = chance.choice(CLIENTS)
    kind = chance.choice(client.shows)
    sort = SORTS[kind]
    starts_on = monday + (TUESDAY if kind in ON_WORKDAYS else FRIDAY + chance.randint(0, 1))
    days = chance.randint(*sort.days)
    return Show(
        name=chance.choice(sort.names),
        client=client,
        venue=chance.choice([venue for venue, host in VENUES if host == kind] or [VENUES[2][0]]),
        sort=sort,
        first_day=starts_on,
        last_day=starts_on + days - 1,
        size=round(chance.random() * (1 if monday > 0 else OVER), 2),
    )


def show_of(kind: str, client: int, first_day: int, last_day: int, size: float = 0.5, name: int = 0) -> Show:
    """A certain show, for those that the demo needs to have now."""
    venue = next((venue for venue, host in VENUES if host == kind), VENUES[2][0])
    return Show(SORTS[kind].names[name], CLIENTS[client], venue, SORTS[kind], first_day, last_day, size)
