"""The one availability engine."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.availability import (
    Claim,
    change_allowed,
    effective_claims,
    free,
    peak,
    shortfall,
    timeline,
)
from app.rules.periods import OPEN_END

from .instants import at

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (at(f"2027-05-0{day} 00:00") for day in range(3, 9))
HOUR = timedelta(hours=1)


def test_two_jobs_of_two_on_different_days_of_a_week_cost_two_and_not_four():
    claims = [Claim(MONDAY, TUESDAY, 2), Claim(THURSDAY, FRIDAY, 2)]
    assert peak(claims, MONDAY, SATURDAY) == 2
    assert free(10, claims, MONDAY, SATURDAY) == 8


def test_two_jobs_of_two_at_once_cost_four():
    claims = [Claim(MONDAY, WEDNESDAY, 2), Claim(TUESDAY, FRIDAY, 2)]
    assert peak(claims, MONDAY, SATURDAY) == 4
    assert free(3, claims, MONDAY, SATURDAY) == -1


def test_back_at_ten_and_out_at_ten_do_not_clash():
    ten = MONDAY + 10 * HOUR
    claims = [Claim(ten, FRIDAY, 1), Claim(MONDAY, ten, 1)]
    assert free(1, claims, MONDAY, FRIDAY) == 0
    assert peak([Claim(ten - timedelta(seconds=1), FRIDAY, 1), claims[1]], MONDAY, FRIDAY) == 2


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "expected"),
    [
        (MONDAY, TUESDAY, 0),  # ends as the claim starts
        (THURSDAY, FRIDAY, 0),  # starts as the claim ends
        (TUESDAY, THURSDAY, 5),
        (MONDAY, TUESDAY + HOUR, 5),
        (THURSDAY - HOUR, FRIDAY, 5),
        (TUESDAY + HOUR, TUESDAY + 2 * HOUR, 5),
        (MONDAY, FRIDAY, 5),
    ],
)
@pytest.mark.parametrize("elsewhere", [[], [Claim(SATURDAY, SATURDAY + HOUR, 9)]])
def test_a_claim_counts_in_every_window_it_touches(starts_at, ends_at, expected, elsewhere):
    assert peak([Claim(TUESDAY, THURSDAY, 5), *elsewhere], starts_at, ends_at) == expected


def test_without_claims_everything_is_free():
    assert free(7, [], MONDAY, FRIDAY) == 7
    assert free(0, [], MONDAY, FRIDAY) == 0


def test_many_releases_and_claims_at_one_instant_are_settled_before_they_are_looked_at():
    claims = [Claim(MONDAY, TUESDAY, 3), Claim(MONDAY, TUESDAY, 4), Claim(TUESDAY, FRIDAY, 7)]
    assert peak(claims, MONDAY, FRIDAY) == 7


def test_a_subhire_helps_only_while_it_is_here():
    claims = [Claim(MONDAY, FRIDAY, 12), Claim(TUESDAY, WEDNESDAY, -5)]
    assert free(10, claims, TUESDAY, WEDNESDAY) == 3
    assert free(10, claims, MONDAY, FRIDAY) == -2
    assert free(10, claims, TUESDAY, WEDNESDAY + HOUR) == -2


def test_a_subhire_for_the_whole_window_adds_to_what_is_free():
    supply = Claim(MONDAY, FRIDAY, -5)
    assert free(10, [supply], MONDAY, FRIDAY) == 15
    assert free(10, [supply], TUESDAY, WEDNESDAY) == 15
    assert free(10, [supply], MONDAY, FRIDAY + HOUR) == 10
    assert free(10, [supply], MONDAY - HOUR, FRIDAY) == 10


def test_a_subhire_that_arrives_as_a_job_leaves_covers_it():
    claims = [Claim(MONDAY, FRIDAY, 10), Claim(TUESDAY, WEDNESDAY, 4), Claim(TUESDAY, WEDNESDAY, -4)]
    assert free(10, claims, MONDAY, FRIDAY) == 0


def test_a_claim_that_lasts_no_time_takes_nothing():
    claims = [Claim(MONDAY, FRIDAY, 1), Claim(WEDNESDAY, WEDNESDAY, 5), Claim(THURSDAY, TUESDAY, 5)]
    assert peak(claims, MONDAY, FRIDAY) == 1


@pytest.mark.parametrize("ends_at", [MONDAY, MONDAY - HOUR])
@pytest.mark.parametrize("claims", [[], [Claim(MONDAY, FRIDAY, 1)]])
def test_a_window_that_does_not_last_is_refused(ends_at, claims):
    with pytest.raises(ValueError, match="must end after it starts"):
        free(1, claims, MONDAY, ends_at)


MINUTES = 120
quantities = st.integers(-5, 5).filter(bool)
instants = st.integers(0, MINUTES)
claims_in_minutes = st.lists(
    st.tuples(instants, instants, quantities).filter(lambda claim: claim[0] < claim[1])
)
windows = st.tuples(instants, instants).filter(lambda window: window[0] < window[1])


def taken_minute_by_minute(claims, starts, ends):
    """The simplest model: ask every minute who holds what."""
    return [
        sum(quantity for claim_starts, claim_ends, quantity in claims if claim_starts <= minute < claim_ends)
        for minute in range(starts, ends)
    ]


@given(claims=claims_in_minutes, window=windows)
def test_the_sweep_agrees_with_looking_at_every_minute(claims, window):
    assert peak(claims, *window) == max(taken_minute_by_minute(claims, *window))


@given(claims=claims_in_minutes, window=windows, capacity=st.integers(0, 20))
def test_times_and_numbers_give_the_same_answer(claims, window, capacity):
    minutes = [datetime(2027, 5, 3, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(MINUTES + 1)]
    timed = [Claim(minutes[starts], minutes[ends], quantity) for starts, ends, quantity in claims]
    expected = capacity - max(taken_minute_by_minute(claims, *window))
    assert free(capacity, timed, minutes[window[0]], minutes[window[1]]) == expected
    assert free(capacity, claims, *window) == expected


@given(claims=claims_in_minutes, points=st.lists(instants, unique=True, min_size=2).map(sorted))
def test_a_timeline_shows_the_lowest_of_each_column(claims, points):
    columns = timeline(9, claims, points)
    lowest = [9 - max(taken_minute_by_minute(claims, *pair)) for pair in pairwise(points)]
    assert columns == lowest
    assert min(columns) == free(9, claims, points[0], points[-1])


BEFORE, DURING, AFTER = TUESDAY - HOUR, TUESDAY + HOUR, THURSDAY + HOUR


@pytest.mark.parametrize(
    ("quantity", "out", "returned", "now", "expected"),
    [
        (10, 0, 0, BEFORE, Claim(TUESDAY, THURSDAY, 10)),
        (10, 10, 0, DURING, Claim(TUESDAY, THURSDAY, 10)),
        (10, 10, 4, DURING, Claim(TUESDAY, THURSDAY, 6)),  # returned frees at once
        (10, 6, 6, DURING, Claim(TUESDAY, THURSDAY, 4)),  # four have yet to leave
        (10, 10, 10, DURING, None),
        (10, 12, 0, DURING, Claim(TUESDAY, THURSDAY, 12)),  # extra pieces are away too
        (10, 12, 2, DURING, Claim(TUESDAY, THURSDAY, 10)),
        (10, 10, 0, AFTER, Claim(TUESDAY, OPEN_END, 10)),  # late: no end is known
        (10, 10, 7, AFTER, Claim(TUESDAY, OPEN_END, 3)),
        (10, 10, 9, AFTER, Claim(TUESDAY, OPEN_END, 1)),
        (10, 6, 0, AFTER, Claim(TUESDAY, OPEN_END, 6)),  # what never left holds nothing any more
        (10, 10, 0, THURSDAY, Claim(TUESDAY, OPEN_END, 10)),  # half-open: due back by then
        (10, 10, 0, THURSDAY - timedelta(seconds=1), Claim(TUESDAY, THURSDAY, 10)),
        (10, 0, 0, AFTER, Claim(TUESDAY, THURSDAY, 10)),  # past, and only that
        (10, 6, 6, AFTER, Claim(TUESDAY, THURSDAY, 4)),
        (10, 10, 10, AFTER, None),
        (0, 0, 0, DURING, None),
        (2, 2, 5, DURING, None),
        (2, 2, 5, AFTER, None),
        (2, -3, 0, AFTER, Claim(TUESDAY, THURSDAY, 2)),
        (2, 0, -3, BEFORE, Claim(TUESDAY, THURSDAY, 2)),
    ],
)
def test_what_a_reservation_claims_follows_what_left_and_came_back(quantity, out, returned, now, expected):
    assert effective_claims(TUESDAY, THURSDAY, quantity, out, returned, now) == expected


def test_an_overdue_return_takes_from_every_later_window():
    late = effective_claims(MONDAY, TUESDAY, 4, 4, 1, WEDNESDAY)
    assert free(5, [late], FRIDAY, SATURDAY) == 2
    assert free(5, [late], at("2099-12-30 00:00"), at("2099-12-31 00:00")) == 2


def test_an_organization_that_trusts_planned_returns_has_nothing_overdue():
    trusted = effective_claims(MONDAY, TUESDAY, 4, 4, 1, WEDNESDAY, is_trusted=True)
    assert free(5, [trusted], FRIDAY, SATURDAY) == 5
    assert effective_claims(MONDAY, WEDNESDAY, 4, 4, 1, TUESDAY, is_trusted=True).quantity == 3


@pytest.mark.parametrize(
    ("out", "returned", "is_trusted", "expected"),
    [
        (0, 0, False, None),
        (4, 4, False, None),
        (4, 1, False, Claim(MONDAY, OPEN_END, 3)),
        (4, 1, True, Claim(MONDAY, THURSDAY, 3)),
    ],
)
def test_of_a_claim_that_was_given_up_only_what_is_still_out_stays(out, returned, is_trusted, expected):
    found = effective_claims(
        MONDAY, THURSDAY, 4, out, returned, TUESDAY, is_released=True, is_trusted=is_trusted
    )
    assert found == expected


@given(
    quantity=st.integers(0, 9), out=st.integers(0, 9), returned=st.integers(0, 9), now=st.integers(-50, 100)
)
def test_a_claim_is_never_empty_or_negative(quantity, out, returned, now):
    claim = effective_claims(MONDAY, TUESDAY, quantity, out, returned, MONDAY + now * HOUR)
    away = max(0, out - returned)
    assert claim.quantity >= away if claim else away == 0 and quantity <= returned
    assert claim is None or claim.quantity > 0


@pytest.mark.parametrize(
    ("wanted", "free_pieces", "missing"), [(5, 5, 0), (5, 9, 0), (5, 3, 2), (5, 0, 5), (5, -3, 5), (0, -3, 0)]
)
def test_a_line_can_miss_no_more_than_it_wants(wanted, free_pieces, missing):
    assert shortfall(wanted, free_pieces) == missing


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        (3, 0, True),
        (3, 5, True),
        (0, 0, True),
        (3, -1, False),
        (0, -1, False),
        (-4, -3, True),  # lessens the overshoot
        (-4, -4, True),  # leaves it as it was
        (-4, -5, False),  # raises it
        (-4, 2, True),
    ],
)
def test_an_overshoot_may_shrink_but_not_grow(before, after, allowed):
    assert change_allowed(before, after) is allowed


def test_a_better_worst_day_does_not_hide_a_day_that_became_worse():
    other = Claim(MONDAY, TUESDAY, 10)
    before, after = [other, Claim(MONDAY, TUESDAY, 5)], [other, Claim(MONDAY, WEDNESDAY, 3)]
    rest = Claim(TUESDAY, WEDNESDAY, 10)
    days = [MONDAY, TUESDAY, WEDNESDAY]
    by_day = zip(timeline(10, [*before, rest], days), timeline(10, [*after, rest], days), strict=True)
    whole = (free(10, [*claims, rest], MONDAY, WEDNESDAY) for claims in (before, after))
    assert change_allowed(*whole)
    assert [change_allowed(*pair) for pair in by_day] == [True, False]
