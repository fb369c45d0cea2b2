"""GTINs and element strings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.gs1 import Gs1Label, gs1_label, gtin_forms, is_gtin


@pytest.mark.parametrize(
    "digits", ["4006381333931", "96385074", "012345678905", "12345678905", "10614141000415", "00012345678905"]
)
def test_a_right_check_digit_makes_a_gtin(digits):
    assert is_gtin(digits)


@pytest.mark.parametrize(
    "digits",
    ["4006381333930", "000045", "96385075", "", "ABC", "4006381333931X", "123456789012345", "٩٦٣٨٥٠٧٤"],
)
def test_anything_else_is_no_gtin(digits):
    assert not is_gtin(digits)


@given(st.text("0123456789", min_size=11, max_size=13), st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body, place, error):
    check = next(digit for digit in "0123456789" if is_gtin(body + digit))
    right = body + check
    wrong = right[:place] + str((int(right[place]) + error) % 10) + right[place + 1 :]
    assert is_gtin(right)
    assert not is_gtin(wrong)


@pytest.mark.parametrize(
    ("digits", "forms"),
    [
        ("012345678905", {"0012345678905", "00012345678905"}),
        ("12345678905", {"012345678905", "0012345678905", "00012345678905"}),
        ("4006381333931", {"04006381333931"}),
        ("96385074", {"000096385074", "0000096385074", "00000096385074"}),
        ("0000096385074", {"96385074", "000096385074", "00000096385074"}),
        ("10614141000415", set()),
        ("4006381333930", set()),
        ("01234565", {"000001234565", "0000001234565", "00000001234565"}),
        ("00123457", set()),  # so few digits are a tag of ours
        ("00000000", set()),
    ],
)
def test_a_gtin_is_one_number_in_every_length(digits, forms):
    assert set(gtin_forms(digits)) == forms


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("0110614141000415", Gs1Label("10614141000415", "")),
        ("(01)10614141000415(10)L1(21)s9", Gs1Label("10614141000415", "s9")),
        ("\x1d0110614141000415\x1d21S9", Gs1Label("10614141000415", "S9")),
        ("10LOT\x1d0110614141000415", Gs1Label("10614141000415", "")),
        ("011061414100041524001\x1d21S9", Gs1Label("10614141000415", "S9")),
        ("0210614141000415" + "3712", Gs1Label("10614141000415", "")),
        ("01106141410004158888", Gs1Label("10614141000415", "")),  # an identifier we do not know
        ("0110614141000416", None),
        ("01106141410004", None),
        ("21SER9", None),
        ("CH-000123", None),
        ("", None),
    ],
)
def test_an_element_string_is_read_when_its_gtin_is_right(text, label):
    assert gs1_label(text) == label


@pytest.mark.parametrize(
    ("identifier", "length"),
    [
        ("00", 18),
        ("11", 6),
        ("12", 6),
        ("13", 6),
        ("15", 6),
        ("16", 6),
        ("17", 6),
        ("20", 2),
    ],
)
def test_what_follows_a_value_of_fixed_length_is_found(identifier, length):
    text = f"{identifier}{'9' * length}0110614141000415"
    assert gs1_label(text) == Gs1Label("10614141000415", "")
