"""Numbers as people write them."""

from decimal import Decimal

import pytest

from app.rules.catalogue_rows import clean_text, propose_columns, read_row
from app.rules.typed_numbers import read_number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2,50", "2.50"), ("2.5", "2.5"), ("1.234,50", "1234.50"), ("1,234.50", "1234.50"), ("0,198", "0.198"),
        ("1'200", "1200"), ("1 200,5", "1200.5"), ("€ 7", "7"), ("1.234.567", "1234567"), ("−3", "-3"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_was_meant(written: str, number: str) -> None:
    assert read_number(written) == Decimal(number)


@pytest.mark.parametrize("written", ["", "abc", "1,2,3", "1.2,3", "--1", "1e9", "NaN", "9" * 20])
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        read_number(written)


def test_a_number_with_two_readings_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="two ways"):
        read_number("1,200")


def test_what_cannot_be_seen_is_dropped_from_text() -> None:
    assert clean_text("Neu\u00admann\u00a0 KM184\u200b\t") == "Neumann KM184"


def test_sizes_that_cannot_be_millimetres_are_left_out_and_said() -> None:
    columns = propose_columns(["name", "height_mm", "length_mm"])
    read = read_row({"name": "Stand", "height_mm": "1.87", "length_mm": "115.6"}, columns, "EUR")
    assert "height_mm" not in read.values and read.values["length_mm"] == 116
    assert read.notes == ("Height (mm) 1.87 is not believable and was left out.",)
    assert read.values["sku"] == "STAND"
