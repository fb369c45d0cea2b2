"""Factors and rates, with the tables that rental companies publish."""

from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.charges import ChargeMode, charge_days
from app.rules.money import round_money, share
from app.rules.pricing import (
    EVERY_DAY_FULL,
    FactorStep,
    FactorTable,
    Price,
    QuantityBreak,
    Rate,
    RateCard,
    cheapest_price,
    price_for_quantity,
)
from app.rules.totals import line_total

from .instants import BERLIN, period, rows

D = Decimal
EVERYMAN = FactorTable((FactorStep(1, D(1)), FactorStep(2, D("1.5"))), per_extra_day=D("0.25"))
PEGASUS_MONTH = FactorTable(tuple(FactorStep(day, D(day)) for day in range(1, 10)))


def published(company: str) -> dict[str, str]:
    """The first rule with multipliers of a company in rate_rules.csv."""
    return next(row for row in rows("rate_rules.csv") if company in row["company"] and row["multipliers"])


def test_everyman_charges_100_then_50_then_25_percent():
    first, second, later = published("Everyman")["multipliers"].rstrip("…").split(";")
    by_day = list(accumulate([D(first), D(second), *[D(later)] * 8]))
    assert [EVERYMAN.factor(day) for day in range(1, 11)] == by_day
    assert line_total(D("80.00"), EVERYMAN.factor(4), 2).net == D("320.00")


def test_pegasus_charges_three_days_for_a_week():
    assert published("Pegasus")["multipliers"] == "week=3d;month=3w"
    week = period("2027-05-03 08:00", "2027-05-09 18:00", BERLIN)
    assert charge_days(week, BERLIN, chargeable_days_per_week=3) == 3


@pytest.mark.parametrize("last_day", [29, 30, 31])
def test_pegasus_charges_three_weeks_for_a_month(last_day):
    month = period("2027-05-01 08:00", f"2027-05-{last_day} 18:00", BERLIN)
    assert PEGASUS_MONTH.factor(charge_days(month, BERLIN, chargeable_days_per_week=3)) == 9


def test_pegasus_charges_at_least_one_day():
    assert charge_days(period("2027-05-03 08:00", "2027-05-03 08:30", BERLIN), BERLIN) == 1


def test_osmond_charges_one_day_for_pick_up_today_and_return_tomorrow():
    overnight = period("2027-05-03 16:00", "2027-05-04 16:00", BERLIN)
    assert charge_days(overnight, BERLIN, ChargeMode.HOURS_24) == 1


def test_warwick_charges_two_percent_of_the_retail_price():
    rule = next(row for row in rows("rate_rules.csv") if "RRP" in row["multipliers"])
    rate = D(rule["multipliers"].split()[0])
    assert round_money(share(D("99.99"), rate * 100)) == D("2.00")


def test_a_step_holds_until_the_next_begins():
    table = FactorTable((FactorStep(1, D(1)), FactorStep(3, D(2)), FactorStep(7, D("2.5"))))
    assert [table.factor(day) for day in range(1, 9)] == [1, 1, 2, 2, 2, 2, D("2.5"), D("2.5")]


def test_the_extra_day_counts_only_after_the_last_step():
    table = FactorTable((FactorStep(1, D(1)), FactorStep(4, D(2))), per_extra_day=D("0.1"))
    assert [table.factor(day) for day in (3, 4, 5, 14)] == [1, 2, D("2.1"), D("3.0")]


@given(st.integers(1, 1000))
def test_without_a_table_every_day_costs_the_day_rate(days):
    assert EVERY_DAY_FULL.factor(days) == days


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (FactorStep(2, D(1)),),
        (FactorStep(1, D(1)), FactorStep(1, D(2))),
        (FactorStep(1, D(1)), FactorStep(5, D(2)), FactorStep(3, D(2))),
    ],
)
def test_a_table_that_does_not_begin_with_day_one_or_does_not_rise_is_refused(steps):
    with pytest.raises(ValueError, match="begins with day 1"):
        FactorTable(steps)


@pytest.mark.parametrize(
    "table", [((FactorStep(1, D(-1)),), D(0)), ((FactorStep(1, D(1)),), D("-0.25"))], ids=["step", "extra"]
)
def test_a_negative_factor_is_refused(table):
    with pytest.raises(ValueError, match="cannot be negative"):
        FactorTable(*table)


def test_a_first_day_may_be_free():
    assert FactorTable((FactorStep(1, D(0)), FactorStep(2, D(1)))).factor(1) == 0


@pytest.mark.parametrize("days", [0, -1])
def test_less_than_a_day_has_no_factor(days):
    with pytest.raises(ValueError, match="At least one day"):
        EVERYMAN.factor(days)


CARD = RateCard(day=D(100), week=D(300), weekend=D(150))


@pytest.mark.parametrize(
    ("days", "weekend", "expected"),
    [
        (1, False, Price(Rate.DAY, D(100), D(1))),
        (3, False, Price(Rate.DAY, D(100), D(3))),  # the same: the day rate
        (4, False, Price(Rate.WEEK, D(300), D(1))),
        (7, False, Price(Rate.WEEK, D(300), D(1))),
        (8, False, Price(Rate.WEEK, D(300), D(2))),
        (1, True, Price(Rate.DAY, D(100), D(1))),
        (3, True, Price(Rate.WEEKEND, D(150), D(1))),
    ],
)
def test_the_cheapest_published_rate_is_taken(days, weekend, expected):
    assert cheapest_price(CARD, days, weekend=weekend) == expected


def test_rates_that_are_not_published_are_not_offered():
    assert cheapest_price(RateCard(D(100)), 7, weekend=True) == Price(Rate.DAY, D(100), D(7))


def test_a_cheaper_factor_beats_the_week_rate():
    assert cheapest_price(CARD, 5, EVERYMAN) == Price(Rate.DAY, D(100), D("2.25"))


def test_a_week_can_have_fewer_charged_days():
    card = RateCard(D(100), week=D(250))
    assert cheapest_price(card, 3, days_per_week=3) == Price(Rate.WEEK, D(250), D(1))
    assert cheapest_price(card, 6, days_per_week=3) == Price(Rate.WEEK, D(250), D(2))


@pytest.mark.parametrize(
    ("quantity", "price"), [(1, "5.00"), (9, "5.00"), (10, "4.50"), (49, "4.50"), (50, "4.00"), (500, "4.00")]
)
def test_more_pieces_cost_less_each(quantity, price):
    breaks = [QuantityBreak(50, D("4.00")), QuantityBreak(10, D("4.50"))]
    assert price_for_quantity(D("5.00"), quantity, breaks) == D(price)
