"""Repairers outside the house: what is sent to them with a slip, expected back, and what they charge."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Company, Organization, Product, Repair, RepairSending, RepairState
from app.queries.repair_content import sending_content
from app.queries.repairs import open_sending
from app.refusals import Refused
from app.scope import current_organization_id
from app.services.activities import record
from app.services.documents import order_document
from app.services.numbers import next_number, this_year
from app.services.repairs import expect_back_in, locked_repair, use_meanwhile_in


@dataclass(frozen=True)
class Parcel:
    """To whom something is sent, under which numbers, and when it should be back."""

    company: Company
    rma_number: str = ""
    tracking_number: str = ""
    note: str = ""
    expected_back_at: datetime | None = None


def send_away(repair: Repair, parcel: Parcel, *, by: Actor) -> RepairSending:
    """Send a thing to a repairer, with a delivery slip: nobody uses it meanwhile. Raises Refused."""
    locked_repair(repair)
    if away := open_sending(repair.id):
        raise Refused(f"It is away already ({away.number}): say first that it is back.", "company")
    if repair.is_usable:
        use_meanwhile_in(repair, False, by)
    if parcel.expected_back_at is not None:
        expect_back_in(repair, parcel.expected_back_at, by)
    row = write_sending(repair, parcel, by)
    repair.state = RepairState.IN_PROGRESS
    print_slip(row, repair, parcel.company)
    told = f"To {parcel.company.name}."
    record("repair.sent_away", repair, by=by, label=f"{repair.number} · {row.number}", event_id=repair.event_id,
           summary=told)  # fmt: skip
    db.session.flush()
    return row


def write_sending(repair: Repair, parcel: Parcel, by: Actor) -> RepairSending:
    """The row of a sending, with its number."""
    now = datetime.now(UTC)
    row = RepairSending(
        number=next_number("RS", this_year(now)),
        repair_id=repair.id,
        company_id=parcel.company.id,
        rma_number=parcel.rma_number,
        tracking_number=parcel.tracking_number,
        note=parcel.note,
        sent_by_name=by.name,
        sent_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def print_slip(row: RepairSending, repair: Repair, company: Company) -> None:
    """Have the slip set as PDF after the commit."""
    organization = db.session.get_one(Organization, current_organization_id())
    product = db.session.get_one(Product, repair.product_id)
    asset = db.session.get_one(Asset, repair.asset_id) if repair.asset_id else None
    order_document(
        row, f"{row.number}.pdf", sending_content(row, repair, company, product, asset, organization)
    )


def take_back_sending(repair: Repair, cost: Decimal, *, by: Actor) -> RepairSending:
    """It is back from the repairer, who charged so much; it is to be tested now. Raises Refused."""
    locked_repair(repair)
    row = open_sending(repair.id)
    if row is None:
        raise Refused("Nothing of it is away.", "cost")
    row.returned_at, row.cost = datetime.now(UTC), cost
    record(
        "repair.came_back", repair, by=by, label=f"{repair.number} · {row.number}", event_id=repair.event_id
    )
    db.session.flush()
    return row


def refuse_away(repair: Repair) -> None:
    """What is with a repairer cannot be put on a shelf or thrown away. Raises Refused."""
    if away := open_sending(repair.id):
        raise Refused(f"It is away ({away.number}): say first that it is back.", "ending")


__all__ = ["Parcel", "refuse_away", "send_away", "take_back_sending"]
