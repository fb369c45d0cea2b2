"""What is to be inspected, and what was: lists, one asset, one inspection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import (
    Asset,
    Condition,
    Inspection,
    InspectionPlan,
    InspectionType,
    Location,
    Organization,
    Product,
    Repair,
    Tracking,
)
from app.models.base import plain_text
from app.queries.inspection_standing import (
    ASSET_DUE_ON,
    IS_LAST,
    LAST,
    OF_PIECES_SINCE,
    USES,
    due_on,
    is_followed,
    standing,
)
from app.queries.paging import PER_PAGE, Page, paged
from app.queries.rows import AnyRow, AnySelect
from app.rules.calendars import local_day
from app.rules.inspections import Standing
from app.scope import current_organization_id

SOON_DAYS: Final = 30
STATES: Final = {
    "to_do": "To do now", "due_soon": "Due soon", "failed": "Failed", "never": "Never inspected", "all": "All",
}  # fmt: skip
"""What the list of inspections can be narrowed to."""


class Due(NamedTuple):
    """An asset, or the counted pieces of a product, with one sort of inspection that they need."""

    asset_id: int | None
    tag: str | None
    product_id: int
    product: str
    pieces: int
    location_id: int | None
    location: str | None
    type_id: int
    type: str
    code: str
    every_days: int | None
    every_uses: int | None
    uses: int | None
    inspection_id: int | None
    number: str | None
    inspected_on: date | None
    due_on: date | None
    standing: Standing

    @property
    def uses_left(self) -> int | None:
        """How often it may leave before the next inspection; nothing where use does not matter."""
        return None if self.every_uses is None else max(self.every_uses - (self.uses or 0), 0)


@dataclass(frozen=True)
class DueFilters:
    """What the list is narrowed to; `days` is how far ahead something counts as due soon."""

    state: str = "to_do"
    type: int | None = None
    product: int | None = None
    find: str = ""
    days: int = SOON_DAYS


DUE_ON: Final = case((Asset.id.is_not(None), ASSET_DUE_ON), else_=due_on(OF_PIECES_SINCE))
STANDING: Final = standing(DUE_ON)
DUE: Final[AnySelect] = (
    select(
        Asset.id.label("asset_id"), Asset.tag, Product.id.label("product_id"), Product.name.label("product"),
        case((Asset.id.is_not(None), 1), else_=Product.on_hand).label("pieces"),
        Location.id.label("location_id"), Location.name.label("location"),
        InspectionType.id.label("type_id"), InspectionType.name.label("type"), InspectionType.code,
        InspectionPlan.every_days, InspectionPlan.every_uses, USES.label("uses"),
        LAST.id.label("inspection_id"), LAST.number, LAST.inspected_on, DUE_ON.label("due_on"),
        STANDING.label("standing"),
    )
    .select_from(InspectionPlan)
    .join(InspectionType, and_(InspectionType.id == InspectionPlan.type_id, InspectionType.archived_at.is_(None)))
    .join(Product, and_(Product.id == InspectionPlan.product_id, Product.archived_at.is_(None)))
    .outerjoin(
        Asset,
        and_(Asset.product_id == Product.id, Product.tracking == Tracking.SERIALIZED, Asset.retired_at.is_(None)),
    )
    .outerjoin(Location, Location.id == Asset.location_id)
    .outerjoin(LAST, IS_LAST)
    .where(
        or_(
            and_(Asset.id.is_not(None), Asset.condition != Condition.MISSING),
            and_(Product.tracking != Tracking.SERIALIZED, Product.on_hand > 0),
        )
    )
)  # fmt: skip
NARROWED: Final[Mapping[str, Sequence[Any]]] = {
    "to_do": (STANDING.in_((Standing.OVERDUE.value, Standing.FAILED.value)),),
    "due_soon": (Standing.DUE_SOON.value == STANDING,),
    "failed": (Standing.FAILED.value == STANDING,),
    "never": (LAST.id.is_(None),),
    "all": (),
}


def own() -> Organization:
    """The organization whose things these are."""
    return db.session.get_one(Organization, current_organization_id())


def today() -> date:
    """The day on the organization's own calendar."""
    return local_day(datetime.now(UTC), own().timezone)


def due_query(filters: DueFilters) -> AnySelect:
    """The question what is to be inspected, the most urgent first."""
    query = DUE.where(*NARROWED.get(filters.state, ()))
    if filters.type:
        query = query.where(InspectionType.id == filters.type)
    if filters.product:
        query = query.where(Product.id == filters.product)
    for word in plain_text(filters.find).split():
        in_asset = Asset.search_text.contains(word, autoescape=True)
        query = query.where(or_(in_asset, Product.search_text.contains(word, autoescape=True)))
    is_failed = Standing.FAILED.value == STANDING
    order = (is_failed.desc(), DUE_ON.is_(None), DUE_ON, Product.name, Asset.tag, InspectionType.id)
    return query.order_by(*order).params(**days_of(filters.days))


def days_of(ahead: int = SOON_DAYS, on: date | None = None) -> dict[str, date]:
    """The days that the questions about standing ask for."""
    day = on or today()
    return {"on": day, "soon": day + timedelta(days=ahead)}


