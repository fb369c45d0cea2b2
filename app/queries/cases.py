"""Cases as lists, pages and labels show them: what lies in them, what is missing, what they weigh, where they are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.finding import find
from app.models import (
    Asset,
    Case,
    CaseSlot,
    CaseState,
    CaseStep,
    Event,
    Location,
    LocationKind,
    Product,
    StockLevel,
    Tracking,
)
from app.models.base import plain_text
from app.queries.paging import PER_PAGE, Page, paged
from app.queries.rows import AnyRow
from app.rules.case_contents import NO_WEIGHT, Slot, Weight, empty_slots, weight_of

RECENT_STEPS = 25


@dataclass(frozen=True)
class CaseFilters:
    """What a list of cases is narrowed to."""

    find: str = ""
    state: CaseState | None = None
    complete: str = ""
    sealed: str = ""

    @property
    def narrows(self) -> bool:
        """True when not all cases are asked for."""
        return bool(self.find or self.state or self.complete or self.sealed)


@dataclass(frozen=True)
class CaseLine:
    """One case of a list: the place that it is, what it holds, and the name of the place that it is in."""

    case: Case
    place: Location
    inside: "Inside"
    where: str | None


def case_list(filters: CaseFilters, page: int = 1, per_page: int = PER_PAGE) -> Page[CaseLine]:
    """Cases by code: the same number of statements however many, and however full they are."""
    parent = aliased(Location)
    query: Select[*tuple[Any, ...]] = (
        select(Case, Location, parent.name)
        .join(Location, Location.id == Case.location_id)
        .outerjoin(parent, parent.id == Location.parent_id)
        .where(Location.archived_at.is_(None), *narrowed(filters))
        .order_by(Location.code)
    )
    rows = paged(query, page, per_page, scalars=False)
    inside = insides([row[1].id for row in rows.items])
    lines = [CaseLine(case, place, inside[place.id], where) for case, place, where in rows.items]
    return Page(lines, rows.page, rows.per_page, rows.total)


def narrowed(filters: CaseFilters) -> list[Any]:
    """The filters as conditions."""
    wanted: list[Any] = [
        Location.search_text.contains(word, autoescape=True) for word in plain_text(filters.find).split()
    ]
    if filters.state is not None:
        wanted.append(Case.state == filters.state)
    if filters.sealed:
        wanted.append(Case.sealed_at.is_not(None) if filters.sealed == "yes" else Case.sealed_at.is_(None))
    if filters.complete:
        wanted.append(LACKS if filters.complete == "no" else ~LACKS)
    return wanted


LACKS: Final = (
    select(CaseSlot.id)
    .outerjoin(
        StockLevel,
        and_(StockLevel.product_id == CaseSlot.product_id, StockLevel.location_id == Case.location_id),
    )
    .where(CaseSlot.case_id == Case.id, CaseSlot.quantity > func.coalesce(StockLevel.quantity, 0))
    .correlate(Case)
    .exists()
)
"""True for a case with an empty slot."""


KEPT_TOGETHER: Final = (
    select(Case.id)
    .where(
        or_(Case.location_id == Location.id, Case.location_id == Location.parent_id),
        or_(Case.state != CaseState.STORED, Case.sealed_at.is_not(None)),
    )
    .correlate(Location)
    .exists()
)
"""True for a case that is sealed or for an event, or a place in one: nobody takes single pieces out unasked."""
ON_SHELVES: Final = and_(
    StockLevel.is_held,
    Location.warehouse_id == bindparam("warehouse"),
    Location.kind.not_in((LocationKind.EVENT_SITE, LocationKind.REPAIR_BENCH)),
    ~KEPT_TOGETHER,
)
"""True for stock of a warehouse that counted pieces are taken from: no site, no bench, no closed case."""


class Lying(NamedTuple):
    """So many of a product that lie in one place; `weight_kg` is what one piece weighs."""

    location_id: int
    product_id: int
    product: str
    sku: str
    unit: str
    tracking: Tracking
    quantity: int
    weight_kg: Decimal | None


class Shell(NamedTuple):
    """A case without its contents."""

    id: int
    location_id: int
    own_weight_kg: Decimal | None
    sealed_at: datetime | None


@dataclass(frozen=True)
class Inside:
    """What a case holds: itself (`own`) and in the places inside it (`inner`), and what belongs into it.

    `cases` are it and those inside it, `places` all their locations.
    """

    own: Sequence[Lying]
    inner: Sequence[Lying]
    slots: Sequence[Slot]
    cases: Sequence[Shell | Case]
    places: Sequence[int] = ()

    @property
    def held(self) -> dict[int, int]:
        """Product → how many lie in the case itself."""
        return {row.product_id: row.quantity for row in self.own}

    @property
    def pieces(self) -> int:
        """How many pieces travel with it."""
        return sum(row.quantity for row in (*self.own, *self.inner))

    @property
    def missing(self) -> list[Slot]:
        """The empty slots."""
        return empty_slots(self.slots, self.held)

    @property
    def is_complete(self) -> bool:
        """True when every slot is filled; a case without slots is always complete."""
        return not self.missing

    @property
    def contents_weight(self) -> Weight:
        """What all the pieces weigh."""
        return weight_of((row.quantity, row.weight_kg) for row in (*self.own, *self.inner))

    @property
    def weight(self) -> Weight:
        """What it weighs altogether: itself, the cases inside it, and all the pieces."""
        return self.contents_weight + weight_of((1, case.own_weight_kg) for case in self.cases)


NOTHING_INSIDE: Final = Inside((), (), (), ())


def insides(location_ids: Collection[int]) -> dict[int, Inside]:
    """Case's location → what it holds: four statements, however many cases and however full they are."""
    tree = trees(location_ids)
    if not tree:
        return dict.fromkeys(location_ids, NOTHING_INSIDE)
    places = {place for below in tree.values() for place in below}
    levels = levels_in(places)
    shells = db.session.execute(SHELLS, {"places": sorted(places)})
    cases = {row.location_id: Shell(*row) for row in shells}
    slots = slots_of([case.id for case in cases.values()])
    return {root: inside_of(root, below, levels, cases, slots) for root, below in tree.items()}


