"""Rounding and spreading money."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.money import checked_percent, round_money, share, spread

amounts = st.decimals(-1_000_000, 1_000_000, places=2)
weights = st.lists(st.decimals(0, 100_000, places=3), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("1.005", "1.01"),
        ("1.004999", "1.00"),
        ("2.675", "2.68"),
        ("0.125", "0.13"),
        ("-1.005", "-1.01"),
        ("-0.001", "0.00"),
        ("7", "7.00"),
    ],
)
def test_halves_are_rounded_away_from_zero(amount, rounded):
    assert str(round_money(Decimal(amount))) == rounded


def test_currencies_without_or_with_three_decimals_round_to_theirs():
    assert str(round_money(Decimal("1234.5"), 0)) == "1235"
    assert str(round_money(Decimal("0.0005"), 3)) == "0.001"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_a_number_is_refused(amount):
    with pytest.raises(ValueError, match="must be a number"):
        round_money(Decimal(amount))


@given(amount=st.decimals(-1_000_000, 1_000_000, places=6))
def test_a_credit_note_mirrors_its_invoice(amount):
    assert round_money(-amount) == -round_money(amount)


def test_a_share_is_not_rounded():
    assert share(Decimal("0.05"), Decimal("12.5")) == Decimal("0.00625")


@pytest.mark.parametrize("percent", ["-0.01", "100.01"])
def test_a_percentage_outside_its_bounds_is_refused(percent):
    with pytest.raises(ValueError, match="between 0 and 100"):
        checked_percent(Decimal(percent))


@pytest.mark.parametrize("percent", ["0", "12.5", "100"])
def test_a_percentage_within_its_bounds_is_kept(percent):
    assert checked_percent(Decimal(percent)) == Decimal(percent)


@given(total=amounts, shares=weights)
def test_the_parts_sum_to_the_total_exactly(total, shares):
    parts = spread(total, shares)
    assert sum(parts) == total
    assert len(parts) == len(shares)


@given(total=amounts, shares=weights)
def test_no_part_is_off_by_more_than_a_minor_unit(total, shares):
    whole = sum(shares) or Decimal(len(shares))
    for part, weight in zip(spread(total, shares), shares, strict=True):
        exact = total * (weight if any(shares) else 1) / whole
        assert abs(part - exact) <= Decimal("0.010000001")
        assert part == round_money(part)


def test_a_spread_is_what_a_person_would_write():
    assert spread(Decimal("100.00"), [Decimal(1)] * 3) == [
        Decimal("33.33"),
        Decimal("33.34"),
        Decimal("33.33"),
    ]
    assert spread(Decimal("10.00"), [Decimal(3), Decimal(0), Decimal(1)]) == [
        Decimal("7.50"),
        Decimal("0.00"),
        Decimal("2.50"),
    ]
    assert spread(Decimal(7), [Decimal(1), Decimal(1)], digits=0) == [Decimal(4), Decimal(3)]


def test_weights_that_are_all_zero_share_equally():
    assert spread(Decimal("9.00"), [Decimal(0)] * 2) == [Decimal("4.50"), Decimal("4.50")]


@pytest.mark.parametrize("shares", [[], [Decimal(2), Decimal(-1)]])
def test_a_total_cannot_be_spread_over_nothing_or_less(shares):
    with pytest.raises(ValueError, match="not negative"):
        spread(Decimal(1), shares)


def test_a_total_finer_than_minor_units_is_refused():
    with pytest.raises(ValueError, match="whole minor units"):
        spread(Decimal("1.005"), [Decimal(1)])
