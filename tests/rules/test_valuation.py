"""What stock is worth is on hand × average, and the sum of its movements but for rounding."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.rules.costing import cost_taken_out
from app.rules.valuation import (
    Line,
    Worth,
    carrying_cost,
    days_in_stock,
    rounding_bound,
    sum_of_movements,
    turns,
    worth_after,
)

costs = st.decimals("0", "500", places=4)


@st.composite
def ledgers(draw: st.DrawFn) -> list[Line]:
    """Movements of a product as the ledger writes them: receipts at a cost, issues at the average, corrections."""
    lines: list[Line] = []
    worth = Worth()
    for _ in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from(("receipt", "issue", "taken_back", "counted")))
        line = next_line(draw, kind, worth)
        lines.append(line)
        worth = worth.after(line)
    return lines


def next_line(draw: st.DrawFn, kind: str, worth: Worth) -> Line:
    """One more movement; where nothing is left, only a receipt can follow."""
    if kind == "receipt" or not worth.on_hand:
        return Line(draw(st.integers(1, 1_000)), draw(costs), True)
    if kind == "counted":
        return Line(draw(st.integers(1, 50)), worth.average, False)
    taken = draw(st.integers(1, worth.on_hand))
    if kind == "issue":
        return Line(-taken, worth.average, False)
    return Line(-taken, cost_taken_out(worth.on_hand, worth.average, taken, draw(costs)), True)


def test_ten_at_two_and_thirty_at_three_are_worth_110() -> None:
    lines = [Line(10, Decimal(2), True), Line(30, Decimal(3), True)]
    assert worth_after(lines) == Worth(40, Decimal("2.75"))
    assert worth_after(lines).amount == sum_of_movements(lines) == Decimal(110)
    used = [*lines, Line(-8, Decimal("2.75"), False)]
    assert worth_after(used).amount == sum_of_movements(used) == Decimal(88)


def test_a_third_of_a_cent_is_rounded_and_the_bound_says_how_far() -> None:
    lines = [Line(1, Decimal(1), True), Line(2, Decimal("1.0001"), True)]
    assert worth_after(lines).average == Decimal("1.0001")
    assert worth_after(lines).amount - sum_of_movements(lines) == Decimal("0.0001")
    assert rounding_bound(lines) == Decimal("0.0002")


@given(ledgers())
def test_worth_is_the_sum_of_movements_within_what_rounding_can_do(lines: list[Line]) -> None:
    worth = worth_after(lines)
    assert worth.on_hand == sum(line.rise for line in lines)
    assert abs(worth.amount - sum_of_movements(lines)) <= rounding_bound(lines)


@given(ledgers(), st.integers(0, 25))
def test_worth_at_a_time_and_what_moved_since_lead_to_the_worth_now(lines: list[Line], cut: int) -> None:
    assert worth_after(lines[cut:], worth_after(lines[:cut])) == worth_after(lines)


@given(ledgers())
def test_worth_is_never_below_nothing(lines: list[Line]) -> None:
    assert all(worth_after(lines[:end]).amount >= 0 for end in range(len(lines) + 1))


def test_turns_and_what_it_costs_to_keep_stock() -> None:
    assert turns(Decimal(1_200), Decimal(400), 365) == 3
    assert turns(Decimal(100), Decimal(400), 73) == Decimal("1.25")
    assert turns(Decimal(100), Decimal(0), 365) is None
    assert (
        days_in_stock(Decimal(5)) == 73 and days_in_stock(Decimal(0)) is None and days_in_stock(None) is None
    )
    assert carrying_cost(Decimal(10_000), Decimal(20), 365) == 2_000
    assert carrying_cost(Decimal(10_000), Decimal(20), 73) == 400
