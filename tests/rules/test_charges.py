"""Charged days."""

import pytest

from app.rules.charges import ChargeMode, charge_days, is_weekend

from .instants import AUCKLAND, BERLIN, period

CALENDAR, HOURS = ChargeMode.CALENDAR, ChargeMode.HOURS_24


@pytest.mark.parametrize(
    ("starts", "ends", "days"),
    [
        ("2027-05-03 10:00", "2027-05-03 18:00", 1),
        ("2027-05-03 10:00", "2027-05-04 00:00", 1),
        ("2027-05-03 10:00", "2027-05-04 00:01", 2),
        ("2027-05-03 23:00", "2027-05-05 01:00", 3),
        ("2027-03-27 00:00", "2027-03-29 00:00", 2),
        ("2028-02-28 09:00", "2028-03-01 17:00", 3),
    ],
)
def test_calendar_mode_charges_each_day_touched(starts, ends, days):
    assert charge_days(period(starts, ends, BERLIN), BERLIN, CALENDAR) == days


def test_calendar_days_are_the_warehouses():
    window = period("2027-05-01 10:00", "2027-05-01 13:00")
    assert (charge_days(window, BERLIN), charge_days(window, AUCKLAND)) == (1, 2)


@pytest.mark.parametrize(
    ("starts", "ends", "leeway", "days"),
    [
        ("2027-05-03 10:00", "2027-05-03 11:00", 0, 1),
        ("2027-05-03 10:00", "2027-05-04 10:00", 0, 1),
        ("2027-05-03 10:00", "2027-05-04 10:01", 0, 2),
        ("2027-05-03 10:00", "2027-05-04 12:00", 2, 1),
        ("2027-05-03 10:00", "2027-05-04 12:01", 2, 2),
        ("2027-05-03 10:00", "2027-05-05 12:00", 2, 2),
        ("2027-05-03 10:00", "2027-05-03 11:00", 5, 1),
        ("2027-03-27 10:00", "2027-03-28 10:00", 0, 1),  # 23 hours
        ("2027-10-30 10:00", "2027-10-31 10:00", 0, 1),  # 25 hours
    ],
)
def test_24_hour_mode_charges_each_day_begun_by_the_clock_on_the_wall(starts, ends, leeway, days):
    assert charge_days(period(starts, ends, BERLIN), BERLIN, HOURS, leeway) == days


def test_nobody_has_leeway_unless_it_is_given():
    assert charge_days(period("2027-05-03 10:00", "2027-05-04 10:30", BERLIN), BERLIN, HOURS) == 2


def test_a_week_can_be_charged_as_one_day():
    window = period("2027-05-03 08:00", "2027-05-10 18:00", BERLIN)
    assert charge_days(window, BERLIN, chargeable_days_per_week=1) == 2


def test_the_leeway_does_not_touch_calendar_days():
    window = period("2027-05-03 10:00", "2027-05-04 01:00", BERLIN)
    assert charge_days(window, BERLIN, CALENDAR, 5) == 2


@pytest.mark.parametrize(
    ("last_day", "days"), [(1, 1), (3, 3), (4, 3), (7, 3), (8, 4), (10, 6), (14, 6), (15, 7), (21, 9)]
)
def test_a_week_is_charged_as_so_many_days_and_the_next_begins_anew(last_day, days):
    window = period("2027-05-01 08:00", f"2027-05-{last_day:02} 18:00", BERLIN)
    assert charge_days(window, BERLIN, chargeable_days_per_week=3) == days
    assert charge_days(window, BERLIN) == last_day


@pytest.mark.parametrize("wrong", [{"leeway_hours": -1}, {"leeway_hours": 24}])
def test_an_impossible_leeway_is_refused(wrong):
    with pytest.raises(ValueError, match="leeway"):
        charge_days(period("2027-05-03 10:00", "2027-05-04 01:00"), BERLIN, HOURS, **wrong)


@pytest.mark.parametrize("days_per_week", [0, 8])
def test_an_impossible_week_is_refused(days_per_week):
    with pytest.raises(ValueError, match="A week has"):
        charge_days(
            period("2027-05-03 10:00", "2027-05-04 01:00"), BERLIN, chargeable_days_per_week=days_per_week
        )


@pytest.mark.parametrize(
    ("starts", "ends", "weekend"),
    [
        ("2027-05-07 12:00", "2027-05-10 09:00", True),  # Friday to Monday
        ("2027-05-08 10:00", "2027-05-08 23:00", True),
        ("2027-05-09 10:00", "2027-05-10 09:00", True),
        ("2027-05-06 12:00", "2027-05-10 09:00", False),  # from Thursday
        ("2027-05-07 12:00", "2027-05-11 09:00", False),  # to Tuesday
        ("2027-05-06 12:00", "2027-05-08 20:00", False),  # Thursday to Saturday
        ("2027-05-07 08:00", "2027-05-07 20:00", False),  # Friday alone
        ("2027-05-10 08:00", "2027-05-10 20:00", False),  # Monday alone
        ("2027-05-08 08:00", "2027-05-15 20:00", False),  # two Saturdays
    ],
)
def test_a_weekend_holds_a_saturday_or_sunday_and_no_working_day_but_its_edges(starts, ends, weekend):
    assert is_weekend(period(starts, ends, BERLIN), BERLIN) is weekend
