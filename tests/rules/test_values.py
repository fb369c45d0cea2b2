"""What the rules hand out cannot be changed afterwards."""

from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest

from app.rules.codes import ScanInput
from app.rules.packages import PackageCycle
from app.rules.periods import Buffer
from app.rules.phases import LineCounts
from app.rules.pricing import EVERY_DAY_FULL, RateCard
from app.rules.totals import PricedLine, line_total, quote_totals

from .instants import period

ONE = Decimal(1)
VALUES = [
    (period("2027-05-01 10:00", "2027-05-02 10:00"), "ends_at"),
    (Buffer(), "hours"),
    (EVERY_DAY_FULL, "steps"),
    (RateCard(ONE), "day"),
    (line_total(ONE, ONE, 1), "net"),
    (PricedLine(ONE, "full"), "net"),
    (quote_totals([], tax_classes={}), "gross"),
    (LineCounts(1, 0, 0, 0), "out"),
    (ScanInput("CH-1"), "quantity"),
]


@pytest.mark.parametrize(("value", "field"), VALUES, ids=lambda one: type(one).__name__)
def test_a_value_cannot_be_changed(value, field):
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, None)
    assert not hasattr(value, "__dict__")


def test_one_piece_is_meant_when_nothing_is_said():
    assert ScanInput("CH-1").quantity == 1


def test_a_refused_package_is_an_ordinary_wrong_value():
    assert issubclass(PackageCycle, ValueError)
