"""Line and quote totals, rounded in one order."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.money import round_money
from app.rules.totals import LineTotal, PricedLine, deal_lines, line_total, quote_totals

D = Decimal
TAXES = {"full": D(19), "reduced": D(7), "none": D(0)}
prices = st.decimals(0, 10_000, places=2)
percents = st.decimals(0, 100, places=2)
lines = st.builds(
    PricedLine,
    net=prices,
    tax_class=st.sampled_from(list(TAXES)),
    group=st.sampled_from(["light", "sound", ""]),
    discountable=st.booleans(),
)


def test_a_line_is_unit_times_factor_times_quantity_less_discount():
    assert line_total(D("80.00"), D("1.5"), 4, D("12.5")) == LineTotal(D(120), D(480), D(60), D(420))


def test_one_piece_is_rounded_before_it_is_multiplied():
    # 0.333 each would make 3.33 for ten; 0.33 is what the client sees.
    assert line_total(D("0.333"), D(1), 10).net == D("3.30")
    assert line_total(D("0.05"), D("0.5"), 100).unit_total == D("0.03")
    assert line_total(D("0.05"), D("0.5"), 100).net == D("3.00")


def test_the_discount_is_taken_before_the_line_is_rounded():
    assert line_total(D("0.01"), D(1), 1, D(50)) == LineTotal(D("0.01"), D("0.01"), D("0.00"), D("0.01"))
    assert line_total(D("1.11"), D(1), 1, D(50)).net == D("0.56")


def test_a_measured_quantity_is_priced_too():
    assert line_total(D("12.35"), D(1), D("0.3")).full == D("3.71")
    assert line_total(D("0.11"), D(1), D("0.5"), D(20)).net == D("0.04")


def test_a_line_that_is_not_discountable_keeps_its_price():
    assert line_total(D("80.00"), D(1), 1, D(50), discountable=False).net == D("80.00")


@pytest.mark.parametrize("percent", ["-1", "100.5"])
def test_an_impossible_line_discount_is_refused(percent):
    with pytest.raises(ValueError, match="between 0 and 100"):
        line_total(D(1), D(1), 1, D(percent))


@given(price=prices, quantity=st.integers(1, 500), percent=percents)
def test_what_is_taken_off_and_what_is_left_make_the_full_price(price, quantity, percent):
    total = line_total(price, D(1), quantity, percent)
    assert total.net + total.discount == total.full == price * quantity
    assert 0 <= total.net <= total.full


def test_group_discounts_come_first_and_the_quotes_from_what_they_leave():
    totals = quote_totals(
        [PricedLine(D(1000), "full", "light"), PricedLine(D(500), "full", "sound")],
        tax_classes=TAXES,
        group_discounts={"light": D(10)},
        quote_discount=D(5),
    )
    assert totals.net == D("1330.00")  # (900 + 500) × 0.95, not 1000 × 0.85 + 500 × 0.95
    assert totals.discount == D("170.00")
    assert totals.tax == {"full": D("252.70")}
    assert totals.gross == D("1582.70")


def test_discounts_do_not_reach_lines_that_are_not_discountable():
    totals = quote_totals(
        [PricedLine(D(100), "full", "light"), PricedLine(D(100), "full", "light", discountable=False)],
        tax_classes=TAXES,
        group_discounts={"light": D(50)},
        quote_discount=D(50),
    )
    assert totals.net == D("125.00")


def test_tax_is_taken_per_class_from_the_sum_and_not_per_line():
    three = [PricedLine(D("0.33"), "full")] * 3
    totals = quote_totals(three, tax_classes=TAXES)
    assert totals.tax["full"] == D("0.19")  # three times 0.0627 rounded would be 0.18
    mixed = quote_totals([*three, PricedLine(D(100), "reduced")], tax_classes=TAXES)
    assert mixed.tax == {"full": D("0.19"), "reduced": D("7.00")}
    assert mixed.net_by_class == {"full": D("0.99"), "reduced": D("100.00")}


def test_nothing_is_rounded_between_discount_and_tax():
    # Half of 0.13 is 0.065: its tax at 50 % is 0.0325, of the rounded 0.07 it would be 0.04.
    totals = quote_totals([PricedLine(D("0.13"), "high")], tax_classes={"high": D(50)}, quote_discount=D(50))
    assert totals.net == D("0.07")
    assert totals.tax == {"high": D("0.03")}


def test_a_quote_without_lines_costs_nothing():
    totals = quote_totals([], tax_classes=TAXES)
    assert (totals.subtotal, totals.net, totals.gross, dict(totals.tax)) == (0, 0, 0, {})


def test_a_tax_class_that_nobody_set_is_not_taken_for_untaxed():
    with pytest.raises(KeyError):
        quote_totals([PricedLine(D(1), "unknown")], tax_classes=TAXES)


@pytest.mark.parametrize(
    "wrong",
    [{"quote_discount": D(101)}, {"group_discounts": {"light": D(-1)}}, {"tax_classes": {"full": D(-7)}}],
)
def test_an_impossible_percentage_is_refused(wrong):
    with pytest.raises(ValueError, match="between 0 and 100"):
        quote_totals([PricedLine(D(1), "full", "light")], **({"tax_classes": TAXES} | wrong))


@given(several=st.lists(lines, max_size=30), by_group=percents, by_quote=percents)
def test_what_is_printed_always_adds_up(several, by_group, by_quote):
    totals = quote_totals(
        several, tax_classes=TAXES, group_discounts={"light": by_group}, quote_discount=by_quote
    )
    assert totals.subtotal == sum(line.net for line in several)
    assert totals.subtotal - totals.discount == totals.net == sum(totals.net_by_class.values())
    assert totals.gross == totals.net + sum(totals.tax.values())
    for printed in (totals.net, totals.gross, *totals.tax.values()):
        assert printed == round_money(printed)
    for tax_class, net in totals.net_by_class.items():
        assert abs(totals.tax[tax_class] - net * TAXES[tax_class] / 100) <= D("0.01")


def test_a_deal_price_spreads_over_the_lines_that_may_change():
    agreed = deal_lines(
        [
            PricedLine(D(300), "full"),
            PricedLine(D(50), "full", discountable=False),
            PricedLine(D(100), "reduced", "sound"),
        ],
        D("250.00"),
    )
    assert [line.net for line in agreed] == [D("150.00"), D(50), D("50.00")]
    assert agreed[2] == PricedLine(D("50.00"), "reduced", "sound")


@given(several=st.lists(lines, min_size=1, max_size=20), price=prices)
def test_a_deal_price_is_met_exactly_or_refused(several, price):
    fixed = [line.net for line in several if not line.discountable]
    if len(fixed) == len(several) or price < sum(fixed):
        with pytest.raises(ValueError, match="cannot be below"):
            deal_lines(several, price)
    else:
        agreed = deal_lines(several, price)
        assert sum(line.net for line in agreed) == price
        assert [line.net for line in agreed if not line.discountable] == fixed
