"""What scanned codes name here."""

import uuid as uuids
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Code
from app.rules.codes import ScanInput, code_key, parse
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
    columns = (Code.code_key, Code.product_id, Code.asset_id, Code.location_id)
    query = select(*columns, Asset.product_id.label("of_asset")).outerjoin(Asset, Asset.id == Code.asset_id)
    found = {row.code_key: row for row in db.session.execute(query.where(Code.code_key.in_(keys)))}
    for key, candidate in keys.items():
        if row := found.get(key):
            product_id = row.of_asset or row.product_id
            return Thing(scanned, product_id, row.asset_id, row.location_id, scanned.notes_on(candidate))
    return Thing(scanned)


def numbered(uuid: str, place: int) -> str:
    """The id of the n-th code of a burst; the first keeps the device's own."""
    return uuid if place == 0 else str(uuids.uuid5(uuids.NAMESPACE_URL, f"{uuid}/{place}"))
