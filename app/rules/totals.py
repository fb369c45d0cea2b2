"""Lines and totals of quotes and invoices, rounded in one fixed order.

unit × factor → round → × quantity → line discount → round → sum → discounts → tax per class → round
(3-domain.md, section 9). Percentages are Decimal percent: Decimal("12.5") is 12.5 %.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.rules.money import HUNDRED, ZERO, checked_percent, round_money, share, spread


@dataclass(frozen=True, slots=True)
class LineTotal:
    """What a line costs: one piece for the whole time, all pieces, what is taken off, what is left."""

    unit_total: Decimal
    full: Decimal
    discount: Decimal
    net: Decimal


def line_total(
    unit_price: Decimal,
    factor: Decimal,
    quantity: int | Decimal,
    discount_percent: Decimal = ZERO,
    discountable: bool = True,
) -> LineTotal:
    """Price a line. On a line that is not discountable the discount does not count.

    Raises ValueError for a discount outside 0-100 %.
    """
    unit_total = round_money(unit_price * factor)
    full = round_money(unit_total * quantity)
    percent = checked_percent(discount_percent) if discountable else ZERO
    # From what is left, not from the rounded discount: a half goes up once, in the net.
    net = round_money(unit_total * quantity * (HUNDRED - percent) / HUNDRED)
    return LineTotal(unit_total, full, full - net, net)


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What the totals need of a line: its net, how it is taxed, and which discounts reach it."""

    net: Decimal
    tax_class: str
    group: str = ""
    discountable: bool = True


@dataclass(frozen=True, slots=True)
class Totals:
    """`subtotal` less `discount` is `net`; `net` and all of `tax` is `gross`. By class they sum up too."""

    subtotal: Decimal
    discount: Decimal
    net: Decimal
    net_by_class: Mapping[str, Decimal]
    tax: Mapping[str, Decimal]
    gross: Decimal


def quote_totals(
    lines: Sequence[PricedLine],
    *,
    tax_classes: Mapping[str, Decimal],
    group_discounts: Mapping[str, Decimal] | None = None,
    quote_discount: Decimal = ZERO,
) -> Totals:
    """Total the lines: group discounts first, the quote's from what they leave, then tax per class.

    Tax is taken from the discounted sum before that is rounded, so one quote rounds once. Raises
    ValueError for a percentage outside 0-100 and KeyError for a tax class that is not given.
    """
    exact = _discounted_by_class(lines, group_discounts or {}, quote_discount)
    net_by_class = {tax_class: round_money(amount) for tax_class, amount in exact.items()}
    tax = {
        tax_class: round_money(share(amount, checked_percent(tax_classes[tax_class])))
        for tax_class, amount in exact.items()
    }
    subtotal, net = sum((line.net for line in lines), ZERO), sum(net_by_class.values(), ZERO)
    return Totals(subtotal, subtotal - net, net, net_by_class, tax, net + sum(tax.values(), ZERO))


def _discounted_by_class(
    lines: Sequence[PricedLine], group_discounts: Mapping[str, Decimal], quote_discount: Decimal
) -> dict[str, Decimal]:
    """The sum of each tax class after discounts, not rounded."""
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        percents = (group_discounts.get(line.group, ZERO), quote_discount) if line.discountable else ()
        amount = line.net
        for percent in percents:
            amount -= share(amount, checked_percent(percent))
        sums[line.tax_class] += amount
    return dict(sums)


def deal_lines(lines: Sequence[PricedLine], deal_price: Decimal) -> list[PricedLine]:
    """The lines at an agreed net price: it spreads over the discountable ones, in proportion.

    The lines sum to the deal price exactly. Raises ValueError when no line may change, or when those
    that may not already cost more.
    """
    changeable = [line.net for line in lines if line.discountable]
    fixed = sum((line.net for line in lines if not line.discountable), ZERO)
    if not changeable or deal_price < fixed:
        raise ValueError(f"The deal price cannot be below the lines without discount: {fixed}.")
    parts = iter(spread(deal_price - fixed, changeable))
    return [replace(line, net=next(parts)) if line.discountable else line for line in lines]
