"""What a packing list says: everything in a case, in the organization's words, on the sheet of a delivery note."""

from typing import Any

from app.extensions import db
from app.models import Case, Company, Event, Location, Organization, Venue
from app.queries.cases import Inside, assets_in, insides
from app.queries.quote_content import Words, letterhead
from app.rules.case_contents import Weight


def packing_content(case: Case, place: Location, organization: Organization) -> dict[str, Any]:
    """Everything on the printed packing list, written out."""
    words = Words(organization)
    inside = insides([place.id])[place.id]
    event = db.session.get(Event, case.event_id) if case.event_id else None
    company = db.session.get(Company, event.company_id) if event and event.company_id else None
    venue = db.session.get(Venue, event.venue_id) if event and event.venue_id else None
    return {
        "sender": letterhead(organization),
        "title": "Packing list",
        "number": place.code,
        "is_return": False,
        "client": "\n".join(filter(None, [company.name, company.address])) if company else "",
        "venue": "\n".join(filter(None, [venue.name, venue.address])) if venue else "",
        "facts": facts(case, place, inside, event, words),
        "notes": case.notes,
        "cases": [],
        "cases_total": "",
        "lines": lines_of(inside, words),
        "total": ", ".join(
            filter(None, [f"{words.number(inside.pieces)} pieces", in_kilograms(inside.weight, words)])
        ),
        "differences": [
            {"sort": "Missing", "what": f"{words.number(slot.quantity)} × {slot.product}", "reason": ""}
            for slot in inside.missing
        ],
        "by": "",
    }


def in_kilograms(known: Weight, words: Words) -> str:
    """A weight in words, as far as it is known; nothing where none is."""
    if not known.kilograms:
        return ""
    return f"{'' if known.is_all else 'more than '}{words.number(known.kilograms.normalize() + 0)} kg"


def facts(case: Case, place: Location, inside: Inside, event: Event | None, words: Words) -> list[list[str]]:
    """What stands beside the address."""
    rows = [["Case", place.name]]
    if weighs := in_kilograms(inside.weight, words):
        rows.append(["Weight", weighs])
    if event is not None:
        rows.append(["Event", f"{event.number} {event.name}"])
    if case.sealed_at is not None:
        rows.append(["Sealed", words.moment(case.sealed_at)])
    return rows


def lines_of(inside: Inside, words: Words) -> list[dict[str, str]]:
    """One line a product and place, with the tags of its assets under it."""
    tags: dict[tuple[int | None, int], list[str]] = {}
    for asset in assets_in(inside.places):
        known = f"{asset.tag} ({asset.serial})" if asset.serial else asset.tag
        tags.setdefault((asset.location_id, asset.product_id), []).append(known)
    return [
        {
            "name": row.product,
            "sku": row.sku,
            "tags": ", ".join(tags.get((row.location_id, row.product_id), ())),
            "quantity": f"{words.number(row.quantity)} {row.unit}",
        }
        for row in (*inside.own, *inside.inner)
    ]
