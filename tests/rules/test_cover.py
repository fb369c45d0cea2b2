"""How long stock lasts, how soon somebody should look, and which levels fit what is used."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.cover import PRIORITIES, daily_use, days_of_cover, level_kind, priority
from app.rules.levels import proposed_levels


@pytest.mark.parametrize(
    ("on_hand", "level", "kind"),
    [(6, 5, None), (5, 5, "low"), (1, 5, "low"), (0, 5, "out"), (0, 0, "out"), (1, 0, None), (0, None, None)],
)
def test_at_the_level_is_low_and_nothing_left_is_out(
    on_hand: int, level: int | None, kind: str | None
) -> None:
    assert level_kind(on_hand, level) == kind


def test_cover_is_whole_days_at_the_average_use() -> None:
    assert days_of_cover(20, daily_use(270)) == 6
    assert days_of_cover(0, daily_use(90)) == 0
    assert days_of_cover(20, daily_use(0)) is None
    with pytest.raises(ValueError, match="at least one day"):
        daily_use(5, 0)


@pytest.mark.parametrize(
    ("on_hand", "cover", "lead", "is_critical", "word"),
    [
        (0, None, 5, False, "high"), (0, None, 5, True, "critical"), (4, 5, 5, False, "high"),
        (4, 5, 5, True, "critical"),
        (4, 6, 5, False, "normal"), (4, 10, 5, True, "high"), (4, 11, 5, False, "low"), (4, None, 5, False, "low"),
        (4, None, 5, True, "normal"), (4, 7, 0, False, "high"), (4, 8, 0, False, "normal"),
    ],
)  # fmt: skip
def test_what_is_gone_before_a_delivery_comes_first_and_critical_before_all(
    on_hand: int, cover: int | None, lead: int, is_critical: bool, word: str
) -> None:
    assert priority(on_hand, cover, lead, is_critical=is_critical) == word


@given(st.integers(1, 500), st.integers(0, 400), st.integers(0, 90), st.booleans())
def test_less_in_stock_is_never_less_urgent(on_hand: int, used: int, lead: int, is_critical: bool) -> None:
    def step(left: int) -> int:
        cover = days_of_cover(left, daily_use(used))
        return PRIORITIES.index(priority(left, cover, lead, is_critical=is_critical))

    assert step(on_hand - 1) <= step(on_hand)


def test_the_level_covers_the_lead_time_with_half_in_reserve() -> None:
    found = proposed_levels(Decimal("2.5"), 6)
    assert (found.lead_demand, found.safety, found.cycle_demand) == (15, 8, 75)
    assert (found.reorder_level, found.order_up_to) == (23, 98)


def test_what_must_never_be_missing_keeps_a_whole_lead_time_in_reserve() -> None:
    assert proposed_levels(Decimal("2.5"), 6, is_critical=True).reorder_level == 30
    assert proposed_levels(Decimal(0), 6, is_critical=True).reorder_level == 1
    assert proposed_levels(Decimal(0), 6).reorder_level == 0


@given(st.decimals(0, 1000, places=3), st.integers(0, 365), st.booleans())
def test_ordering_up_to_the_proposed_level_ends_the_alert(use: Decimal, lead: int, is_critical: bool) -> None:
    found = proposed_levels(use, lead, is_critical=is_critical)
    assert found.order_up_to > found.reorder_level >= found.lead_demand
    with pytest.raises(ValueError, match="below zero"):
        proposed_levels(Decimal(-1), lead)
