"""The device that somebody signed in from, as people name it, read from what its browser says of itself."""

from typing import Final

BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
"""Marks and names, the telling ones first: nearly every browser also calls itself Safari."""
SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
LONGEST = 40


def device_name(user_agent: str) -> str:
    """Chrome on Linux; the beginning of what is not known, for a program names itself there."""
    browser = first_of(BROWSERS, user_agent)
    system = first_of(SYSTEMS, user_agent)
    if browser:
        return f"{browser} on {system}" if system else browser
    return user_agent.strip()[:LONGEST] or "Unknown device"


def first_of(names: tuple[tuple[str, str], ...], text: str) -> str:
    """The name of the first mark that a text has."""
    return next((name for mark, name in names if mark in text), "")
