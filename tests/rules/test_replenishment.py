"""What is suggested to be ordered, and how long suppliers take."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.replenishment import is_due, lead_days, suggested_quantity, target, whole_packs

pieces = st.integers(0, 10_000)
sizes = st.integers(1, 500)
LONG_AGO = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_it_is_what_is_missing_up_to_the_level_with_what_is_claimed_on_top() -> None:
    assert suggested_quantity(100, on_hand=20, on_order=30, claimed=5) == 55


def test_it_is_rounded_up_to_whole_packs_and_to_the_least_that_is_sold() -> None:
    assert suggested_quantity(100, 20, 30, 5, pack=24) == 72
    assert suggested_quantity(100, 99, 0, 0, pack=24, minimum=50) == 72


def test_nothing_is_suggested_when_nothing_is_missing() -> None:
    assert suggested_quantity(10, 10, 0, 0, pack=24, minimum=50) == 0


@given(pieces, pieces, pieces, pieces, sizes, sizes)
def test_it_is_never_below_zero_never_too_little_and_at_most_one_pack_or_the_minimum_too_much(
    up_to: int, on_hand: int, on_order: int, claimed: int, pack: int, minimum: int
) -> None:
    missing = up_to - on_hand - on_order + claimed
    found = suggested_quantity(up_to, on_hand, on_order, claimed, pack, minimum)
    assert found >= 0 and found % pack == 0
    assert found >= missing
    if missing <= 0:
        assert found == 0
    else:
        assert found >= minimum and found - max(missing, minimum) < pack


@given(pieces, pieces, pieces, pieces, sizes, sizes)
def test_what_was_suggested_and_ordered_is_not_suggested_again(
    up_to: int, on_hand: int, on_order: int, claimed: int, pack: int, minimum: int
) -> None:
    found = suggested_quantity(up_to, on_hand, on_order, claimed, pack, minimum)
    assert suggested_quantity(up_to, on_hand, on_order + found, claimed, pack, minimum) == 0


@given(pieces, pieces, sizes, sizes, st.integers(0, 100))
def test_more_on_hand_never_means_to_order_more(
    up_to: int, on_hand: int, pack: int, minimum: int, more: int
) -> None:
    assert suggested_quantity(up_to, on_hand + more, 0, 0, pack, minimum) <= suggested_quantity(
        up_to, on_hand, 0, 0, pack, minimum
    )


def test_packs_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        whole_packs(3, pack=0)


def test_without_a_level_to_order_up_to_it_is_one_above_the_reorder_level() -> None:
    assert (target(10, None), target(10, 40), target(None, None)) == (11, 40, 0)


@given(pieces, st.none() | pieces, pieces)
def test_what_is_ordered_up_to_the_target_ends_the_need(level: int, more: int | None, on_hand: int) -> None:
    up_to = None if more is None else level + 1 + more
    ordered = suggested_quantity(target(level, up_to), on_hand, 0, 0)
    assert not is_due(level, on_hand, ordered, 0)


def test_it_is_due_at_the_level_counting_what_comes_and_what_is_claimed() -> None:
    assert is_due(10, 10, 0, 0)
    assert not is_due(10, 5, 6, 0)
    assert is_due(10, 12, 0, 2)
    assert is_due(None, 2, 0, 3) and not is_due(None, 3, 0, 3)


def test_the_lead_time_is_the_median_of_what_arrived() -> None:
    waits = [(LONG_AGO, LONG_AGO + timedelta(days=days)) for days in (3, 4, 30)]
    assert lead_days(waits) == 4
    assert lead_days(waits[:2]) == 4
    assert lead_days([]) is None
