"""What scanned codes name here."""

import uuid as uuids
from collections.abc import Collection, Mapping, Sequence
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
    return things_of([text])[0]


def things_of(texts: Sequence[str]) -> list[list[Thing]]:
    """The same of several texts, each by itself, in as many statements as of one."""
    read = [parse(text, own_host=own_host()) for text in texts]
    named = named_by({key for scans in read for scanned in scans for key in keys_of(scanned)})
    return [[thing_of(scanned, named) for scanned in scans] for scans in read]


def own_host() -> str:
    """The host whose labels are ours."""
    base: str = current_app.config["SETTINGS"].base_url
    return urlsplit(base).netloc


def keys_of(scanned: ScanInput) -> dict[str, str]:
    """The codes that may be meant, in order of preference, by how they are compared."""
    if scanned.command or scanned.refused:
        return {}
    return {code_key(candidate): candidate for candidate in scanned.candidates}


def named_by(keys: Collection[str]) -> dict[str, list[AnyRow]]:
    """Code → what it names, once for each event that has it."""
    found: dict[str, list[AnyRow]] = {}
    listed = list(keys)
    for start in range(0, len(listed), MOST_KEYS):
        for row in db.session.execute(NAMED, {"keys": listed[start : start + MOST_KEYS]}):
            found.setdefault(row.code_key, []).append(row)
    return found


def thing_of(scanned: ScanInput, named: Mapping[str, Sequence[AnyRow]]) -> Thing:
    """What a code names here, the first candidate that exists."""
    for key, candidate in keys_of(scanned).items():
        if rows := named.get(key):
            row, events = rows[0], tuple(one.event_id for one in rows if one.event_id)
            product_id, said = row.of_asset or row.product_id, scanned.notes_on(candidate)
            return Thing(scanned, product_id, row.asset_id, row.location_id, said, events, candidate)
    return Thing(scanned)


MOST_KEYS: Final = 5_000
"""Codes in one statement: a burst of a scanner with a memory has some thousand."""
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
