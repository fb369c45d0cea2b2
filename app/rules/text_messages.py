"""What fits into one SMS, and which numbers can be reached by it."""

import unicodedata
from typing import Final

LONGEST: Final = 160
"""Places in one message, as long as all letters are of the alphabet of GSM 03.38."""
GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE: Final = frozenset("^{}\\[~]|€")
"""Letters that take two places."""
INSTEAD: Final = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "…": "...", "×": "x",
     "·": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "œ": "oe"}
)  # fmt: skip
GAP: Final = " /-().\u00a0"
FEWEST_DIGITS, MOST_DIGITS = 8, 15


def in_gsm(text: str) -> str:
    """The text in letters of GSM: accents that it lacks are dropped, what has no likeness becomes a question mark."""
    return "".join(map(gsm_letter, text.translate(INSTEAD)))


def gsm_letter(letter: str) -> str:
    """One letter of GSM, or what comes nearest."""
    if letter in GSM or letter in GSM_TWICE:
        return letter
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if part in GSM)
    return plain or "?"


def places(text: str) -> int:
    """How many places of a message a text in GSM takes."""
    return len(text) + sum(letter in GSM_TWICE for letter in text)


def one_message(words: str, link: str = "") -> str:
    """The words and a link in one message; where they are too long the words are cut, never the link."""
    tail = f"\n{in_gsm(link)}" if link else ""
    said = in_gsm(" ".join(words.split()))
    room = LONGEST - places(tail)
    if places(said) > room:
        while said and places(said) > room - 3:
            said = said[:-1]
        said = f"{said.rstrip()}..."
    return said + tail


def is_phone(typed: str) -> bool:
    """True for what can be dialled: digits with a plus before them and gaps between them."""
    digits = "".join(letter for letter in typed.removeprefix("+") if letter not in GAP)
    return digits.isascii() and digits.isdigit() and 3 <= len(digits) <= MOST_DIGITS


def international(typed: str) -> str:
    """The number as +491701234567; empty when it has no country code, so that no message can find it."""
    number = "".join(letter for letter in typed.strip().replace("(0)", "") if letter not in GAP)
    number = f"+{number[2:]}" if number.startswith("00") else number
    digits = number[1:]
    is_whole = number.startswith("+") and digits.isascii() and digits.isdigit() and digits[:1] != "0"
    return number if is_whole and FEWEST_DIGITS <= len(digits) <= MOST_DIGITS else ""
