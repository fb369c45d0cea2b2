"""What whoever opens a new company does next, as far as they may."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import url_for

from app.permissions import Permission, can
from app.queries.first_steps import Beginnings, beginnings

P = Permission


@dataclass(frozen=True)
class Step:
    """One thing to do, why, and where it is done."""

    label: str
    why: str
    url: str
    icon: str


def first_steps() -> list[Step]:
    """What is still to be done before the company works, of what this person may do."""
    found = beginnings()
    return [] if found.is_running else [step for step, may in steps_left(found) if can(may)]


def steps_left(found: Beginnings) -> Iterator[tuple[Step, Permission]]:
    """The steps that nobody has taken yet, each with the permission that it takes."""
    if not found.stock:
        where = url_for("inventory.imports")
        yield (
            Step("Import your products", "With their numbers, from any CSV.", where, "upload"),
            P.IMPORTS_RUN,
        )
    if not found.colleagues:
        where = url_for("accounts.new_user")
        yield Step("Say who works here", "Each gets a link and a role.", where, "user-plus"), P.USERS_MANAGE
    if not found.enquiry and not found.event:
        where = url_for("crm.lead_new")
        yield Step("Write down an enquiry", "It becomes a deal and a quote.", where, "inbox"), P.LEADS_MANAGE
    if not found.event:
        where = url_for("planning.event_new")
        yield (
            Step("Plan an event", "When the gear leaves, and what.", where, "calendar-plus"),
            P.EVENTS_MANAGE,
        )
