"""The published and composed pull lists, moved by whole weeks so that they always lie ahead."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.demo.clients import CLIENTS
from app.demo.files import rows_of
from app.demo.offers import Offer

GROUPS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("2027-03-01", 1, ("PL1",)),
    ("2027-05-24", 2, ("PL6", "PL2", "PL3")),
    ("2027-09-13", 7, ("PL4", "PL5")),
)
"""The Monday from which a group of lists is moved, how many weeks ahead it comes to lie, and the lists in the
order in which they are promised. Within a group nothing moves: PL3 overlaps PL2, PL5 is short against PL4."""


class Party(NamedTuple):
    """Whose event a pull list is here, where, and with whom: the list itself only says what."""

    client: int
    venue: str
    crew: tuple[tuple[str, int], ...] = ()
    truck: str = ""


PARTIES: dict[str, Party] = {
    "PL1": Party(21, "Ostkai Club, Hafenrode", (("AR62", 1),)),
    "PL2": Party(14, "Nordfeld Flugplatz", (("AR62", 2), ("AR53", 4)), "AR56"),
    "PL3": Party(4, "Stadthalle Hafenrode", (("AR55", 1), ("AR52", 2), ("AR53", 2)), "AR56"),
    "PL4": Party(10, "Messehalle B, Südrode", (("AR62", 2), ("AR54", 3), ("AR53", 8)), "AR890"),
    "PL5": Party(2, "Ostkai Club, Hafenrode", (("AR54", 1),)),
    "PL6": Party(7, "Orangerie Auental"),
}


def pull_list_offers(today: date, zone: ZoneInfo) -> list[Offer]:
    """All six, in the order in which they are promised."""
    rows = rows_of("pull_lists.csv")
    monday = today - timedelta(days=today.weekday())
    return [
        offer_of(code, [row for row in rows if row["list"] == code], shift, zone)
        for origin, weeks, codes in GROUPS
        for shift in (monday + timedelta(weeks=weeks) - date.fromisoformat(origin),)
        for code in codes
    ]


def offer_of(code: str, rows: list[dict[str, str]], shift: timedelta, zone: ZoneInfo) -> Offer:
    """One list, moved; its hours stay those of the clock on the wall."""
    party = PARTIES[code]
    out_at, back_at = (
        (datetime.fromisoformat(rows[0][name]) + shift).replace(tzinfo=zone) for name in ("out_at", "back_at")
    )
    return Offer(
        rows[0]["event"],
        CLIENTS[party.client],
        party.venue,
        (out_at, back_at),
        (out_at, back_at),
        [(row["source_id"], int(row["quantity"])) for row in rows],
        party.crew,
        party.truck,
        introduction=f"Pull list {code}: {rows[0]['basis']}.",
    )
