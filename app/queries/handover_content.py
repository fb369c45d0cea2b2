"""What a delivery or return note says, in the organization's own words."""

from collections.abc import Sequence
from typing import Any

from app.extensions import db
from app.models import Company, Event, Handover, Organization, ScanMode, Venue
from app.queries.case_content import in_kilograms
from app.queries.handover_cases import NotedCase, weight_together
from app.queries.handovers import Moved, Stated, stated
from app.queries.quote_content import Words, letterhead
from app.rules.case_contents import weight_of

Sheet = dict[str, Any]


def handover_content(
    row: Handover,
    event: Event,
    moved: Sequence[Moved],
    cases: Sequence[NotedCase],
    organization: Organization,
) -> Sheet:
    """Everything on the printed note, written out."""
    words = Words(organization)
    company = db.session.get(Company, event.company_id) if event.company_id else None
    venue = db.session.get(Venue, event.venue_id) if event.venue_id else None
    return {
        "sender": letterhead(organization),
        "title": row.title,
        "number": row.number,
        "is_return": row.mode is ScanMode.IN,
        "client": "\n".join(filter(None, [company.name, company.address])) if company else "",
        "venue": "\n".join(filter(None, [venue.name, venue.address])) if venue else "",
        "facts": facts(row, event, words),
        "notes": row.notes,
        "cases": [case_line(one, words) for one in cases],
        "cases_total": cases_total(cases, words),
        "lines": lines_of(moved, words),
        "total": total(row.pieces, moved, words),
        "differences": [difference(one, words) for one in stated(row.id)],
        "by": row.by_name,
    }


def facts(row: Handover, event: Event, words: Words) -> list[list[str]]:
    """What stands beside the address."""
    span = f"{words.moment(event.occupied_from)} – {words.moment(event.occupied_until)}"
    return [
        ["Event", f"{event.number} {event.name}"],
        ["Away", span],
        ["Came back" if row.mode is ScanMode.IN else "Left", words.moment(row.made_at)],
    ]


def case_line(one: NotedCase, words: Words) -> dict[str, Any]:
    """One case, written out."""
    return {
        "code": one.code,
        "name": one.name,
        "depth": one.depth,
        "around": one.around,
        "seal": seal_of(one),
        "pieces": words.number(one.inside.pieces),
        "weight": in_kilograms(one.inside.weight, words),
    }


def seal_of(one: NotedCase) -> str:
    """How a case stands; a packing container that is back holds nothing any more."""
    if one.is_sealed:
        return "Sealed"
    return "Emptied" if one.dissolves and not one.inside.pieces else "Not sealed"


def cases_total(cases: Sequence[NotedCase], words: Words) -> str:
    """How many cases, and what they weigh together; empty where there are none."""
    inner = sum(one.depth > 0 for one in cases)
    said = [f"{words.number(len(cases))} {'case' if len(cases) == 1 else 'cases'}"]
    said += [f"{words.number(inner)} of them in {'another' if inner == 1 else 'others'}"] if inner else []
    said += [in_kilograms(weight_together(cases), words)]
    return ", ".join(filter(None, said)) if cases else ""


def lines_of(moved: Sequence[Moved], words: Words) -> list[dict[str, str]]:
    """One line a product; its assets by tag and serial number under it."""
    lines: dict[int, dict[str, Any]] = {}
    for one in moved:
        line = lines.setdefault(
            one.product_id, {"name": one.product, "sku": one.sku, "unit": one.unit, "pieces": 0, "tags": []}
        )
        line["pieces"] += one.quantity
        if one.tag:
            line["tags"].append(f"{one.tag} ({one.serial})" if one.serial else one.tag)
    return [
        {
            "name": line["name"],
            "sku": line["sku"],
            "tags": ", ".join(line["tags"]),
            "quantity": f"{words.number(line['pieces'])} {line['unit']}",
        }
        for line in lines.values()
    ]


def total(pieces: int, moved: Sequence[Moved], words: Words) -> str:
    """How many pieces, and what they weigh without the cases."""
    counted = f"{words.number(pieces)} {'piece' if pieces == 1 else 'pieces'}"
    weight = in_kilograms(weight_of((one.quantity, one.weight) for one in moved), words)
    return ", ".join(filter(None, [counted, weight]))


def difference(one: Stated, words: Words) -> dict[str, str]:
    """A difference, written out."""
    what = f"{one.product} {one.tag}" if one.tag else one.product
    return {"sort": one.sort.label, "what": f"{words.number(one.quantity)} × {what}", "reason": one.reason}


__all__ = ["handover_content"]