def due_page(filters: DueFilters, page: int = 1, per_page: int = PER_PAGE) -> Page[Due]:
    """One page of what is to be inspected: two statements."""
    found = paged(due_query(filters), page, per_page, scalars=False)
    return Page([due(row) for row in found.items], found.page, found.per_page, found.total)


def all_due(filters: DueFilters) -> list[Due]:
    """Every line of the same list, for a file."""
    return [due(row) for row in db.session.execute(due_query(filters))]


def due(row: AnyRow) -> Due:
    """One line, its standing as the enum."""
    return Due._make((*row[:-1], Standing(row.standing)))


def due_of(asset_id: int | None, product_id: int) -> list[Due]:
    """The inspections that one asset needs, or the pieces of a product; the most urgent first: one statement."""
    query = due_query(DueFilters("all", product=product_id))
    if asset_id is not None:
        query = query.where(Asset.id == asset_id)
    return [due(row) for row in db.session.execute(query)]


class ToDo(NamedTuple):
    """How much there is to inspect."""

    overdue: int
    failed: int
    due_soon: int


def to_do() -> ToDo:
    """How much there is to inspect, for the warehouse's home: one statement."""
    lines = DUE.subquery()
    counted = select(lines.c.standing, func.count()).group_by(lines.c.standing)
    found = {row[0]: row[1] for row in db.session.execute(counted, days_of())}
    return ToDo(*(found.get(one.value, 0) for one in (Standing.OVERDUE, Standing.FAILED, Standing.DUE_SOON)))


def failing(asset_id: int) -> list[str]:
    """The names of the inspections that an asset has failed and not passed since."""
    query = (
        select(InspectionType.name)
        .join(Inspection, Inspection.type_id == InspectionType.id)
        .where(Inspection.asset_id == asset_id, Inspection.passed.is_(False), Inspection.voided_at.is_(None))
        .where(~is_followed(Inspection))
    )
    return list(db.session.scalars(query))


def inspections_of(asset_id: int, most: int = 20) -> Sequence[Inspection]:
    """The latest inspections of an asset."""
    return db.session.scalars(
        select(Inspection)
        .options(joinedload(Inspection.type))
        .where(Inspection.asset_id == asset_id)
        .order_by(Inspection.inspected_on.desc(), Inspection.id.desc())
        .limit(most)
    ).all()


def tests_after(repair: Repair) -> Sequence[Inspection]:
    """The inspections that were made as tests after a repair."""
    query = select(Inspection).options(joinedload(Inspection.type)).where(Inspection.repair_id == repair.id)
    return db.session.scalars(query.order_by(Inspection.id)).all()


@dataclass(frozen=True)
class DoneFilters:
    """What the list of inspections that were made is narrowed to."""

    find: str = ""
    type: int | None = None
    passed: bool | None = None
    asset: int | None = None


def done_page(filters: DoneFilters, page: int = 1, per_page: int = PER_PAGE) -> Page[Inspection]:
    """Inspections that were made, newest first: two statements."""
    query = (
        select(Inspection)
        .join(Product, Product.id == Inspection.product_id)
        .outerjoin(Asset, Asset.id == Inspection.asset_id)
        .options(joinedload(Inspection.type), joinedload(Inspection.product), joinedload(Inspection.asset))
    )
    if filters.type:
        query = query.where(Inspection.type_id == filters.type)
    if filters.asset:
        query = query.where(Inspection.asset_id == filters.asset)
    if filters.passed is not None:
        query = query.where(Inspection.passed.is_(filters.passed))
    for word in plain_text(filters.find).split():
        found = (one.search_text.contains(word, autoescape=True) for one in (Inspection, Product, Asset))
        query = query.where(or_(*found))
    return paged(query.order_by(Inspection.id.desc()), page, per_page)


def inspection_called(request_id: str) -> Inspection | None:
    """The inspection that this request has made, if it came before."""
    return db.session.scalars(select(Inspection).where(Inspection.request_id == request_id)).one_or_none()


def inspection_types(*, with_archived: bool = False) -> Sequence[InspectionType]:
    """All sorts of inspections by name, those that are out of use last."""
    query = select(InspectionType).order_by(InspectionType.archived_at.is_not(None), InspectionType.name)
    return db.session.scalars(
        query if with_archived else query.where(InspectionType.archived_at.is_(None))
    ).all()


def planned_products() -> dict[int, int]:
    """Sort of inspection → how many products need it."""
    query = select(InspectionPlan.type_id, func.count()).group_by(InspectionPlan.type_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def plans_of(type_id: int, page: int = 1, per_page: int = PER_PAGE) -> Page[InspectionPlan]:
    """The products that need a sort of inspection, by name."""
    query = (
        select(InspectionPlan)
        .join(Product, Product.id == InspectionPlan.product_id)
        .options(joinedload(InspectionPlan.product))
        .where(InspectionPlan.type_id == type_id)
        .order_by(Product.name, Product.id)
    )
    return paged(query, page, per_page)


def plan_for(product_id: int, type_id: int) -> InspectionPlan | None:
    """How often the pieces of a product need a sort of inspection."""
    return db.session.scalars(
        PLAN, {"product": product_id, "type": type_id}
    ).one_or_none()  # fmt: skip


PLAN: Final = select(InspectionPlan).where(
    InspectionPlan.product_id == bindparam("product"), InspectionPlan.type_id == bindparam("type")
)

__all__ = ["STATES", "Due", "DueFilters", "due_page"]