def levels_in(places: Collection[int]) -> dict[int, list[Lying]]:
    """Place → what lies there: one statement."""
    rows = db.session.execute(LEVELS, {"places": sorted(places)})
    return grouped((Lying(*row) for row in rows), 0)


def inside_of(
    root: int,
    below: Iterable[int],
    levels: Mapping[int, list[Lying]],
    cases: Mapping[int, Shell | Case],
    slots: Mapping[int, list[Slot]],
) -> Inside:
    """What one of them holds."""
    own = levels.get(root, [])
    inner = [row for place in below if place != root for row in levels.get(place, ())]
    return Inside(
        own, inner, slots.get(cases[root].id, ()) if root in cases else (),
        [cases[place] for place in below if place in cases], list(below),
    )  # fmt: skip


def trees(location_ids: Collection[int]) -> dict[int, list[int]]:
    """Place → it and all places inside it: one statement for many places."""
    found: dict[int, list[int]] = {place: [] for place in location_ids}
    if found:
        for root, place in db.session.execute(TREES, {"roots": sorted(found)}):
            found[root].append(place)
    return found


_roots = (
    select(Location.id.label("root"), Location.id.label("place"))
    .where(Location.id.in_(bindparam("roots", expanding=True)))
    .cte("tree", recursive=True)
)
_tree = _roots.union_all(
    select(_roots.c.root, Location.id).join(_roots, Location.parent_id == _roots.c.place)
)
TREES: Final = select(_tree.c.root, _tree.c.place).order_by(_tree.c.root, _tree.c.place)
LEVELS: Final = (
    select(
        StockLevel.location_id, Product.id, Product.name, Product.sku, Product.unit, Product.tracking,
        StockLevel.quantity, Product.weight_kg,
    )
    .join(Product, Product.id == StockLevel.product_id)
    .where(StockLevel.location_id.in_(bindparam("places", expanding=True)), StockLevel.is_held)
    .order_by(Product.name, Product.id)
)  # fmt: skip
SHELLS: Final = select(Case.id, Case.location_id, Case.own_weight_kg, Case.sealed_at).where(
    Case.location_id.in_(bindparam("places", expanding=True))
)
SLOTS: Final = (
    select(CaseSlot.case_id, Product.id, Product.name, CaseSlot.quantity)
    .join(Product, Product.id == CaseSlot.product_id)
    .where(CaseSlot.case_id.in_(bindparam("cases", expanding=True)))
    .order_by(Product.name, CaseSlot.id)
)


def slots_of(case_ids: Collection[int]) -> dict[int, list[Slot]]:
    """Case → what belongs into it."""
    rows = db.session.execute(SLOTS, {"cases": sorted(case_ids)}) if case_ids else ()
    return {case: [Slot(*row[1:]) for row in some] for case, some in grouped(rows, 0).items()}


def grouped(rows: Iterable[Any], column: int) -> dict[int, list[Any]]:
    """Rows by one of their columns."""
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def slot_rows(case_id: int) -> Sequence[AnyRow]:
    """What belongs into a case, each with the id of its slot."""
    query = (
        select(CaseSlot.id, CaseSlot.product_id, Product.name.label("product"), CaseSlot.quantity)
        .join(Product, Product.id == CaseSlot.product_id)
        .where(CaseSlot.case_id == case_id)
        .order_by(Product.name)
    )
    return db.session.execute(query).all()


