"""Packages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.packages import MOST_NESTED, PackageCycle, explode, package_availability

from .instants import rows

BAND, PA, STAND, SPEAKER, CABLE = 1, 2, 3, 4, 5
PARTS = {BAND: [(PA, 2), (CABLE, 3)], PA: [(SPEAKER, 4), (STAND, 1), (CABLE, 5)]}


def test_a_nested_package_explodes_into_its_parts_and_equal_parts_are_summed():
    assert explode(BAND, 1, PARTS) == {SPEAKER: 8, STAND: 2, CABLE: 13}
    assert explode(BAND, 3, PARTS) == {SPEAKER: 24, STAND: 6, CABLE: 39}


def test_a_product_that_is_no_package_needs_itself():
    assert explode(CABLE, 7, PARTS) == {CABLE: 7}


def test_the_same_part_may_stand_on_two_lines():
    assert explode(BAND, 2, {BAND: [(CABLE, 1), (CABLE, 2)]}) == {CABLE: 6}


def test_a_package_that_is_reached_twice_is_no_cycle():
    assert explode(1, 1, {1: [(2, 1), (3, 1)], 2: [(4, 2)], 3: [(4, 3)], 4: [(5, 1)]}) == {5: 5}


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({1: [(1, 1)]}, (1, 1)),
        ({1: [(2, 1)], 2: [(1, 1)]}, (1, 2, 1)),
        ({1: [(9, 1), (2, 1)], 2: [(3, 1)], 3: [(2, 1)]}, (2, 3, 2)),
    ],
)
def test_a_package_inside_itself_is_refused_and_the_path_named(parts, path):
    with pytest.raises(PackageCycle, match=" → ".join(map(str, path))) as refused:
        explode(1, 1, parts)
    assert refused.value.path == path


def test_packages_nested_without_end_are_refused_in_words():
    chain = {number: [(number + 1, 1)] for number in range(5000)}
    with pytest.raises(ValueError, match=f"nested {MOST_NESTED} deep"):
        explode(0, 1, chain)
    assert explode(5000 - MOST_NESTED, 1, chain) == {5000: 1}


def test_many_paths_to_one_part_are_worked_out_once():
    doubling = {number: [(number + 1, 1), (number + 1, 1)] for number in range(40)}
    assert explode(0, 1, doubling) == {40: 2**40}


@pytest.mark.parametrize(
    ("parts", "free", "whole"),
    [
        ({SPEAKER: 2}, {SPEAKER: 7}, 3),
        ({SPEAKER: 2, CABLE: 4}, {SPEAKER: 7, CABLE: 9}, 2),
        ({SPEAKER: 2, CABLE: 4}, {SPEAKER: 7, CABLE: 3}, 0),
        ({SPEAKER: 2, CABLE: 4}, {SPEAKER: 7, CABLE: -1}, -1),
        ({SPEAKER: 2}, {SPEAKER: 0}, 0),
        ({}, {SPEAKER: 7}, 0),
    ],
)
def test_a_package_is_as_free_as_its_scarcest_part(parts, free, whole):
    assert package_availability(parts, free) == whole


def test_a_part_that_nobody_counted_is_not_taken_for_free():
    with pytest.raises(KeyError):
        package_availability({SPEAKER: 1, CABLE: 1}, {SPEAKER: 7})


def test_a_published_kit_is_as_free_as_its_scarcest_part():
    kit = [row for row in rows("kits.csv") if row["kit_name"] == "partybundle"]
    parts = [(int(row["line"]), int(row["qty"])) for row in kit]
    needed = explode(0, 1, {0: parts})
    assert sum(needed.values()) == 9
    assert package_availability(needed, {1: 5, 2: 9, 3: 3, 4: 3, 5: 3, 6: 3, 7: 3}) == 2


parts_of_one = st.dictionaries(st.integers(1, 5), st.integers(1, 6), min_size=1)


@given(parts=parts_of_one, stock=st.integers(0, 60))
def test_as_many_packages_as_promised_fit_and_not_one_more(parts, stock):
    free = dict.fromkeys(range(1, 6), stock)
    whole = package_availability(parts, free)

    def fits(packages: int) -> bool:
        return all(quantity <= stock for quantity in explode(0, packages, {0: list(parts.items())}).values())

    assert fits(whole)
    assert not fits(whole + 1)
