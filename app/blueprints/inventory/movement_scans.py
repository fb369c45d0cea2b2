"""One field for everything that a scanner reads: it fills in the product, the location or the tag."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request, url_for

from app.blueprints.inventory.movement_forms import Screen
from app.extensions import db
from app.models import Asset, Code, TransactionKind
from app.queries.codes import first_code
from app.rules.codes import ScanInput, code_key, parse

KEPT = ("product", "location", "to", "quantity", "tags", "hand", "reference_type", "reference_number")
"""What of the address stays when something is scanned."""


def scanned_into(screen: Screen, typed: str) -> str | None:
    """The address of the form with what was scanned filled in; None when a code names nothing."""
    values: dict[str, Any] = {name: request.args[name] for name in KEPT if request.args.get(name)}
    own_host = urlsplit(current_app.config["SETTINGS"].base_url).netloc
    for scan in parse(typed, own_host=own_host):
        said = said_by(scan, screen, values)
        if said is None:
            return None
        values |= said
    return url_for(screen.endpoint, **values)


def said_by(scan: ScanInput, screen: Screen, before: dict[str, Any]) -> dict[str, Any] | None:
    """What one scan says: a thing, with a quantity perhaps, or a quantity alone; None for an unknown code."""
    if code := first_code([code_key(one) for one in scan.candidates]):
        return named_by(code, screen, before) | ({"quantity": scan.quantity} if scan.quantity > 1 else {})
    return {"quantity": scan.number} if scan.number else None


def named_by(code: Code, screen: Screen, before: dict[str, Any]) -> dict[str, Any]:
    """What a code fills in: a location goes where one is waited for, an asset's tag to those before it."""
    if code.location_id:
        goes_to = screen.kind is TransactionKind.TRANSFER and "location" in before
        return {"to" if goes_to else "location": code.location_id}
    if code.asset_id is None:
        return {"product": code.product_id, "tags": ""}
    asset = db.session.get_one(Asset, code.asset_id)
    is_same = str(before.get("product")) == str(asset.product_id)
    tags = [*(str(before.get("tags", "")).split() if is_same else ()), asset.tag]
    return {"product": asset.product_id, "tags": " ".join(dict.fromkeys(tags))}
