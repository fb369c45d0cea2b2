"""What scanned codes name here."""

import uuid as uuids
from typing import Final
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import and_, bindparam, select

from app.extensions import db
from app.models import Asset, Assignment, Code
from app.queries.rows import AnyRow
from app.rules.codes import ScanInput, code_key, parse
from app.services.scan_deeds import ACTIVE
from app.services.scan_requests import Thing


def things_in(text: str) -> list[Thing]:
    """What was scanned, in order; several codes may come in one burst."""
    return [resolve(scanned) for scanned in parse(text, own_host=own_host())]


def own_host() -> str:
    """The host whose labels are ours."""
    base: str = current_app.config["SETTINGS"].base_url
    return urlsplit(base).netloc


def resolve(scanned: ScanInput) -> Thing:
    """What a code names here, the first candidate that exists."""
    keys = {code_key(candidate): candidate for candidate in scanned.candidates}
    if not keys or scanned.command or scanned.refused:
        return Thing(scanned)
    found: dict[str, list[AnyRow]] = {}
    for row in db.session.execute(NAMED, {"keys": list(keys)}):
        found.setdefault(row.code_key, []).append(row)
    for key, candidate in keys.items():
        if rows := found.get(key):
            row, events = rows[0], tuple(one.event_id for one in rows if one.event_id)
            product_id = row.of_asset or row.product_id
            said = scanned.notes_on(candidate)
            return Thing(scanned, product_id, row.asset_id, row.location_id, said, events, candidate)
    return Thing(scanned)


NAMED: Final = (
    select(
        Code.code_key, Code.product_id, Code.asset_id, Code.location_id, Asset.product_id.label("of_asset"),
        Assignment.event_id,
    )
    .select_from(Code)
    .outerjoin(Asset, Asset.id == Code.asset_id)
    .outerjoin(Assignment, and_(Assignment.asset_id == Code.asset_id, Assignment.state.in_(ACTIVE)))
    .where(Code.code_key.in_(bindparam("keys", expanding=True)))
)  # fmt: skip
"""What codes name, and the events that have the named asset."""


def numbered(uuid: str, place: int) -> str:
    """The id of the n-th code of a burst; the first keeps the device's own."""
    return uuid if place == 0 else str(uuids.uuid5(uuids.NAMESPACE_URL, f"{uuid}/{place}"))
