"""A, B and C by yearly use value, and how often each is counted."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.rules.abc import AbcClass, classes, cycle

A, B, C = AbcClass


def test_the_first_eighty_percent_are_a_up_to_ninety_five_b_the_rest_c() -> None:
    values = {1: Decimal(70), 2: Decimal(12), 3: Decimal(10), 4: Decimal(5), 5: Decimal(3)}
    assert classes(values) == {1: A, 2: A, 3: B, 4: B, 5: C}


def test_one_that_is_nearly_everything_is_a_and_what_is_not_used_is_c() -> None:
    assert classes({1: Decimal(990), 2: Decimal(10), 3: Decimal(0)}) == {1: A, 2: C, 3: C}
    assert classes({1: Decimal(0)}) == {1: C}
    assert classes({}) == {}


@given(st.dictionaries(st.integers(1, 50), st.decimals(0, 1000, places=2)))
def test_no_product_is_above_one_that_is_used_more(values: dict[int, Decimal]) -> None:
    found = classes(values)
    assert found.keys() == values.keys()
    for one, value in values.items():
        assert all(found[one] <= found[other] for other, less in values.items() if less < value)


def test_a_is_counted_more_often_than_b_and_b_more_often_than_c() -> None:
    assert [cycle(known, 91) for known in AbcClass] == [30, 91, 182]
    assert cycle(A, 1) == 1
