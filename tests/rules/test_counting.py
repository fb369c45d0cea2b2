"""What a count says while things move: after it is posted, the books say what lies there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.rules.counting import Change, Finding, Seen, find, share_right

START = datetime(2027, 3, 1, 8, tzinfo=UTC)


def at(minutes: int) -> datetime:
    """So many minutes after the count began."""
    return START + timedelta(minutes=minutes)


def seen(quantity: int, first: int, last: int | None = None) -> Seen:
    """Counted between these minutes."""
    return Seen(quantity, at(first), at(first if last is None else last))


@dataclass(frozen=True)
class Happening:
    """Something that befalls a shelf: booked or not, recorded before the count began or later."""

    minute: int
    change: int
    is_booked: bool
    is_recorded_late: bool


happenings = st.builds(
    Happening,
    minute=st.integers(-60, 60),
    change=st.integers(-5, 9),
    is_booked=st.booleans(),
    is_recorded_late=st.booleans(),
)


@given(st.integers(0, 40), st.lists(happenings, max_size=12), st.integers(0, 59))
def test_after_posting_the_books_say_what_lies_there_whatever_moved_and_whenever_it_was_written(
    beginning: int, befallen: list[Happening], counted_at: int
) -> None:
    shelf = [
        one for one in befallen if one.minute != counted_at and (one.is_booked or one.minute < counted_at)
    ]
    there_then = beginning + sum(one.change for one in shelf if one.minute < counted_at)
    there_now = beginning + sum(one.change for one in shelf)
    booked = [one for one in shelf if one.is_booked]
    snapshot = beginning + sum(one.change for one in booked if one.minute < 0 and not one.is_recorded_late)
    later = [Change(one.change, at(one.minute)) for one in booked if one.minute >= 0 or one.is_recorded_late]
    books = snapshot + sum(change.quantity for change in later)
    found = find(snapshot, later, seen(there_then, counted_at), is_single=False)
    assert books + found.difference == there_now
    assert not found.is_unsure


def test_what_leaves_after_it_was_counted_is_no_difference() -> None:
    assert find(10, [Change(-4, at(30))], seen(10, 20), is_single=False) == Finding(10, 10)


def test_what_left_before_it_was_counted_is_expected_to_be_gone_even_when_written_down_later() -> None:
    assert find(10, [Change(-4, at(10))], seen(6, 20), is_single=False).difference == 0


def test_what_moves_between_two_scans_of_a_line_makes_it_unsure() -> None:
    found = find(10, [Change(-4, at(25))], seen(9, 20, 30), is_single=False)
    assert found.is_unsure and found.difference == 3


def test_a_newer_adjustment_has_the_last_word() -> None:
    newer = [Change(-2, at(40), is_adjustment=True)]
    assert find(10, newer, seen(8, 20), is_single=False).difference == 0
    older = [Change(-2, at(10), is_adjustment=True)]
    assert find(10, older, seen(8, 20), is_single=False).difference == 0
    assert find(10, older, seen(7, 20), is_single=False).difference == -1


def test_two_counts_of_the_same_shelf_take_away_what_is_missing_once() -> None:
    first = find(10, [], seen(8, 20), is_single=False)
    posted = [Change(first.difference, at(20), is_adjustment=True)]
    for counted_at in (15, 25):
        assert find(10, posted, seen(8, counted_at), is_single=False).difference == 0


def test_an_asset_that_was_moved_since_is_where_the_movement_put_it() -> None:
    assert find(0, [Change(1, at(30))], seen(1, 20), is_single=True).difference == 0
    assert find(1, [Change(-1, at(30))], seen(0, 20), is_single=True).difference == 0
    assert find(1, [], seen(0, 20), is_single=True).difference == -1


def test_what_nobody_counted_differs_from_nothing() -> None:
    found = find(10, [Change(3, at(5))], None, is_single=False)
    assert (found.expected, found.counted, found.difference, found.is_right) == (13, None, 0, False)


def test_only_all_of_them_right_is_a_hundred_percent() -> None:
    assert [share_right(right, 1000) for right in (1000, 999, 0)] == [100, 99, 0]
    assert share_right(0, 0) is None
