"""A case inside a sealed one: it comes and goes with that, or is taken out, which breaks the seal."""

from collections.abc import Collection
from dataclasses import replace

from app.extensions import db
from app.models import Location
from app.rules.verdicts import Situation
from app.services.case_guards import sealed_around
from app.services.case_loads import Load
from app.services.case_seals import unseal_in
from app.services.case_words import tell
from app.services.scan_requests import ScanAnswer, ScanRequest, Thing


def ask_or_open(request: ScanRequest, thing: Thing, load: Load) -> tuple[ScanRequest, ScanAnswer | None]:
    """Asks about a case that is sealed in, until somebody agrees: then the seal is broken, and the scan goes on.

    Whoever agreed to that has agreed to nothing else. Cases around are opened from the outermost in, each asked for.
    """
    outer = sealed_around(load.place)
    if outer is None:
        return request, None
    around = db.session.get_one(Location, outer.location_id)
    if not request.accept:
        text = f"{load.name}: in {around.name}, which is sealed. The whole case, or take this out of it?"
        return request, replace(tell(request, thing, load, Situation.SEALED, text), case_code=around.code)
    unseal_in(outer, around, by=load.by, note=f"{load.name} was taken out", request_id=f"{load.uuid}/seal")
    load.opened += f"{around.name} is open. "
    return ask_or_open(replace(request, accept=False), thing, load)


def sealed_around_all(place_ids: Collection[int]) -> set[int]:
    """The sealed cases that some places lie in, which are opened when these are taken out."""
    places = (db.session.get(Location, place_id) for place_id in sorted(place_ids))
    return {outer.location_id for place in places if place and (outer := sealed_around(place))}
