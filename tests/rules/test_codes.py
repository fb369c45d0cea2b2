"""Reading codes: every row of the specification, and what it leaves open."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.bursts import HIGHEST_QUANTITY
from app.rules.codes import (
    BAD_QUANTITY,
    LONGEST_BURST,
    LONGEST_CODE,
    OTHER_HOST,
    READ_TWICE,
    TOO_LONG,
    Command,
    code_key,
    parse,
)

from .instants import rows

HOST = "hire.example"
REGISTER = {code_key(row["code"]): row["code"] for row in rows("barcode_register.csv")}
ESCAPES = {r"\t": "\t", r"\n": "\n"}


def raw_input(written: str) -> str:
    """What the file means: escapes as in Python, and x*5000 for so many letters."""
    if repeated := re.fullmatch(r"(\w)\*(\d{4,})", written):
        return repeated.group(1) * int(repeated.group(2))
    return re.sub(
        r"\\x([0-9a-f]{2})|\\[tn]",
        lambda found: chr(int(found.group(1), 16)) if found.group(1) else ESCAPES[found.group()],
        written,
    )


def resolve(found) -> str | None:
    """What a caller does: take the first candidate that is registered."""
    if found.command:
        return found.command.value
    return next((REGISTER[key] for code in found.candidates if (key := code_key(code)) in REGISTER), None)


def read(raw: str):
    """The only thing in an input."""
    (found,) = parse(raw, own_host=HOST)
    return found


@pytest.mark.parametrize("row", rows("barcodes.csv"), ids=lambda row: row["note"])
def test_every_row_of_the_specification_resolves_as_written(row):
    found = [resolve(one) for one in parse(raw_input(row["raw_input"]), own_host=HOST)]
    assert " ".join(code for code in found if code) == row["resolves_to"]


def test_the_whole_specification_is_here():
    assert len(rows("barcodes.csv")) == 72
    assert len(REGISTER) == 13


# Rows of the users' reports whose meaning depends on more than the text: the register's product, another
# system's addresses, or two tags that differ in letter case alone (ours cannot).
BEYOND_TEXT = {
    "]C101080328254985802112345␝1109010117100101": "08032825498580",
    "(01)09001432002380(21)5ahbhn(93)lMv9": "09001432002380",
    "http://snipeit/hardware/28/view": "http://snipeit/hardware/28/view",
    "0719.lcd.02": "0719.LCD.02",
    "1 4L270": "4L270",
    "1 4PA59": "4PA59",
    "10039800016871": "10039800016871",
    "783585393704": "783585393704",
    "X002HXP5MR": "X002HXP5MR",
    "032886188879": "032886188879",
}


@pytest.mark.parametrize("row", rows("scanner_inputs.csv"), ids=lambda row: row["raw_input"])
def test_what_users_reported_is_among_the_candidates(row):
    found = read(row["raw_input"])
    wanted = code_key(BEYOND_TEXT.get(row["raw_input"], row["expected"]))
    is_offered = wanted in [code_key(code) for code in found.candidates]
    assert is_offered is (row["action_code"] != "reject")


@pytest.mark.parametrize("code", list(REGISTER.values()))
def test_a_code_as_printed_comes_first(code):
    assert read(code).candidates[0] == code
    assert not read(code).readings[0].is_guess


def test_an_exact_code_wins_over_every_cleaning():
    assert read("*CH-1*").candidates[0] == "CH-1"
    assert read("0012345678905").candidates[:2] == ("0012345678905", "012345678905")
    assert read("ABCDABCD").candidates[:2] == ("ABCDABCD", "ABCD")
    assert read("1 4L270").candidates[:2] == ("1 4L270", "4L270")


def test_guesses_come_after_all_that_the_label_says():
    guessed = [reading.is_guess for reading in read("0110614141000415").readings]
    assert guessed == sorted(guessed)
    assert guessed.count(False) == 2
    assert any(guessed)


def test_a_guess_names_the_keyboard():
    found = read("CHß000123")
    assert found.notes_on("CH-000123") == ("read as on a German keyboard: set the scanner's layout",)
    assert found.notes_on("CHß000123") == ()
    assert found.notes_on("elsewhere") == ()


@pytest.mark.parametrize(
    ("arrived", "printed", "keyboard"),
    [
        ("zyß-?Ö`", "yz-/_:+", "German"),
        ("Qaw,)à&é\"'(-è_ç", "Aqzm-0123456789", "French"),
        ("Qaw,)à&é\"'(§è!ç", "Aqzm-0123456789", "Belgian"),
        ("AB+12-3?Ö", "AB-12/3_:", "Nordic"),
        ("AB½1", "AB-1", "Nordic"),
        ("q°104", "A-104", "French"),  # with Caps Lock, digits arrive as digits
    ],
)
def test_each_keyboard_is_read_back(arrived, printed, keyboard):
    notes = read(arrived).notes_on(printed)
    assert len(notes) == 1
    assert f"{keyboard} keyboard" in notes[0]


def test_capitals_show_that_caps_lock_is_off():
    small, capital = ([code_key(code) for code in read(raw).candidates] for raw in ("qr237", "QR237"))
    assert code_key("AR237") in small
    assert code_key("AR237") not in capital


def test_a_web_address_is_never_guessed_at():
    assert read("https://evil.example/a/CH-000123").candidates == ("https://evil.example/a/CH-000123",)
    assert read("https://hire.example/a/CH-000123").candidates == ("CH-000123",)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://hire.example/a/B/12-07", "B/12-07"),
        ("https://hire.example/a/B%2F12-07", "B/12-07"),
        ("https://hire.example:443/a/CH-000123", "CH-000123"),
        ("http://hire.example:80/a/CH-000123#top", "CH-000123"),
        ("]Q1https://hire.example/a/CH-000123", "CH-000123"),
        ("https://hire.example/a/CH-000123https://hire.example/a/CH-000123", "CH-000123"),
        ("httpsÖ--hire.example-a-CHß000123", "CH-000123"),
    ],
)
def test_a_label_with_our_address_names_its_code(address, code):
    assert resolve(read(address)) == code


@pytest.mark.parametrize(
    "address",
    [
        "https://hire.example.evil.example/a/CH-000123",
        "https://hire.example@evil.example/a/CH-000123",
        "https://hire.example:8443/a/CH-000123",
        "https://evilhire.example/a/CH-000123",
        "ftp://hire.example/a/CH-000123",
        "https://hire.example/events/CH-000123",
        "https://hire.example/a/",
        "https://hire.example/CH-000123",
        "http://[hire.example/a/CH-000123",
    ],
)
def test_no_other_address_names_a_code_of_ours(address):
    assert resolve(read(address)) is None


def test_the_label_of_another_host_says_so():
    assert read("https://other.example/a/CH-000123").notes == (OTHER_HOST,)
    assert read("https://hire.example/a/CH-000123").notes == ()
    (ours,) = parse("http://hire.example:8443/a/CH-000123", own_host="hire.example:8443")
    assert ours.candidates == ("CH-000123",)


def test_a_code_sent_twice_is_one_scan_and_says_so():
    glued = read("CH-000123CH-000123")
    assert glued.notes_on("CH-000123") == (READ_TWICE,)
    assert glued.notes_on("CH-000123CH-000123") == ()
    assert read("CH-000123\r\nch-000123\r\n").notes == (READ_TWICE,)
    assert read("]C0CH-000123]C0CH-000123").notes_on("CH-000123") == (READ_TWICE,)
    assert read("CH-000123").notes == ()


def test_zeros_are_not_halved():
    assert "0000" not in read("00000000").candidates
    assert "0101" in read("01010101").candidates


@pytest.mark.parametrize(
    ("raw", "quantity", "code"),
    [
        ("12*XLR-05M", 12, "XLR-05M"),
        ("12 * XLR-05M", 12, "XLR-05M"),
        ("12\nXLR-05M\n", 12, "XLR-05M"),
        ("12\t]C0XLR-05M", 12, "XLR-05M"),
        ("1*XLR-05M", 1, "XLR-05M"),
        ("9999*XLR-05M", 9999, "XLR-05M"),
        ("007*XLR-05M", 7, "XLR-05M"),
        ("3**CH-000123*", 3, "CH-000123"),
        ("*CH-000123*", 1, "CH-000123"),
        ("XLR-05M", 1, "XLR-05M"),
    ],
)
def test_a_quantity_is_read_with_its_code(raw, quantity, code):
    found = read(raw)
    assert (found.quantity, resolve(found), found.refused) == (quantity, code, "")


@pytest.mark.parametrize(
    "raw", ["0*XLR-05M", "-2*XLR-05M", "10000*XLR-05M", "0\nXLR-05M", "-2\nXLR-05M", f"{'9' * 90}*XLR-05M"]
)
def test_an_impossible_quantity_is_refused(raw):
    found = read(raw)
    assert found.refused == BAD_QUANTITY
    assert f"{HIGHEST_QUANTITY:,}" in found.refused
    assert found.candidates == ()


@pytest.mark.parametrize(("raw", "number"), [("12", 12), ("12\n", 12), ("0012", None), ("12345", None)])
def test_a_number_alone_may_be_the_quantity_of_the_next_scan_or_a_code(raw, number):
    found = read(raw)
    assert found.number == number
    assert found.candidates[0] == raw.strip()
    assert found.quantity == 1
    assert found.notes == ()


def test_a_code_is_not_a_number():
    assert read("XLR-05M").number is None
    assert read("12*XLR-05M").number is None


def test_several_codes_in_one_burst_keep_their_order():
    found = parse("CH-000123\r\n12\r\nXLR-05M\r\n000045\rAR237\tCH-000123", own_host=HOST)
    assert [(resolve(one), one.quantity) for one in found] == [
        ("CH-000123", 1),
        ("XLR-05M", 12),
        ("000045", 1),
        ("AR237", 1),
        ("CH-000123", 1),
    ]


def test_a_number_before_a_number_is_a_code():
    found = parse("101\n102\nXLR-05M\n103", own_host=HOST)
    assert [(one.candidates[0], one.quantity) for one in found] == [("101", 1), ("XLR-05M", 102), ("103", 1)]
    assert [one.notes for one in parse("101\n101\n102", own_host=HOST)] == [(READ_TWICE,), ()]


@pytest.mark.parametrize("command", list(Command))
@pytest.mark.parametrize("written", ["{}", "]C0{}", "*{}*", " {}\r"])
def test_a_command_is_a_command_however_it_is_sent(command, written):
    for word in (command.value, command.value.lower()):
        found = read(written.format(word))
        assert found.command is command
        assert found.candidates == ()


def test_a_command_survives_a_french_keyboard():
    assert read("DQ?QGED").command is Command.DAMAGED
    assert read("CH-000123").command is None


def test_the_serial_of_a_gs1_label_keeps_its_letter_case():
    found = read("(01)09001432002380(21)5ahbhn(93)lMv9")
    assert (found.candidates[1], found.serial) == ("09001432002380", "5ahbhn")
    assert read("0110614141000415\x1d21SER9").serial == "SER9"
    assert read("CH-000123").serial == ""


@pytest.mark.parametrize("length", [LONGEST_CODE + 1, 5000, LONGEST_BURST + 1])
def test_what_is_far_too_long_is_refused_and_not_kept_whole(length):
    found = read("x" * length)
    assert found.refused == TOO_LONG
    assert found.candidates == ()
    assert len(found.text) < 50


def test_a_code_of_the_greatest_length_is_read():
    assert read("x" * LONGEST_CODE).candidates[0] == "x" * LONGEST_CODE
    assert resolve(read("CH-000123".rjust(LONGEST_BURST))) == "CH-000123"


@pytest.mark.parametrize("raw", ["", "   ", "\r\n\r\n", "\t", "\x00\x02\x03", "\u200b"])
def test_nothing_is_nothing(raw):
    assert parse(raw, own_host=HOST) == []


def test_what_nobody_sees_is_removed():
    assert read("\ufeffCH-\u200b000\u00ad123\x00\ud800").candidates[0] == "CH-000-123"
    assert read("\xa0CH-000123\u2028").candidates[0] == "CH-000123"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("CH-1", " ch–1\t", True),
        ("Straße", "STRASSE", True),
        ("Ö1", "O\u03081", True),
        ("000045", "45", False),
        ("A237", "А237", False),
        ("CH-1", "CH1", False),
    ],
)
def test_codes_are_compared_without_letter_case_and_never_by_look(one, other, same):
    assert (code_key(one) == code_key(other)) is same


def test_an_empty_code_has_an_empty_key():
    assert code_key(" \x00 ") == ""


@pytest.mark.parametrize("raw", ["]AA", "]C1", "]C1\x1d", "* *", "]A0**"])
def test_what_surrounds_nothing_is_a_text_like_any_other(raw):
    (found,) = parse(raw, own_host=HOST)
    assert found.candidates and not found.refused


@given(st.text())
def test_any_text_at_all_can_be_read(raw):
    for found in parse(raw, own_host=HOST):
        assert found.candidates or found.command or found.refused
        assert all(code_key(code) for code in found.candidates)
        assert len({code_key(code) for code in found.candidates}) == len(found.candidates)


@given(st.text())
def test_a_key_does_not_change_when_it_is_made_again(code):
    assert code_key(code_key(code)) == code_key(code)