def case_page(case_id: int) -> Case:
    """A case with what its page shows of it. Raises NotFound."""
    return find(Case, case_id, Case.location, Case.home, Case.event)


def case_at(location_id: int) -> Case | None:
    """The case that a location is."""
    return db.session.scalars(select(Case).where(Case.location_id == location_id)).one_or_none()


def inner_cases(location_id: int) -> Sequence[AnyRow]:
    """The cases right inside one."""
    query = (
        select(Case.id, Location.id.label("location_id"), Location.name, Location.code)
        .join(Location, Location.id == Case.location_id)
        .where(Location.parent_id == location_id, Location.archived_at.is_(None))
        .order_by(Location.code)
    )
    return db.session.execute(query).all()


def place_above(location: Location) -> AnyRow | None:
    """Where a case stands or what it is in: place, its kind, and the case that it is, if it is one."""
    query = (
        select(Location.id, Location.name, Location.code, Location.kind, Case.id.label("case_id"))
        .outerjoin(Case, Case.location_id == Location.id)
        .where(Location.id == location.parent_id)
    )
    return db.session.execute(query).first()


def steps_of(case_id: int, limit: int = RECENT_STEPS) -> Sequence[AnyRow]:
    """The last steps of a case, the latest first; whether each was taken back stands beside it."""
    origin, target, back = aliased(Location), aliased(Location), aliased(CaseStep)
    query = (
        select(
            CaseStep.id, CaseStep.kind, CaseStep.note, CaseStep.by_name, CaseStep.happened_at, CaseStep.undoes_id,
            origin.name.label("origin"), target.name.label("target"),
            Event.id.label("event_id"), Event.number.label("event_number"),
            select(back.id).where(back.undoes_id == CaseStep.id).exists().label("is_undone"),
        )
        .outerjoin(origin, origin.id == CaseStep.from_id)
        .outerjoin(target, target.id == CaseStep.to_id)
        .outerjoin(Event, Event.id == CaseStep.event_id)
        .where(CaseStep.case_id == case_id)
        .order_by(CaseStep.id.desc())
        .limit(limit)
    )  # fmt: skip
    return db.session.execute(query).all()


def cases_of_event(event_id: int) -> Sequence[Case]:
    """The cases that are for an event, by code."""
    query = select(Case).join(Location, Location.id == Case.location_id).where(Case.event_id == event_id)
    return db.session.scalars(query.order_by(Location.code)).all()


class Packed(NamedTuple):
    """A case that stands packed for an event; only what something lies in can be sealed."""

    id: int
    location_id: int
    name: str
    code: str
    is_sealed: bool
    is_filled: bool


_inner = aliased(Location)
PACKED: Final = (
    select(
        Case.id, Case.location_id, Location.name, Location.code, Case.sealed_at.is_not(None),
        or_(
            select(StockLevel.id).where(StockLevel.location_id == Location.id, StockLevel.is_held).exists(),
            select(_inner.id).where(_inner.parent_id == Location.id).exists(),
        ),
    )
    .join(Location, Location.id == Case.location_id)
    .where(Case.event_id == bindparam("event"), Case.state == CaseState.PACKED)
)  # fmt: skip


def packed_case(event_id: int, *, code: str = "", case_id: int | None = None) -> Packed | None:
    """A case that is packed for an event, by its label or its id: one statement."""
    wanted = Location.code == code if case_id is None else Case.id == case_id
    row = db.session.execute(PACKED.where(wanted), {"event": event_id}).first()
    return Packed(*row) if row else None


def cases_on(event_id: int) -> Sequence[AnyRow]:
    """The same as a list names them."""
    query = (
        select(Case.id, Case.state, Location.code, Location.name)
        .join(Location, Location.id == Case.location_id)
        .where(Case.event_id == event_id)
        .order_by(Location.code)
    )
    return db.session.execute(query).all()


def assets_in(location_ids: Collection[int]) -> Sequence[Asset]:
    """The assets that lie in these places, by product and tag."""
    return db.session.scalars(ASSETS, {"places": sorted(location_ids)}).all()


ASSETS: Final = (
    select(Asset)
    .where(Asset.location_id.in_(bindparam("places", expanding=True)), Asset.retired_at.is_(None))
    .order_by(Asset.product_id, Asset.tag)
)


__all__ = [
    "KEPT_TOGETHER", "NO_WEIGHT", "CaseFilters", "CaseLine", "Inside", "Lying", "Packed", "assets_in", "case_at",
    "case_list", "case_page", "cases_of_event", "cases_on", "inner_cases", "insides", "packed_case", "place_above",
    "slot_rows", "slots_of", "steps_of", "trees",
]  # fmt: skip
