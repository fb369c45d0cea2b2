"""What the lines of a quote come to: sections, options and the whole, by the rules of rules/totals.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from app.models import LineKind
from app.rules.money import ZERO, round_money
from app.rules.totals import PricedLine, Totals, line_total, quote_totals

PRICED = frozenset({LineKind.PRODUCT, LineKind.SERVICE, LineKind.CREW, LineKind.TRANSPORT})
LABOUR = frozenset({LineKind.SERVICE, LineKind.CREW, LineKind.TRANSPORT})


class Line(Protocol):
    """What counting needs of a line."""

    id: int
    kind: LineKind
    description: str
    quantity: int
    charge_units: Decimal
    unit_price: Decimal
    factor: Decimal
    discount_percent: Decimal
    tax_rate: Decimal
    is_discountable: bool
    is_optional: bool
    is_chosen: bool
    net: Decimal
    unit_cost: Decimal


class Ticked:
    """A line as if an option had been ticked, or had not: for counting, nothing is written."""

    def __init__(self, line: Any, is_chosen: bool) -> None:
        self._line, self.is_chosen = line, is_chosen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)


@dataclass(frozen=True)
class Section:
    """A part of a quote under one title (none for what stands before the first)."""

    title: Line | None
    lines: tuple[Line, ...]
    net: Decimal


@dataclass(frozen=True)
class Sums:
    """Everything that is said about money at the foot of a quote."""

    totals: Totals
    sections: tuple[Section, ...]
    options: Decimal
    cost: Decimal

    @property
    def margin(self) -> Decimal:
        """What is left of the net after what it costs us."""
        return self.totals.net - self.cost

    @property
    def margin_percent(self) -> Decimal | None:
        """The margin as a share of the net; none when there is no net."""
        return round_money(self.margin * 100 / self.totals.net, 1) if self.totals.net else None

    @property
    def tax(self) -> Decimal:
        """All of the tax."""
        return sum(self.totals.tax.values(), ZERO)


def is_counted(line: Line) -> bool:
    """True for a priced line that is part of the offer: not optional, or chosen."""
    return line.kind in PRICED and (not line.is_optional or line.is_chosen)


def line_net(line: Line) -> Decimal:
    """What a line comes to, before the discounts of its section and of the quote."""
    if line.kind not in PRICED:
        return ZERO
    return line_total(
        line.unit_price, line.factor, line.quantity, line.discount_percent, line.is_discountable
    ).net


def line_cost(line: Line) -> Decimal:
    """What a line costs us: people by the day, things by the piece."""
    days = line.charge_units if line.kind in LABOUR else Decimal(1)
    return round_money(line.unit_cost * days * line.quantity)


def sections_of(lines: Sequence[Line]) -> list[tuple[Line | None, list[Line]]]:
    """The lines under their titles, in order."""
    found: list[tuple[Line | None, list[Line]]] = [(None, [])]
    for line in lines:
        if line.kind is LineKind.SECTION:
            found.append((line, []))
        else:
            found[-1][1].append(line)
    return [(title, inside) for title, inside in found if title or inside]


def sums_of(lines: Sequence[Line], quote_discount: Decimal) -> Sums:
    """Count a quote: section discounts first, then the quote's, then tax."""
    sections = sections_of(lines)
    discounts = {str(title.id): title.discount_percent for title, _ in sections if title}
    priced = [as_priced(line, title) for title, inside in sections for line in inside if is_counted(line)]
    optional = [line for line in lines if line.kind in PRICED and line.is_optional and not line.is_chosen]
    return Sums(
        count(priced, discounts, quote_discount),
        tuple(Section(title, tuple(inside), section_net(title, inside)) for title, inside in sections),
        sum((line.net for line in optional), ZERO),
        sum((line_cost(line) for line in lines if is_counted(line)), ZERO),
    )


def section_net(title: Line | None, inside: Sequence[Line]) -> Decimal:
    """What a section comes to after its own discount."""
    discounts = {str(title.id): title.discount_percent} if title else {}
    return count([as_priced(line, title) for line in inside if is_counted(line)], discounts, ZERO).net


def as_priced(line: Line, title: Line | None) -> PricedLine:
    """A line as the rules count it; its rate is its tax class."""
    return PricedLine(line.net, str(line.tax_rate), str(title.id) if title else "", line.is_discountable)


def count(lines: Sequence[PricedLine], groups: Mapping[str, Decimal], discount: Decimal) -> Totals:
    """The totals of priced lines."""
    rates = {line.tax_class: Decimal(line.tax_class) for line in lines}
    return quote_totals(lines, tax_classes=rates, group_discounts=groups, quote_discount=discount)
