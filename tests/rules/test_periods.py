"""Periods, days of the warehouse, and buffers."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.periods import OPEN_END, Buffer, Period, WorkingWeek, day_period, local_days, widen

from .instants import AUCKLAND, BERLIN, at, period

NO_BUFFER = Buffer()
OFFICE_WEEK = WorkingWeek(frozenset({0, 1, 2, 3, 4}), BERLIN)
ZONES = [ZoneInfo("UTC"), BERLIN, AUCKLAND, ZoneInfo("America/Santiago"), ZoneInfo("Asia/Kathmandu")]


def test_back_at_ten_and_out_at_ten_do_not_overlap():
    morning, afternoon = (
        period("2027-05-01 08:00", "2027-05-01 10:00"),
        period("2027-05-01 10:00", "2027-05-01 18:00"),
    )
    assert not morning.overlaps(afternoon)
    assert not afternoon.overlaps(morning)


@pytest.mark.parametrize(
    ("starts", "ends", "touches"),
    [
        ("09:59", "10:01", True),
        ("08:00", "12:00", True),
        ("10:00", "10:01", True),
        ("10:59", "11:00", True),
        ("09:00", "10:00", False),
        ("11:00", "12:00", False),
    ],
)
def test_periods_overlap_when_they_share_an_instant(starts, ends, touches):
    hour = period("2027-05-01 10:00", "2027-05-01 11:00")
    other = period(f"2027-05-01 {starts}", f"2027-05-01 {ends}")
    assert hour.overlaps(other) is touches
    assert other.overlaps(hour) is touches


def test_the_charge_lies_inside_the_occupancy():
    occupancy = period("2027-05-01 08:00", "2027-05-05 18:00")
    assert occupancy.contains(occupancy)
    assert occupancy.contains(period("2027-05-02 00:00", "2027-05-05 18:00"))
    assert not occupancy.contains(period("2027-05-01 07:59", "2027-05-05 18:00"))
    assert not occupancy.contains(period("2027-05-01 08:00", "2027-05-05 18:01"))


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "says"),
    [
        (datetime(2027, 5, 1, 8), at("2027-05-01 10:00"), "time zone"),
        (at("2027-05-01 08:00"), datetime(2027, 5, 1, 10), "time zone"),
        (at("2027-05-01 10:00"), at("2027-05-01 10:00"), "after the start"),
        (at("2027-05-01 10:00"), at("2027-05-01 09:00"), "after the start"),
        (at("1999-12-31 23:59"), at("2000-01-02 00:00"), "between 2000 and 2100"),
        (at("2027-05-01 10:00"), at("2101-01-01 00:00"), "between 2000 and 2100"),
        (at("0001-01-01 00:00", AUCKLAND), at("2027-05-01 10:00"), "between 2000 and 2100"),
        (at("2027-05-01 10:00"), at("9999-12-31 23:59", ZoneInfo("America/New_York")), "2000 and 2100"),
        (at("2100-01-01 00:00"), at("2100-01-02 00:00"), "before the year 2100"),
    ],
)
def test_an_impossible_period_is_refused_in_words(starts_at, ends_at, says):
    with pytest.raises(ValueError, match=says):
        Period(starts_at, ends_at)


def test_the_first_and_the_last_years_are_allowed():
    assert period("2000-01-01 00:00", "2000-01-01 00:01").starts_at.year == 2000
    assert period("2099-12-31 23:59", "2100-12-31 23:59").is_open
    assert Period(at("2027-05-01 10:00"), OPEN_END).is_open
    assert not period("2027-05-01 10:00", "2099-12-31 23:59").is_open


def test_times_of_other_zones_are_kept_in_utc():
    summer = period("2027-05-01 10:00", "2027-05-01 12:00", BERLIN)
    assert summer == period("2027-05-01 08:00", "2027-05-01 10:00")
    assert summer.starts_at.tzinfo is UTC


def test_the_hour_that_autumn_repeats_lasts_an_hour():
    first = datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN)
    repeated = Period(first, first.replace(fold=1))
    assert repeated.ends_at - repeated.starts_at == timedelta(hours=1)


@pytest.mark.parametrize(
    ("starts", "ends", "days"),
    [
        ("2027-05-01 10:00", "2027-05-01 12:00", [date(2027, 5, 1)]),
        ("2027-05-01 00:00", "2027-05-02 00:00", [date(2027, 5, 1)]),
        ("2027-05-01 23:59", "2027-05-02 00:01", [date(2027, 5, 1), date(2027, 5, 2)]),
        ("2027-03-28 00:00", "2027-03-29 00:00", [date(2027, 3, 28)]),
        ("2027-10-31 00:00", "2027-11-01 00:00", [date(2027, 10, 31)]),
        ("2027-10-30 12:00", "2027-11-01 00:01", [date(2027, 10, 30), date(2027, 10, 31), date(2027, 11, 1)]),
        ("2028-02-28 12:00", "2028-03-01 12:00", [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]),
        ("2027-02-28 12:00", "2027-03-01 12:00", [date(2027, 2, 28), date(2027, 3, 1)]),
    ],
)
def test_days_are_days_of_the_warehouse(starts, ends, days):
    assert local_days(period(starts, ends, BERLIN), BERLIN) == days


def test_the_same_hours_touch_other_days_elsewhere():
    evening = period("2027-05-01 10:00", "2027-05-01 13:00")
    assert local_days(evening, BERLIN) == [date(2027, 5, 1)]
    assert local_days(evening, AUCKLAND) == [date(2027, 5, 1), date(2027, 5, 2)]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2027, 3, 28), 23), (date(2027, 5, 1), 24), (date(2027, 10, 31), 25)]
)
def test_a_day_lasts_from_midnight_to_midnight_when_the_clocks_change(day, hours):
    whole = day_period(day, BERLIN)
    assert whole.ends_at - whole.starts_at == timedelta(hours=hours)
    assert whole.starts_at.astimezone(BERLIN).date() == day


def test_a_day_whose_midnight_the_clocks_skip_begins_an_hour_later():
    whole = day_period(date(2027, 9, 5), ZoneInfo("America/Santiago"))
    assert whole.starts_at == at("2027-09-05 04:00")
    assert whole.ends_at - whole.starts_at == timedelta(hours=23)


@given(
    day=st.dates(date(2000, 1, 3), date(2099, 12, 29)),
    minutes=st.integers(-3000, 3000),
    length=st.integers(1, 10_000),
    zone=st.sampled_from(ZONES),
)
def test_a_day_is_touched_exactly_when_it_overlaps(day, minutes, length, zone):
    starts_at = day_period(day, zone).starts_at + timedelta(minutes=minutes)
    # Stay away from the last midnight before the open end, where days cannot be made.
    found = Period(starts_at, min(starts_at + timedelta(minutes=length), OPEN_END - timedelta(days=2)))
    assert (day in local_days(found, zone)) is day_period(day, zone).overlaps(found)


def test_consecutive_days_leave_no_gap():
    days = [day_period(date(2027, 3, 27) + timedelta(days=number), BERLIN) for number in range(3)]
    assert days[0].ends_at == days[1].starts_at
    assert days[1].ends_at == days[2].starts_at


def test_a_buffer_in_hours_is_elapsed_time_across_a_clock_change():
    show = period("2027-03-28 10:00", "2027-03-28 20:00", BERLIN)
    claim = widen(show, Buffer(hours=12), Buffer(hours=1.5))
    assert claim == period("2027-03-27 21:00", "2027-03-28 21:30", BERLIN)


def test_without_a_buffer_the_claim_is_the_occupancy():
    show = period("2027-05-01 10:00", "2027-05-02 20:00")
    assert widen(show, NO_BUFFER, NO_BUFFER) == show


@pytest.mark.parametrize(
    ("starts", "days", "claimed_from"),
    [
        ("2027-05-03 10:00", 1, "2027-04-30 10:00"),  # Monday: the Friday before
        ("2027-05-03 00:00", 1, "2027-04-30 00:00"),
        ("2027-05-05 10:00", 2, "2027-05-03 10:00"),
        ("2027-05-05 10:00", 3, "2027-04-30 10:00"),
        ("2027-05-02 12:00", 1, "2027-04-30 00:00"),  # Sunday: the whole of Friday
        ("2027-05-01 12:00", 2, "2027-04-29 00:00"),
        ("2027-03-29 10:00", 1, "2027-03-26 10:00"),  # the clocks change between
    ],
)
def test_prep_in_working_days_skips_the_weekend(starts, days, claimed_from):
    show = period(starts, "2027-05-20 10:00", BERLIN)
    claim = widen(show, Buffer(working_days=days), NO_BUFFER, OFFICE_WEEK)
    assert claim == period(claimed_from, "2027-05-20 10:00", BERLIN)


@pytest.mark.parametrize(
    ("ends", "days", "claimed_until"),
    [
        ("2027-05-07 18:00", 1, "2027-05-10 18:00"),  # Friday evening: until Monday evening
        ("2027-05-08 12:00", 1, "2027-05-11 00:00"),  # Saturday: the whole of Monday
        ("2027-05-07 00:00", 1, "2027-05-08 00:00"),  # the event had Thursday: the whole of Friday
        ("2027-05-08 00:00", 1, "2027-05-11 00:00"),  # the event had Friday: the whole of Monday
        ("2027-05-10 00:00", 1, "2027-05-11 00:00"),
        ("2027-05-03 18:00", 4, "2027-05-07 18:00"),
        ("2027-05-03 18:00", 5, "2027-05-10 18:00"),
    ],
)
def test_turnaround_in_working_days_skips_the_weekend(ends, days, claimed_until):
    show = period("2027-04-01 10:00", ends, BERLIN)
    claim = widen(show, NO_BUFFER, Buffer(working_days=days), OFFICE_WEEK)
    assert claim == period("2027-04-01 10:00", claimed_until, BERLIN)


def test_hours_come_on_top_of_working_days():
    show = period("2027-05-03 10:00", "2027-05-07 18:00", BERLIN)
    claim = widen(show, Buffer(hours=2, working_days=1), Buffer(hours=3, working_days=1), OFFICE_WEEK)
    assert claim == period("2027-04-30 08:00", "2027-05-10 21:00", BERLIN)


def test_an_open_end_stays_open_with_a_turnaround():
    claim = widen(Period(at("2027-05-03 10:00"), OPEN_END), Buffer(hours=1), Buffer(hours=1))
    assert claim == Period(at("2027-05-03 09:00"), OPEN_END)


@pytest.mark.parametrize(
    "week", [None, WorkingWeek(frozenset(), BERLIN), WorkingWeek(frozenset({7}), BERLIN)]
)
@pytest.mark.parametrize(
    "buffers", [(Buffer(working_days=1), NO_BUFFER), (NO_BUFFER, Buffer(working_days=1))]
)
def test_working_days_need_a_warehouse_that_works(week, buffers):
    with pytest.raises(ValueError, match="at least one day a week"):
        widen(period("2027-05-03 10:00", "2027-05-07 18:00"), *buffers, week)


@pytest.mark.parametrize("wrong", [{"hours": -1}, {"working_days": -1}])
def test_a_negative_buffer_is_refused(wrong):
    with pytest.raises(ValueError, match="cannot be negative"):
        Buffer(**wrong)


def test_a_buffer_that_leaves_the_years_is_refused():
    with pytest.raises(ValueError, match="between 2000 and 2100"):
        widen(period("2000-01-01 10:00", "2000-01-02 10:00"), Buffer(hours=11), NO_BUFFER)
