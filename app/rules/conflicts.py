"""What a device said while it had no network, beside what the server found afterwards."""

from typing import Final

KEPT: Final = "kept"
"""What a device says of a scan that it cannot judge by itself."""


def needs_decision(said: str, situation: str, verdict: str) -> bool:
    """True when a person has to look: it was not simply done, or the device said something else than was found."""
    return verdict != "ok" or (said != KEPT and said != situation)
