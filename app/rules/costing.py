"""What stock is worth and what an event earns."""

from decimal import ROUND_DOWN, Decimal
from typing import Final

from app.rules.money import HUNDRED, ZERO, round_money

COST_DIGITS: Final = 4
"""A screw costs less than a cent, so unit costs keep four decimal places."""


def average_cost(on_hand: int, average: Decimal, received: int, unit_cost: Decimal) -> Decimal:
    """The moving average cost of one piece after a receipt, to four decimal places.

    (on hand × average + received × unit cost) ÷ (on hand + received). Issues do not change it.
    With nothing on hand the old average has no weight. Raises ValueError when nothing is received
    or a cost is negative.
    """
    if received <= 0:
        raise ValueError("A receipt needs a quantity above zero.")
    if average < ZERO or unit_cost < ZERO:
        raise ValueError("A cost cannot be negative.")
    before = max(on_hand, 0)
    return round_money((before * average + received * unit_cost) / (before + received), COST_DIGITS)


def blended(on_hand: int, average: Decimal, rise: int, unit_cost: Decimal) -> Decimal:
    """The moving average cost after so many pieces came at a cost, or went at one (`rise` below zero).

    What goes takes its value along: (on hand × average − gone × unit cost) ÷ what is left. When nothing is
    left the average stays, as a memory of what one cost.
    """
    if rise > 0:
        return average_cost(on_hand, average, rise, unit_cost)
    left = on_hand + rise
    return round_money((on_hand * average + rise * unit_cost) / left, COST_DIGITS) if left > 0 else average


def cost_taken_out(on_hand: int, average: Decimal, taken: int, unit_cost: Decimal) -> Decimal:
    """At what cost pieces that came in by mistake leave again: their own, as far as the stock is worth it.

    Pieces that were used meanwhile were charged at an average that held the mistake in it, so that less
    value may be left than was received. No more than that goes, and the last piece takes all of it: what
    stock is worth stays the sum of its movements, and never falls below nothing.
    """
    if taken >= on_hand:
        return average
    worth = (on_hand * average / taken).quantize(Decimal(1).scaleb(-COST_DIGITS), ROUND_DOWN)
    return min(unit_cost, worth)


def profit(revenue: Decimal, cost: Decimal) -> Decimal:
    """What is left of the net revenue after costs; below zero is a loss."""
    return revenue - cost


def margin(revenue: Decimal, cost: Decimal) -> Decimal | None:
    """Profit in percent of net revenue, to two decimal places; None when nothing was earned."""
    return round_money(profit(revenue, cost) / revenue * HUNDRED) if revenue else None


def credit(charged: Decimal, lost: int, found: int) -> Decimal:
    """What is given back for pieces that turned up: their part of what was charged and not given back yet.

    Found one after the other, the last piece takes what is left: never more is given back than was charged.
    """
    return round_money(charged * min(found, lost) / lost) if lost > 0 and charged > ZERO else ZERO


def replacement(value: Decimal, pieces: int) -> Decimal:
    """What so many lost pieces cost to buy again, and what the client is asked for unless somebody says otherwise."""
    return round_money(value * pieces)
