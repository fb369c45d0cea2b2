"""Average cost, profit and margin."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.costing import average_cost, blended, cost_taken_out, credit, margin, profit, replacement

D = Decimal
costs = st.decimals(0, 10_000, places=4)


@pytest.mark.parametrize(
    ("on_hand", "average", "received", "unit_cost", "expected"),
    [
        (0, "0", 10, "2.50", "2.5000"),
        (10, "2.00", 10, "3.00", "2.5000"),
        (10, "2.00", 5, "3.00", "2.3333"),
        (1, "0.0001", 1, "0.0002", "0.0002"),  # half up: 0.00015
        (0, "99.00", 4, "1.00", "1.0000"),  # an old average without stock weighs nothing
        (-3, "99.00", 4, "1.00", "1.0000"),
        (10, "2.00", 10, "0", "1.0000"),
    ],
)
def test_a_receipt_moves_the_average_by_its_weight(on_hand, average, received, unit_cost, expected):
    assert str(average_cost(on_hand, D(average), received, D(unit_cost))) == expected


@given(on_hand=st.integers(0, 10_000), average=costs, received=st.integers(1, 10_000), unit_cost=costs)
def test_the_average_lies_between_the_old_and_the_new(on_hand, average, received, unit_cost):
    new = average_cost(on_hand, average, received, unit_cost)
    known = [average, unit_cost] if on_hand else [unit_cost]
    assert min(known) <= new <= max(known)


@pytest.mark.parametrize("received", [0, -1])
def test_a_receipt_of_nothing_is_refused(received):
    with pytest.raises(ValueError, match="above zero"):
        average_cost(1, D(1), received, D(1))


@pytest.mark.parametrize(("average", "unit_cost"), [(D(-1), D(1)), (D(1), D(-1))])
def test_a_negative_cost_is_refused(average, unit_cost):
    with pytest.raises(ValueError, match="cannot be negative"):
        average_cost(1, average, 1, unit_cost)


@pytest.mark.parametrize(
    ("revenue", "cost", "earned", "percent"),
    [
        ("1000", "600", "400", "40.00"),
        ("300", "200", "100", "33.33"),
        ("1000", "1500", "-500", "-50.00"),
        ("1000", "0", "1000", "100.00"),
    ],
)
def test_margin_is_profit_in_percent_of_revenue(revenue, cost, earned, percent):
    assert profit(D(revenue), D(cost)) == D(earned)
    assert str(margin(D(revenue), D(cost))) == percent


def test_without_revenue_there_is_no_margin():
    assert profit(D(0), D(50)) == -50
    assert margin(D(0), D(50)) is None


def test_what_is_lost_costs_what_so_many_cost_to_buy_again():
    assert str(replacement(D("12.50"), 3)) == "37.50"
    assert str(replacement(D(0), 3)) == "0.00"


@given(charged=st.decimals(0, 10_000, places=2), lost=st.integers(1, 50))
def test_pieces_found_one_after_the_other_give_back_just_what_was_charged(charged, lost):
    left = charged
    for pieces in range(lost, 0, -1):
        left -= credit(left, pieces, 1)
        assert left >= 0
    assert left == 0 and credit(charged, lost, lost) == charged


def test_nothing_is_given_back_where_nothing_is_charged_any_more():
    assert credit(D(0), 3, 2) == 0 and credit(D("-5.00"), 3, 2) == 0 and credit(D(5), 0, 1) == 0


@given(on_hand=st.integers(1, 1_000), average=costs, taken=st.integers(1, 1_000), unit_cost=costs)
def test_what_is_taken_out_never_takes_more_value_than_there_is(on_hand, average, taken, unit_cost):
    taken = min(taken, on_hand)
    cost = cost_taken_out(on_hand, average, taken, unit_cost)
    left = blended(on_hand, average, -taken, cost)
    assert left >= 0
    worth, rounding = on_hand * average - taken * cost, D("0.00005") * (on_hand - taken)
    assert abs(worth - left * (on_hand - taken)) <= rounding


def test_when_the_last_piece_goes_the_average_is_remembered():
    assert blended(5, D("2.50"), -5, D("2.50")) == D("2.50")
