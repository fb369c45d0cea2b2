"""Days as columns: bars, lanes, and where a row falls below zero."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from app.rules.day_columns import Columns, Segment, columns_of, in_lanes, runs_below_zero, segments

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = date(2027, 3, 1)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2027, 3, day, hour, tzinfo=UTC)


def test_a_period_covers_the_local_days_it_touches() -> None:
    assert columns_of(at(2), at(4), MARCH, 31, BERLIN) == Columns(2, 3)
    assert columns_of(at(2), at(3, 23), MARCH, 31, BERLIN) == Columns(2, 2), (
        "midnight in Berlin ends the day before"
    )
    assert columns_of(at(1).replace(month=2), at(2), MARCH, 31, BERLIN) == Columns(1, 2)
    assert columns_of(at(30), at(2).replace(month=5), MARCH, 31, BERLIN) == Columns(30, 2)
    assert columns_of(at(1).replace(month=5), at(2).replace(month=5), MARCH, 31, BERLIN) is None


def test_a_claim_is_split_where_the_gear_leaves_and_returns() -> None:
    assert segments(Columns(2, 6), Columns(3, 3)) == [
        Segment("prep", Columns(2, 1)), Segment("out", Columns(3, 3)), Segment("turnaround", Columns(6, 2)),
    ]  # fmt: skip
    assert segments(Columns(2, 3), Columns(2, 3)) == [Segment("out", Columns(2, 3))]
    assert segments(Columns(2, 3), None) == [Segment("out", Columns(2, 3))]


def test_claims_that_overlap_lie_in_lanes_of_their_own() -> None:
    placed = in_lanes([(Columns(1, 3), "a"), (Columns(2, 2), "b"), (Columns(4, 1), "c")])
    assert [(lane, thing) for lane, _, thing in placed] == [(1, "a"), (2, "b"), (1, "c")]
    many = in_lanes((Columns(1, 5), number) for number in range(40))
    assert max(lane for lane, _, _ in many) == 24


def test_days_below_zero_are_runs_with_their_worst() -> None:
    assert runs_below_zero([1, -1, -3, 0, -2]) == [(Columns(2, 2), -3), (Columns(5, 1), -2)]
