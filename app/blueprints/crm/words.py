"""What happened, in words for a feed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for

from app.models import Activity
from app.queries.sentences import SAYINGS

SAID: Final[dict[str, tuple[str, str]]] = {
    "deal.opened": ("briefcase", "opened the deal"),
    "deal.changed": ("pencil", "changed the deal"),
    "deal.moved": ("move-right", "moved it from {before} to {after}"),
    "deal.won": ("check", "won the deal"),
    "deal.lost": ("x", "lost the deal: {reason}"),
    "deal.cancelled": ("circle-slash", "cancelled the deal: {reason}"),
    "deal.chased": ("phone", "chased by {method}: {response}"),
    "lead.qualified": ("sparkles", "made a deal of {label}"),
    "quote.drafted": ("file-plus", "began {label}"),
    "quote.changed": ("pencil", "changed {label}"),
    "quote.repriced": ("calculator", "took days and rates of {label} afresh"),
    "quote.revised": ("file-diff", "revised: {label}"),
    "quote.discarded": ("trash-2", "threw {label} away"),
    "quote.sent": ("send", "sent {label} to {to}"),
    "quote.viewed": ("eye", "opened {label}"),
    "quote.accepted": ("check-check", "accepted {label}"),
    "quote.declined": ("x", "declined {label}: {summary}"),
    "quote.expired": ("alarm-clock", "{label} expired"),
    "quote.replaced": ("replace", "{label} was replaced"),
    "event.created": ("calendar-plus", "opened {label}"),
    "event.short": ("triangle-alert", "{label} is short: {summary}"),
}


@dataclass(frozen=True)
class Entry:
    """One line of a feed."""

    who: str
    text: str
    at: datetime
    icon: str
    url: str = ""


def feed_of(activities: Iterable[Activity]) -> list[Entry]:
    """Activities as lines of a feed."""
    return [entry(activity) for activity in activities]


def entry(activity: Activity) -> Entry:
    """One activity in words: a deal's own, else those of the whole feed."""
    icon, words = SAID.get(activity.verb) or said_everywhere(activity.verb)
    known = Known(
        {name: plain(value) for name, value in activity.facts.items()} | {"label": activity.subject_label}
    )
    text = words.format_map(known).removesuffix(": ").strip()
    return Entry(activity.actor_name, text, activity.happened_at, icon, address(activity))


def said_everywhere(verb: str) -> tuple[str, str]:
    """Icon and words of the feed; a verb that nobody has worded yet is said as it is written."""
    if saying := SAYINGS.get(verb):
        return saying.icon, saying.text.replace("{}", "{label}")
    return "circle-dot", verb.replace(".", " ").replace("_", " ") + " {label}"


class Known(dict[str, str]):
    """Facts of which some may be missing."""

    def __missing__(self, _name: str) -> str:
        return ""


def plain(value: object) -> str:
    """A fact as a person reads it."""
    return str(value).replace("_", " ")


def address(activity: Activity) -> str:
    """Where the thing is."""
    if activity.subject_type == "quote" and activity.verb != "quote.discarded":
        return url_for("crm.quote", quote_id=activity.subject_id)
    if activity.subject_type == "lead":
        return url_for("crm.lead", lead_id=activity.subject_id)
    return ""
