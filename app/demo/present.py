"""What is going on today: one show in every phase, one that is late, and one that waits to be closed."""

from dataclasses import replace
from typing import NamedTuple

from app.demo.season import Show, show_of


class Now(NamedTuple):
    """A show of these days: its state, its sort, whose it is, and its days counted from today."""

    state: str
    kind: str
    client: int
    first_day: int
    last_day: int
    size: float
    days_to_return: int = 1


SHOWS: tuple[Now, ...] = (
    Now("late", "theatre", 18, -8, -5, 0.4, 2),
    Now("waiting", "club", 2, -5, -5, 0.6),
    Now("load_in", "festival", 5, -4, -2, 0.2, 3),
    Now("on_site", "gala", 13, 0, 0, 0.5),
    Now("load_out", "fair", 9, 1, 3, 0.6),
    Now("prep", "congress", 11, 2, 3, 0.6),
)


def present_shows() -> list[tuple[str, Show]]:
    """The shows of these days with their state, in the order in which they were sold."""
    return [
        (now.state, replace(show_of(now.kind, now.client, now.first_day, now.last_day, now.size),
                            days_to_return=now.days_to_return))
        for now in SHOWS
    ]  # fmt: skip
