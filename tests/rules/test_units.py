"""What is said in packs is counted in the product's own unit."""

import pytest

from app.rules.units import in_units, packs_written, refuse_unclear

PACKS = {"box": 24, "pallet": 1_200}


@pytest.mark.parametrize(
    ("quantity", "unit", "expected"),
    [
        (2, "box", 48),
        (2, "Boxes", 48),
        (1, " PALLET ", 1_200),
        (3, "roll", 3),
        (3, "Rolls", 3),
        (3, "pcs", 3),  # pieces, whatever they are called
        (3, "", 3),
    ],
)
def test_packs_come_to_so_many_of_the_own_unit(quantity: int, unit: str, expected: int) -> None:
    assert in_units(quantity, unit, "roll", PACKS) == expected


def test_a_unit_that_the_product_does_not_come_in_is_refused_with_those_it_does() -> None:
    with pytest.raises(ValueError, match=r"“crate”.*roll, box \(24 roll\), pallet \(1200 roll\)"):
        in_units(1, "crate", "roll", PACKS)


def test_packs_are_read_as_people_write_them() -> None:
    assert packs_written("box = 24\n1 pallet: 1200 rolls; inner box of 6, carton 12") == {
        "box": 24,
        "pallet": 1200,
        "inner box": 6,
        "carton": 12,
    }


@pytest.mark.parametrize("text", ["box", "24", "= 24", "box = many", "box = 2, box = 3"])
def test_what_is_no_pack_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        packs_written(text)


@pytest.mark.parametrize("packs", [{"rolls": 2}, {"piece": 25}, {"box": 1}, {"box": 2, "Boxes": 3}])
def test_a_pack_has_a_word_of_its_own_and_holds_more_than_one(packs: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"A |word"):
        refuse_unclear(packs, "roll")
