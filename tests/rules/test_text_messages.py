"""What fits into one SMS, and which numbers can be reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.text_messages import (
    GSM,
    GSM_TWICE,
    LONGEST,
    in_gsm,
    international,
    is_phone,
    one_message,
    places,
)


@given(st.text(max_size=400), st.sampled_from(["", "https://crosshire.example/inventory/alerts/7"]))
def test_whatever_is_said_fits_into_one_message_with_its_link(words: str, link: str) -> None:
    text = one_message(words, link)
    assert places(text) <= LONGEST and text.endswith(link)
    assert set(text) <= GSM | GSM_TWICE


def test_letters_that_gsm_lacks_become_what_comes_nearest() -> None:
    assert in_gsm("“Łódź” – 5 × 50 mm…") == '"Lódz" - 5 x 50 mm...'.replace("ó", "o")
    assert in_gsm("Größe ß ÄÖÜ é à") == "Größe ß ÄÖÜ é à"
    assert in_gsm("灯") == "?"


def test_only_the_words_are_cut_and_that_is_seen() -> None:
    link = "https://crosshire.example/inventory/alerts/12"
    text = one_message("tape " * 60, link)
    assert text.endswith(f"...\n{link}") and places(text) > LONGEST - 5
    assert places(one_message("€" * 200)) == LONGEST - 1


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+49 170 1234567", "+491701234567"), ("0049-170/1234567", "+491701234567"),
        ("+49 (0)170 1234567", "+491701234567"), ("0170 1234567", ""), ("+0170 1234567", ""), ("+49 12", ""),
        ("+49 170 12345678901234", ""), ("", ""), ("+49 170 CALLME", ""), ("+٤٩١٧٠١٢٣٤٥٦٧", ""),
    ],
)  # fmt: skip
def test_a_number_can_be_reached_with_its_country_code(typed: str, number: str) -> None:
    assert international(typed) == number


def test_a_phone_number_is_digits_with_gaps() -> None:
    assert is_phone("040 / 12 34-56") and is_phone("+49 40 123") and is_phone("112")
    assert not any(map(is_phone, ["", "12", "call me", "1234567890123456", "+", "++49 123"]))
