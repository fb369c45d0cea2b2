"""What came back in a case that is still to be looked through: what of it may turn out not to be there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy import case as case_of
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Case,
    CaseStep,
    Location,
    Product,
    Reservation,
    Scan,
    ScanMode,
    StepKind,
    StockLevel,
)
from app.queries.cases import trees
from app.queries.scan_log import IS_UNDONE
from app.rules.verdicts import Situation

SPOKEN_OF: Final = (Situation.REPORTED, Situation.MISSING)
"""What is said of pieces that nobody looks for any more."""


class CameBack(NamedTuple):
    """One thing that came back in a case: `here` of its pieces lie in it still, `absent` were found not to and are
    still out."""

    scan_id: int
    product_id: int
    product: str
    unit: str
    asset_id: int | None
    tag: str | None
    here: int
    absent: int

    @property
    def name(self) -> str:
        """What people call those that are absent."""
        return f"{self.product} {self.tag}" if self.tag else f"{self.absent} × {self.product}"


@dataclass(frozen=True)
class Checking:
    """A case that is to be looked through, with what came back in it."""

    case: Case
    place: Location
    things: Sequence[CameBack]

    @property
    def here(self) -> list[CameBack]:
        """What should lie in it."""
        return [one for one in self.things if one.here]

    @property
    def absent(self) -> list[CameBack]:
        """What was found not to."""
        return [one for one in self.things if one.absent]


def checking_called(code: str) -> Checking | None:
    """The case with this label, when it is to be looked through."""
    query = select(Case, Location).join(Location, Location.id == Case.location_id)
    found = db.session.execute(query.where(Location.code == code, Case.verify_since.is_not(None))).first()
    return Checking(found[0], found[1], came_back(found[0])) if found else None


def came_back(case: Case) -> list[CameBack]:
    """The things that came back with a case last, when it is to be looked through: three statements."""
    step = return_of(case)
    if step is None:
        return []
    places = set(trees([case.location_id])[case.location_id])
    if case.dissolves:
        places.add(floor_of(case))
    return [seen(*row, places=places) for row in db.session.execute(returns(step, places))]


def floor_of(case: Case) -> int:
    """The floor that a packing container was emptied onto."""
    return db.session.scalars(select(Location.warehouse_id).where(Location.id == case.location_id)).one()


def return_of(case: Case) -> CaseStep | None:
    """The step that brought a case back, its own or that of one around it; nothing when it was looked through."""
    if case.verify_since is None:
        return None
    carried_from = select(CaseStep.from_id).where(
        CaseStep.case_id == case.id,
        CaseStep.kind == StepKind.MOVED,
        CaseStep.happened_at >= case.verify_since,
    )
    start = (
        select(Location.id, Location.parent_id)
        .where(or_(Location.id == case.location_id, Location.id.in_(carried_from)))
        .cte("around", recursive=True)
    )
    around = start.union(
        select(Location.id, Location.parent_id).join(start, Location.id == start.c.parent_id)
    )
    query = (
        select(CaseStep)
        .join(Case, Case.id == CaseStep.case_id)
        .where(
            Case.location_id.in_(select(around.c.id)),
            CaseStep.kind == StepKind.BACK,
            CaseStep.happened_at >= case.verify_since,
        )
        .order_by(CaseStep.id.desc())
    )
    return next((row for row in db.session.scalars(query) if str(case.id) in row.before["cases"]), None)


_whole, _said = aliased(Scan), aliased(Scan)


def returns(step: CaseStep, places: set[int]) -> Any:
    """The rows of the things that came back with a case, with what was said of each, and what its places hold."""
    held = (
        select(func.coalesce(func.sum(StockLevel.quantity), 0))
        .where(StockLevel.product_id == Scan.product_id, StockLevel.location_id.in_(places))
        .correlate(Scan)
        .scalar_subquery()
    )
    return (
        select(
            Scan.id, Product.id, Product.name, Product.unit, Asset.id, Asset.tag, Asset.location_id, Scan.change,
            said_of(SPOKEN_OF), said_of((Situation.MISSING,)), held, STILL_OUT,
        )
        .join(_whole, _whole.id == Scan.beside_id)
        .join(Product, Product.id == Scan.product_id)
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .where(
            _whole.uuid == (step.request_id or "").removesuffix("/there"),
            Scan.event_id == step.event_id, Scan.mode == ScanMode.IN, Scan.change > 0, ~IS_UNDONE,
        )
        .order_by(Product.name, Asset.tag, Scan.id)
    )  # fmt: skip


STILL_OUT: Final = case_of(
    (
        Scan.asset_id.is_not(None),
        select(func.count(Assignment.id))
        .where(
            Assignment.asset_id == Scan.asset_id,
            Assignment.event_id == Scan.event_id,
            Assignment.state == AssignmentState.OUT,
        )
        .correlate(Scan)
        .scalar_subquery(),
    ),
    else_=select(func.coalesce(func.sum(Reservation.out_quantity - Reservation.returned_quantity), 0))
    .where(Reservation.line_id == Scan.line_id)
    .correlate(Scan)
    .scalar_subquery(),
)
"""How many of what a row speaks of its event has now: what was found later is back."""


def said_of(situations: Sequence[Situation]) -> ColumnElement[int]:
    """Of how many pieces of a row one of these things was said."""
    query = select(func.coalesce(func.sum(_said.quantity), 0)).where(
        _said.beside_id == Scan.id, _said.situation.in_(situations)
    )
    return query.correlate(Scan).scalar_subquery()


def seen(
    scan_id: int,
    product_id: int,
    product: str,
    unit: str,
    asset_id: int | None,
    tag: str | None,
    location_id: int | None,
    *counts: int,
    places: set[int],
) -> CameBack:
    """One of these rows: what was carried elsewhere meanwhile is not looked for here."""
    change, spoken_of, absent, held, still_out = map(int, counts)
    lies_here = held if asset_id is None else int(location_id in places)
    here = max(min(change - spoken_of, lies_here), 0)
    return CameBack(scan_id, product_id, product, unit, asset_id, tag, here, min(absent, still_out))
