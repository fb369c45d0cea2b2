"""How a letter looks: the same words as plain text and, in the organization's colours, as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.models import Organization

PAPER: Final = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent.parent / "templates" / "mail"),
    autoescape=True,
    undefined=StrictUndefined,
)
"""Letters are written where no request is, so they have an environment of their own."""
COLOURS: Final = {
    "amber": "#8f4d06", "red": "#b3261e", "rose": "#a91f5c", "violet": "#6a3fb5", "blue": "#1f5fa8",
    "teal": "#0d6b76", "green": "#1e7044", "slate": "#37404f",
}  # fmt: skip
"""The palette as mail programs know colours; white is legible on each."""


@dataclass(frozen=True)
class Message:
    """What a letter says, and the one thing that can be done from it."""

    greeting: str
    paragraphs: Sequence[str]
    deed: str = ""
    url: str = ""
    facts: Sequence[tuple[str, str]] = field(default=())
    ending: str = ""


def as_text(message: Message, sender: Organization) -> str:
    """The letter for whoever reads plain text."""
    facts = "\n".join(f"{name}: {value}" for name, value in message.facts)
    deed = f"{message.deed}:\n{message.url}" if message.url else ""
    parts = [message.greeting, *message.paragraphs, facts, deed, message.ending, signature(sender)]
    return "\n\n".join(filter(None, parts)) + "\n"


def as_html(message: Message, sender: Organization) -> str:
    """The letter with the organization's name and colour. No picture and nothing that reports back."""
    colour = COLOURS.get(sender.colour, COLOURS["slate"])
    return PAPER.get_template("letter.html").render(message=message, sender=sender, colour=colour)


def signature(sender: Organization) -> str:
    """Who writes, and how to reach them."""
    return "\n".join(filter(None, [sender.name, sender.phone, sender.email]))
