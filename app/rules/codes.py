"""Reading what scanners and keyboards send: which codes may be meant, how many, or which command."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from app.rules.bursts import HIGHEST_QUANTITY, Entry, entries, typed_number
from app.rules.gs1 import SEPARATOR, gs1_label
from app.rules.keyboards import guesses
from app.rules.labels import clean, doubled, is_of_host, label_codes, unwrapped, web_address

LONGEST_CODE: Final = 256
LONGEST_BURST: Final = 32_768
"""Characters that a scanner with a memory may send at once: some thousand codes."""
SHOWN_LENGTH: Final = 40
"""How much of a refused text is kept."""

READ_TWICE: Final = "read twice"
OTHER_HOST: Final = "the label names the web address of somebody else"
TOO_LONG: Final = "This is too long to be a code."
BAD_QUANTITY: Final = f"A quantity must lie between 1 and {HIGHEST_QUANTITY:,}."


class Command(StrEnum):
    """A printed code that does something instead of naming something."""

    UNDO = "UNDO"
    PREP = "PREP"
    OUT = "OUT"
    IN = "IN"
    DAMAGED = "DAMAGED"
    DONE = "DONE"


COMMANDS: Final = {command.value: command for command in Command}


class Reading(NamedTuple):
    """One code that may be meant, with what to say when it is. A guess supposes a wrong keyboard layout."""

    code: str
    note: str = ""
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class ScanInput:
    """One thing that was scanned or typed.

    `text` is what to show and store. `quantity` was given with the code; a serialized code ignores it.
    `number` is set when the whole input is a number: where no such code exists, it is the quantity for
    the scan to come. `serial` is what a GS1 label adds to its GTIN. With `refused`, a sentence for the
    person, nothing else is to be done.
    """

    text: str
    readings: tuple[Reading, ...] = ()
    quantity: int = 1
    command: Command | None = None
    notes: tuple[str, ...] = ()
    number: int | None = None
    serial: str = ""
    refused: str = ""

    @property
    def candidates(self) -> tuple[str, ...]:
        """The codes that may be meant, in order of preference: the first that exists is it."""
        return tuple(reading.code for reading in self.readings)

    def notes_on(self, code: str) -> tuple[str, ...]:
        """What to tell the person when the input turned out to be this candidate."""
        said = [reading.note for reading in self.readings if reading.code == code and reading.note]
        return (*self.notes, *said)


def code_key(code: str) -> str:
    """The form in which codes are compared and kept unique: cleaned, no letter case; zeros are kept.

    Empty when the code is. Letters that only look alike stay different.
    """
    return unicodedata.normalize("NFC", clean(code).replace(SEPARATOR, "").casefold())


def parse(raw: str, *, own_host: str) -> list[ScanInput]:
    """What was scanned or typed, in order; several codes may come in one burst, blanks count as nothing.

    `own_host` is the host, with its port if it has one, whose addresses are labels of ours. The same
    code twice in a row is one scan, with a note.
    """
    if len(raw) > LONGEST_BURST:
        return [_too_long(raw)]
    return [_scan(entry, own_host) for entry in entries(raw)]


def _scan(entry: Entry, own_host: str) -> ScanInput:
    if len(entry.text) > LONGEST_CODE:
        return _too_long(entry.text)
    if not 1 <= entry.quantity <= HIGHEST_QUANTITY:
        return ScanInput(entry.text, refused=BAD_QUANTITY)
    readings = _readings(entry.code, own_host)
    command = next(filter(None, (COMMANDS.get(one.code.upper()) for one in readings)), None)
    return ScanInput(
        text=entry.text.replace(SEPARATOR, " "),
        readings=() if command else readings,
        quantity=entry.quantity,
        command=command,
        notes=_notes(entry, own_host),
        number=typed_number(entry.text),
        serial=_serial(entry.code),
    )


def _serial(code: str) -> str:
    label = gs1_label(unwrapped(code))
    return label.serial if label else ""


def _too_long(text: str) -> ScanInput:
    return ScanInput(clean(text[:SHOWN_LENGTH]) + "…", refused=TOO_LONG)


def _readings(code: str, own_host: str) -> tuple[Reading, ...]:
    """All that the code may stand for: as it arrived, sent twice, or through a wrong keyboard layout."""
    found = [Reading(one) for one in label_codes(code, own_host)]
    if half := doubled(code):
        found += [Reading(one, READ_TWICE) for one in label_codes(half, own_host)]
    # A web address is never one by accident: no other layout is to be supposed.
    for meant, layout in [] if web_address(unwrapped(code)) else guesses(code):
        note = f"read as on a {layout} keyboard: set the scanner's layout"
        found += [Reading(one, note, is_guess=True) for one in label_codes(meant, own_host)]
    unique: dict[str, Reading] = {}
    for one in found:
        unique.setdefault(code_key(one.code), one)
    unique.pop("", None)
    return tuple(unique.values())


def _notes(entry: Entry, own_host: str) -> tuple[str, ...]:
    address = web_address(unwrapped(entry.code))
    is_foreign = address is not None and not is_of_host(address, own_host)
    return (READ_TWICE,) * entry.is_repeated + (OTHER_HOST,) * is_foreign
