"""What a delivery slip to a repairer says, in the organization's own words."""

from typing import Any

from app.models import Asset, Company, Organization, Product, Repair, RepairSending
from app.queries.quote_content import Words, letterhead


def sending_content(
    row: RepairSending,
    repair: Repair,
    company: Company,
    product: Product,
    asset: Asset | None,
    organization: Organization,
) -> dict[str, Any]:
    """Everything on the printed slip, laid out as on a delivery note."""
    words = Words(organization)
    return {
        "sender": letterhead(organization),
        "title": "Sent to repair",
        "number": row.number,
        "is_return": False,
        "client": "\n".join(filter(None, [company.name, company.address])),
        "venue": "",
        "facts": facts(row, repair, words),
        "notes": "\n".join(filter(None, [f"Fault: {repair.note}", row.note])),
        "lines": [line_of(repair, product, asset, words)],
        "total": f"{words.number(repair.quantity)} {'piece' if repair.quantity == 1 else 'pieces'}",
        "differences": [],
        "by": row.sent_by_name,
    }


def facts(row: RepairSending, repair: Repair, words: Words) -> list[list[str]]:
    """What stands beside the address."""
    known = [
        ["Repair", repair.number],
        ["Your RMA", row.rma_number],
        ["Tracking", row.tracking_number],
        ["Sent", words.moment(row.sent_at)],
        ["Expected back", words.moment(repair.expected_back_at) if repair.expected_back_at else ""],
    ]
    return [pair for pair in known if pair[1]]


def line_of(repair: Repair, product: Product, asset: Asset | None, words: Words) -> dict[str, str]:
    """What is in the parcel."""
    tags = f"{asset.tag} ({asset.serial})" if asset and asset.serial else (asset.tag if asset else "")
    return {
        "name": product.name,
        "sku": product.sku,
        "tags": tags,
        "quantity": f"{words.number(repair.quantity)} {product.unit}",
    }


__all__ = ["sending_content"]
