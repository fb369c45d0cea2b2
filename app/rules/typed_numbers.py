"""Numbers as people and spreadsheets write them: 2.5, 2,50, 1.234,50 and 1,234.50 alike."""

import re
from decimal import Decimal
from typing import Final

BLANKS: Final = re.compile(r"[\s'’_\u00a0\u202f]")
PLAIN: Final = re.compile(r"[+-]?\d+(\.\d+)?")
THOUSANDS_WITH: Final = {
    ",": re.compile(r"[+-]?\d{1,3}(,\d{3})+"),
    ".": re.compile(r"[+-]?\d{1,3}(\.\d{3})+"),
}
MOST_DIGITS: Final = 15
NOT_A_NUMBER: Final = "This is not a number."


def read_number(text: str) -> Decimal:
    """The number that was written. Raises ValueError, in words, for none and for one with two readings.

    A single dot is a decimal point. A single comma is one too, unless three digits follow: 1,200 may be
    a little over one or more than a thousand, and guessing would be wrong half of the time.
    """
    written = BLANKS.sub("", text).strip("€$£").replace("−", "-")
    plain = with_point(written)
    if not PLAIN.fullmatch(plain) or len(plain) > MOST_DIGITS:
        raise ValueError(NOT_A_NUMBER)
    return Decimal(plain)


def with_point(written: str) -> str:
    """The same number with a decimal point and nothing between the thousands."""
    commas, points = written.count(","), written.count(".")
    if commas and points:
        last = "," if written.rindex(",") > written.rindex(".") else "."
        return without_thousands(written, "." if last == "," else ",", last)
    if commas > 1 or points > 1:
        separator = "," if commas else "."
        return written.replace(separator, "") if THOUSANDS_WITH[separator].fullmatch(written) else ""
    if commas and THOUSANDS_WITH[","].fullmatch(written) and not written.lstrip("+-").startswith("0"):
        raise ValueError(
            f"{written} can be read in two ways: write {written.replace(',', '.')} or {written.replace(',', '')}."
        )
    return written.replace(",", ".")


def without_thousands(written: str, thousands: str, decimal: str) -> str:
    """A number with both marks; what stands before the decimal mark must be grouped by three."""
    whole, _, rest = written.partition(decimal)
    if not THOUSANDS_WITH[thousands].fullmatch(whole):
        return ""
    return f"{whole.replace(thousands, '')}.{rest}"
