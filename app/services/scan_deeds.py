"""One thing on its way to or from an event, read with everything that it touches in three statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    Case,
    CaseState,
    Event,
    Location,
    Product,
    PullLine,
    Reservation,
    Scan,
    ScanMode,
)
from app.queries.keepers import (
    AROUND,
    KEEPERS,
    SEALED_IN,
    UNTESTED,
    Untested,
    leaving,
    untested,
    with_keepers,
)
from app.queries.warehouse import ACTIVE, CHOSEN
from app.refusals import Refused
from app.rules.periods import Period
from app.rules.verdicts import Situation
from app.services.reservations import Wish, occupied, working_week

COUNTING: Final = (
    select(PullLine, Reservation, CHOSEN)
    .select_from(PullLine)
    .outerjoin(Reservation, Reservation.line_id == PullLine.id)
    .where(PullLine.event_id == bindparam("event"), PullLine.product_id == bindparam("product"))
)
WHEREABOUTS: Final = with_keepers(
    select(Location.warehouse_id, Location.name, *KEEPERS, SEALED_IN, Case.state, Assignment, *UNTESTED)
    .select_from(Location)
    .join(Asset, Asset.id == bindparam("asset"))
    .outerjoin(Case, Case.location_id == Location.id)
    .outerjoin(AROUND, AROUND.location_id == Location.parent_id)
    .outerjoin(Assignment, and_(Assignment.asset_id == Asset.id, Assignment.state.in_(ACTIVE)))
    .where(Location.id == bindparam("location"))
)
"""Where an asset is, what keeps it, which case it lies in, and who has it."""
ASSIGNMENTS: Final = select(Assignment).where(
    Assignment.asset_id == bindparam("asset"), Assignment.state.in_(ACTIVE)
)


class Counting(NamedTuple):
    """The event's line of a product, the claim that counts its way, and how many assets are chosen for it now."""

    line: PullLine | None = None
    claim: Reservation | None = None
    chosen: int = 0


class Whereabouts(NamedTuple):
    """Where an asset is, what keeps it from leaving, the sealed case it lies in, and how far its case has come."""

    warehouse_id: int | None = None
    place: str = ""
    repair_id: int | None = None
    repair_number: str = ""
    quarantine_id: int | None = None
    quarantine_number: str = ""
    sealed_in_id: int | None = None
    case_state: CaseState | None = None


NOWHERE: Final = Whereabouts()


class Beside(NamedTuple):
    """What a scan changes in the counts of another event: a row to be written beside its own."""

    deed: Any
    change: int
    situation: Situation
    message: str


@dataclass
class Deed:
    """One thing on its way to or from an event, with everything that it touches.

    What comes back from another event counts there and not here (`counts_here`); what changes on other
    events is remembered in `beside`, and by how many pieces the list was made longer in `added`.
    """

    event: Event
    product: Product
    asset: Asset | None
    quantity: int
    mode: ScanMode
    line: PullLine | None
    claim: Reservation | None
    by: Actor
    uuid: str
    chosen: int = 0
    active: Sequence[Assignment] = ()
    where: Whereabouts = NOWHERE
    untested: Sequence[Untested] = ()
    to_id: int | None = None
    happened_at: datetime | None = None
    notes: tuple[str, ...] = ()
    counts_here: bool = True
    beside: list[Beside] = field(default_factory=list)
    added: dict[str, int] = field(default_factory=dict)
    pack_id: int | None = None
    """The case that what is prepped goes into."""
    instead_of: str = ""
    """The tag of the prepped asset in whose place it left."""

    @property
    def name(self) -> str:
        """What people call it."""
        if self.asset:
            return f"{self.product.name} {self.asset.tag}"
        return f"{self.quantity} × {self.product.name}"

    @property
    def certain_claim(self) -> Reservation:
        """The claim, which a judged deed has."""
        if self.claim is None:
            raise Refused(f"{self.product.name} is not on this list.", "code")
        return self.claim

    @property
    def chosen_here(self) -> Assignment | None:
        """The asset's assignment on this event, if it is prepped or out."""
        return next((row for row in self.active if row.event_id == self.event.id), None)

    @property
    def chosen_elsewhere(self) -> list[Assignment]:
        """Where else the asset is prepped or out."""
        return [row for row in self.active if row.event_id != self.event.id]

    @property
    def is_foreign(self) -> bool:
        """True for an asset that another warehouse keeps."""
        return self.where.warehouse_id not in (None, self.event.warehouse_id)


def counting(event_id: int, product_id: int) -> Counting:
    """The line, the claim and the number of chosen assets: one statement."""
    found = db.session.execute(COUNTING, {"event": event_id, "product": product_id}).one_or_none()
    return Counting(*found) if found else Counting()


def look_around(deed: Deed) -> None:
    """Read where the asset is now, what keeps it, and where it is prepped or out: one statement."""
    if deed.asset is None:
        return
    asked = {"asset": deed.asset.id, "location": deed.asset.location_id} | leaving(deed.event)
    rows = db.session.execute(WHEREABOUTS, asked).all() if deed.asset.location_id else []
    if not rows:
        deed.active = assignments_of(deed.asset.id)
        return
    deed.where = Whereabouts(*rows[0][:8])
    deed.active = list(dict.fromkeys(row.Assignment for row in rows if row.Assignment))
    deed.untested = untested(rows, deed.event)


def assignments_of(asset_id: int) -> Sequence[Assignment]:
    """Where an asset is prepped or out."""
    return db.session.scalars(ASSIGNMENTS, {"asset": asset_id}).all()


def window_of(deed: Deed) -> Period:
    """The time that the claim takes, or would take if it were made, with the product's buffers."""
    if deed.claim is not None:
        return Period(deed.claim.starts_at, deed.claim.ends_at)
    event = deed.event
    wish = Wish(deed.product.id, event.warehouse_id, deed.quantity, event.occupied_from, event.occupied_until)
    return occupied(wish, deed.product, working_week())


def deed_again(row: Scan, quantity: int, uuid: str, by: Actor) -> Deed:
    """What a scan was about, as it stands now."""
    event = db.session.get_one(Event, row.event_id)
    product = db.session.get_one(Product, row.product_id)
    asset = db.session.get_one(Asset, row.asset_id) if row.asset_id else None
    line, claim, chosen = counting(event.id, product.id)
    deed = Deed(event, product, asset, quantity, row.mode, line, claim, by, uuid, chosen)
    look_around(deed)
    return deed


__all__ = [
    "ACTIVE", "CHOSEN", "Beside", "Counting", "Deed", "Whereabouts", "assignments_of", "counting", "deed_again",
    "look_around", "untested", "window_of",
]  # fmt: skip
