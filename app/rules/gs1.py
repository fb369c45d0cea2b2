"""GS1 numbers: GTINs in all their lengths, and the element strings that labels carry."""

import re
from typing import Final, NamedTuple

SEPARATOR: Final = "\x1d"
"""FNC1 as scanners send it: the end of a value whose length is not fixed."""

_GTIN_LENGTHS: Final = (12, 13, 14, 8)
_SCANNED_LENGTHS: Final = (*_GTIN_LENGTHS, 11)
"""A scanner may drop the leading zero of a 12-digit UPC-A."""
_FEWEST_DIGITS: Final = 7

# Application identifiers (GS1 General Specifications, section 3): digits of those with a fixed length;
# the rest of the two-digit ones used on stock runs to the separator or the end.
_FIXED: Final = {"00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}
_OPEN: Final = re.compile(r"10|21|22|30|37|9[0-9]|24[013]|25[0134]|40[0123]")
_READABLE: Final = re.compile(r"\(([0-9]{2,4})\)([^(]*)")


class Gs1Label(NamedTuple):
    """What a GS1 label says: the GTIN as printed there, and the serial (upper and lower case differ)."""

    gtin: str
    serial: str


def is_gtin(digits: str) -> bool:
    """True for 8, 12, 13 or 14 digits, or 11 of a UPC-A, whose check digit is right (modulo 10, 3-1)."""
    if len(digits) not in _SCANNED_LENGTHS or not re.fullmatch("[0-9]+", digits):
        return False
    weighed = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits[:-1])))
    return (weighed + int(digits[-1])) % 10 == 0


def gtin_forms(digits: str) -> list[str]:
    """The other lengths in which the same GTIN may be registered; none when it is no GTIN.

    Only zeros in front differ, so these are one number: a UPC-A is an EAN-13 with a zero before it.
    """
    if not is_gtin(digits):
        return []
    number = digits.lstrip("0")
    # Fewer digits than a GTIN-8 without its zero are a tag of ours, where extra zeros are another code.
    if len(number) < _FEWEST_DIGITS:
        return []
    forms = [number.zfill(length) for length in _GTIN_LENGTHS if len(number) <= length]
    return [form for form in forms if form != digits]


def gs1_label(text: str) -> Gs1Label | None:
    """Read an element string, "(01)…(21)…" or as a scanner sends it; None unless it has a right GTIN."""
    elements = dict(_READABLE.findall(text)) if text.startswith("(") else _elements(text)
    gtin = elements.get("01") or elements.get("02") or ""
    if len(gtin) != _FIXED["01"] or not is_gtin(gtin):
        return None
    return Gs1Label(gtin, elements.get("21", "").strip())


def _elements(text: str) -> dict[str, str]:
    """Application identifier → value, as far as the identifiers are known; the first of each counts."""
    found: dict[str, str] = {}
    rest = text.lstrip(SEPARATOR)
    while rest:
        identifier, length = _identifier(rest)
        if not identifier:
            break
        value = rest[len(identifier) :]
        value = value[:length] if length else value.split(SEPARATOR)[0]
        found.setdefault(identifier, value)
        rest = rest[len(identifier) + len(value) :].lstrip(SEPARATOR)
    return found


def _identifier(text: str) -> tuple[str, int]:
    """The identifier that the text begins with and the length of its value, 0 for an open one."""
    if text[:2] in _FIXED:
        return text[:2], _FIXED[text[:2]]
    known = _OPEN.match(text)
    return (known.group(), 0) if known else ("", 0)
