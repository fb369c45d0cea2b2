"""What things cost, said for one and for all of them: the two must agree, and the refusal shows the sum."""

from decimal import Decimal as D

import pytest

from app.rules.stated_costs import piece_cost


@pytest.mark.parametrize(
    ("said", "each", "total", "words"),
    [
        (100, "0.1000", "11.0000", "100 × 0.10 is 10.00, not 11.00."),
        (100, "0.1234", "11.0000", "100 × 0.1234 is 12.34, not 11.00."),
        (3, "20", "61", "3 × 20.00 is 60.00, not 61.00."),
        (7, "0.00015", "9", "7 × 0.00015 is 0.00105, not 9.00."),
    ],
)
def test_a_total_that_does_not_fit_is_refused_with_the_sum(
    said: int, each: str, total: str, words: str
) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        piece_cost(said, 1, D(each), D(total))


def test_a_box_is_what_its_pieces_cost_together() -> None:
    assert piece_cost(2, 24, D("12"), D("24.00")) == D("0.5000")
