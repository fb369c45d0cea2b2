"""What is said in packs is counted in the product's own unit."""

import pytest

from app.rules.units import in_units

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
