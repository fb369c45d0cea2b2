"""What one label says: its codes, freed from what scanners, printers and keyboards put around them."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from app.rules.gs1 import SEPARATOR, gs1_label, gtin_forms

_DASHES: Final = dict.fromkeys(map(ord, "\u00ad‐‑‒–—―−﹘﹣－"), "-")
_SHOWN_SEPARATOR: Final = {ord("␝"): SEPARATOR}
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})
"""Unicode categories of control, format and surrogate characters."""

_AIM: Final = re.compile(r"\][A-Za-z][0-9A-Za-z](?=\s*\S)")
_STARS: Final = re.compile(r"\*(.*\S.*)\*")
# A doubled short text is too often a code of its own.
_DOUBLED: Final = re.compile(r"(.{4,}?)\1+")
# ANSI MH10.8.2 supplier part number; and a supplier's pick label: one piece of this.
_PREFIXED: Final = re.compile(r"1[Pp](\S+)|1 (\S+)")
_OWN_PATH: Final = re.compile(r"/[A-Za-z]/(.+?)/?")
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


def clean(text: str) -> str:
    """The text composed, trimmed, its dashes plain hyphens, without characters that nobody sees.

    The GS1 separator stays inside, for the label's structure hangs on it.
    """
    if is_typed(text):
        return text.strip()
    plain = unicodedata.normalize("NFC", text.translate(_DASHES | _SHOWN_SEPARATOR))
    seen = (sign for sign in plain if sign == SEPARATOR or unicodedata.category(sign) not in _UNSEEN)
    return "".join(seen).strip()


def is_typed(text: str) -> bool:
    """True for what every keyboard writes, as nearly all texts are: all of it is seen, and in one way only."""
    return text.isascii() and text.isprintable()


def doubled(text: str) -> str | None:
    """The part that a text repeats without a separator: one pull of the trigger that was sent twice.

    Not for one sign repeated: eight zeros are not four.
    """
    found = _DOUBLED.fullmatch(text) or _DOUBLED.fullmatch(unwrapped(text))
    return found.group(1) if found and len(set(found.group(1))) > 1 else None


def unwrapped(text: str) -> str:
    """The text without a symbology prefix (AIM, "]C1") and without Code 39's stars."""
    prefix = _AIM.match(text)
    bare = text[prefix.end() :].strip() if prefix else text
    starred = _STARS.fullmatch(bare)
    return starred.group(1) if starred else bare


def label_codes(text: str, own_host: str) -> Iterator[str]:
    """The codes that a cleaned text may stand for, the likeliest first.

    The text itself comes first, so that a code registered exactly so wins. Of web addresses only those
    of `own_host` name a code of ours; another's stays an address.
    """
    bare = unwrapped(text)
    if (address := web_address(bare)) is not None:
        yield _own_code(address, own_host) or bare
        return
    plain = bare.replace(SEPARATOR, "")
    yield plain
    yield from gtin_forms(plain)
    if label := gs1_label(bare):
        yield label.gtin
        yield from gtin_forms(label.gtin)
    if prefixed := _PREFIXED.fullmatch(plain):
        yield prefixed.group(1) or prefixed.group(2)


def web_address(text: str) -> SplitResult | None:
    """The parts of a web address; None for any other text."""
    try:
        address = urlsplit(text)
    except ValueError:
        return None
    return address if address.scheme in _DEFAULT_PORTS and address.netloc else None


def is_of_host(address: SplitResult, host: str) -> bool:
    """True when the address is of this host and port; two organizations may share a machine."""
    default_port = _DEFAULT_PORTS[address.scheme]
    return address.netloc.casefold().removesuffix(default_port) == host.casefold().removesuffix(default_port)


def _own_code(address: SplitResult, own_host: str) -> str | None:
    """The code in an address of ours, https://HOST/a/CODE; one letter tells the kind of thing."""
    path = _OWN_PATH.fullmatch(address.path) if is_of_host(address, own_host) else None
    return clean(unquote(path.group(1))).replace(SEPARATOR, "") or None if path else None
