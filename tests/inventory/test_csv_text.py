"""CSV: what leaves runs nothing in a spreadsheet, and what comes is read whatever wrote it."""

from decimal import Decimal

import pytest

from app.gateways.csv_text import Unreadable, csv_text, read_csv


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-rw", "@SUM(A1)", "\tx", "\rx"])
def test_a_text_that_looks_like_a_formula_gets_an_apostrophe_and_loses_it_on_the_way_back(text: str) -> None:
    out = csv_text(["Name"], [[text]])
    assert f"'{text[:1]}" in out
    assert next(iter(read_csv(out.encode())))[1]["Name"] == text


def test_numbers_stay_numbers() -> None:
    assert csv_text(["a", "b", "c"], [[-3, Decimal("-2.50"), None]]).splitlines()[1] == "-3,-2.50,"


@pytest.mark.parametrize(
    "content",
    [
        "name;qty\nBühne;2\n".encode("cp1252"),
        "\ufeffname,qty\nBühne,2\n".encode(),
        "name\tqty\nBühne\t2\n".encode("utf-16"),
    ],
)
def test_encodings_and_delimiters_of_spreadsheets_are_read(content: bytes) -> None:
    assert list(read_csv(content)) == [(2, {"name": "Bühne", "qty": "2"})]


def test_columns_without_names_or_with_the_same_name_are_told_apart() -> None:
    assert read_csv(b"a,a,,b\n1,2,3,4\n").headers == ("a", "a (2)", "Column 3", "b")


def test_a_quote_that_never_ends_is_refused_or_read_but_never_crashes() -> None:
    try:
        read_csv(b'a,b\n"x,y\n')
    except Unreadable as error:
        assert "cannot be read" in str(error)
