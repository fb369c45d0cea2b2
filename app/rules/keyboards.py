"""What a scanner set to a US keyboard becomes on a computer set to another: guesses, never certain.

A scanner presses keys; the computer writes what those keys mean in its own layout. The rows list the
same keys in the same order, so the tables turn what arrived into what was meant.
"""

from typing import Final, NamedTuple

_US: Final = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
_US_SHIFT: Final = '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
_GERMAN: Final = "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-"
_GERMAN_SHIFT: Final = "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_"
_FRENCH: Final = "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!"
_FRENCH_SHIFT: Final = "²1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§"
_BELGIAN: Final = "²&é\"'(§è!çà)-azertyuiop^$µqsdfghjklmùwxcvbn,;:="
_BELGIAN_SHIFT: Final = "³1234567890°_AZERTYUIOP¨*£QSDFGHJKLM%WXCVBN?./+"
_SWEDISH: Final = "§1234567890+´qwertyuiopå¨'asdfghjklöäzxcvbnm,.-"
_SWEDISH_SHIFT: Final = '½!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLÖÄZXCVBNM;:_'

Table = dict[str, str]


def _table(plain: str, shifted: str) -> Table:
    """What each character that arrived was meant to be."""
    return dict(zip(shifted, _US_SHIFT, strict=True)) | dict(zip(plain, _US, strict=True))


def _caps_table(plain: str, shifted: str) -> Table:
    """The same with Caps Lock on, which here shifts every key: digits arrive as digits."""
    return dict(zip(plain, _US_SHIFT, strict=True)) | dict(zip(shifted, _US, strict=True))


def _letters(table: Table) -> Table:
    return {arrived: meant for arrived, meant in table.items() if arrived.isascii() and arrived.isalpha()}


def _signs(table: Table) -> Table:
    return {arrived: meant for arrived, meant in table.items() if not meant.isalpha()}


class Layout(NamedTuple):
    """One way of reading what arrived; with Caps Lock on, letters printed as capitals arrive small."""

    name: str
    table: Table
    caps_lock: bool = False


_GERMAN_TABLE: Final = _table(_GERMAN, _GERMAN_SHIFT)
_FRENCH_TABLE: Final = _table(_FRENCH, _FRENCH_SHIFT)
_BELGIAN_TABLE: Final = _table(_BELGIAN, _BELGIAN_SHIFT)
LAYOUTS: Final = (
    Layout("German", _GERMAN_TABLE),
    Layout("German", _letters(_GERMAN_TABLE)),
    Layout("German", _signs(_GERMAN_TABLE)),
    Layout("French", _FRENCH_TABLE),
    Layout("French", _signs(_FRENCH_TABLE)),
    Layout("French", _caps_table(_FRENCH, _FRENCH_SHIFT), caps_lock=True),
    # Apple's French keyboard has the Belgian row of digits.
    Layout("Belgian", _BELGIAN_TABLE),
    Layout("Belgian", _signs(_BELGIAN_TABLE)),
    Layout("Belgian", _caps_table(_BELGIAN, _BELGIAN_SHIFT), caps_lock=True),
    # The half sign for a hyphen is as reported (axenox/onscan.js issue 19), not as the keys lie.
    Layout("Nordic", _table(_SWEDISH, _SWEDISH_SHIFT) | {"½": "-"}),
)


def guesses(text: str) -> list[tuple[str, str]]:
    """What may have been meant by `text`, each with the layout's name; what does not change is left out."""
    found: dict[str, str] = {}
    for layout in LAYOUTS:
        if not layout.caps_lock or text == text.lower():
            meant = "".join(layout.table.get(sign, sign) for sign in text)
            found.setdefault(meant, layout.name)
    return [(meant, name) for meant, name in found.items() if meant.casefold() != text.casefold()]
