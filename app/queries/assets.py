"""Assets as lists and pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from app.extensions import db
from app.finding import find
from app.models import (
    KEEPS_OUT,
    Asset,
    Assignment,
    AssignmentState,
    Code,
    Condition,
    Event,
    Location,
    LocationKind,
    Product,
    Quarantine,
    Repair,
    StockTransaction,
    User,
)
from app.models.base import plain_text
from app.queries.paging import PER_PAGE, Page
from app.queries.rows import AnyRow, AnySelect
from app.rules.asset_status import AssetStatus, asset_status
from app.rules.codes import code_key

SORTS: Final[dict[str, Any]] = {
    "tag": Asset.tag, "product": Product.name, "place": Location.name, "condition": Asset.condition,
}  # fmt: skip
NO_END: Final = 2**31 - 1
"""More rows than any list has."""
ACTIVE: Final = (AssignmentState.PREPPED, AssignmentState.OUT)


@dataclass(frozen=True)
class AssetFilters:
    """What an asset list is narrowed to."""

    find: str = ""
    product: int | None = None
    location: int | None = None
    condition: str = ""
    status: str = ""
    sort: str = "tag"


class AssetLine(NamedTuple):
    """One asset of a list: what it is, where it is, and what it is doing there."""

    id: int
    tag: str
    serial: str
    condition: Condition
    product_id: int
    product: str
    location_id: int | None
    location: str | None
    event_id: int | None
    event: str
    until: datetime | None
    status: AssetStatus


def has_repair() -> Any:
    """True for an asset with an open repair."""
    same = and_(Repair.organization_id == Asset.organization_id, Repair.asset_id == Asset.id)
    return exists().where(same, KEEPS_OUT).correlate(Asset)


def is_kept_back() -> Any:
    """True for an asset in quarantine."""
    same = and_(Quarantine.organization_id == Asset.organization_id, Quarantine.asset_id == Asset.id)
    return exists().where(same, Quarantine.released_at.is_(None)).correlate(Asset)


def is_assigned() -> Any:
    """The latest active assignment of an asset: one may be prepped for the next event while it is out."""
    other = aliased(Assignment)
    latest = (
        select(func.max(other.id))
        .where(
            other.organization_id == Asset.organization_id,
            other.asset_id == Asset.id,
            other.state.in_(ACTIVE),
        )
        .correlate(Asset)
        .scalar_subquery()
    )
    return Assignment.id == latest


LINES: Final[AnySelect] = (
    select(
        Asset.id, Asset.tag, Asset.serial, Asset.condition, Asset.retired_at, Asset.product_id,
        Product.name.label("product"), Asset.location_id, Location.name.label("location"), Location.kind,
        Assignment.state, Event.id.label("event_id"), Event.number, Event.name, Assignment.ends_at,
        has_repair().label("has_repair"), is_kept_back().label("is_kept_back"),
    )
    .select_from(Asset)
    .join(Product, Product.id == Asset.product_id)
    .outerjoin(Location, Location.id == Asset.location_id)
    .outerjoin(Assignment, is_assigned())
    .outerjoin(Event, Event.id == Assignment.event_id)
)  # fmt: skip
"""The columns of an asset list. Built once: building it takes longer than asking it."""
ONE_LINE: Final = LINES.where(Asset.id == bindparam("asset"))
COUNT: Final[AnySelect] = select(func.count()).select_from(Asset)


def asset_lines(filters: AssetFilters, page: int = 1, per_page: int = PER_PAGE) -> Page[AssetLine]:
    """One page of assets: two statements, however many there are."""
    counted, listed = narrowed(filters)
    asked = {"product": filters.product, "location": filters.location}
    total = db.session.scalar(counted, asked) or 0
    page = min(max(page, 1), max(1, -(-total // per_page)))
    rows = db.session.execute(listed, asked | {"most": per_page, "before": (page - 1) * per_page})
    return Page([line(row) for row in rows], page, per_page, total)


def ordering(sort: str) -> tuple[Any, ...]:
    """The columns of an order such as `-product`; by tag where that is all the same.

    A column named twice would keep SQLite from reading the order off an index.
    """
    column = SORTS.get(sort.removeprefix("-"), Asset.tag)
    first = column.desc() if sort.startswith("-") else column.asc()
    return (first, Asset.id) if column is Asset.tag else (first, Asset.tag, Asset.id)


def all_asset_lines(filters: AssetFilters) -> list[AssetLine]:
    """Every asset that the filters let through, for a file."""
    asked = {"product": filters.product, "location": filters.location, "most": NO_END, "before": 0}
    return [line(row) for row in db.session.execute(narrowed(filters)[1], asked)]


def line(row: AnyRow) -> AssetLine:
    """One row with its status worked out."""
    status = asset_status(
        is_retired=row.retired_at is not None,
        condition=row.condition,
        has_repair=row.has_repair,
        assignment=row.state,
        location_kind=row.kind,
        is_kept_back=row.is_kept_back,
    )
    event = f"{row.number} {row.name}" if row.number else ""
    return AssetLine(
        row.id, row.tag, row.serial, row.condition, row.product_id, row.product, row.location_id,
        row.location, row.event_id, event, row.ends_at, status,
    )  # fmt: skip


def narrowed(filters: AssetFilters) -> tuple[AnySelect, AnySelect]:
    """The questions how many assets the filters let through, and which."""
    counted, listed = questions(ways(filters))
    if filters.find:
        return found_by(counted, filters.find), found_by(listed, filters.find)
    return counted, listed


class Ways(NamedTuple):
    """In which ways a list is narrowed and ordered, whatever the products and places are."""

    is_of_product: bool
    is_in_place: bool
    condition: Condition | None
    status: str
    sort: str


def ways(filters: AssetFilters) -> Ways:
    """What of the filters makes it another question; a word that names nothing narrows nothing."""
    condition = Condition(filters.condition) if filters.condition in set(Condition) else None
    status = filters.status if filters.status in STATUSES else ""
    sort = filters.sort if filters.sort.removeprefix("-") in SORTS else "tag"
    return Ways(bool(filters.product), bool(filters.location), condition, status, sort)


@cache
def questions(ways: Ways) -> tuple[AnySelect, AnySelect]:
    """Both questions, built once for each way to ask: building them takes longer than asking."""
    only = [*STATUSES.get(ways.status, not_retired)()]
    if ways.is_of_product:
        only.append(Asset.product_id == bindparam("product"))
    if ways.is_in_place:
        only.append(Asset.location_id == bindparam("location"))
    if ways.condition:
        only.append(Asset.condition == ways.condition)
    listed = LINES.where(*only).order_by(*ordering(ways.sort))
    return COUNT.where(*only), listed.limit(bindparam("most")).offset(bindparam("before"))


def found_by(query: AnySelect, text: str) -> AnySelect:
    """Only assets with every word in their tag or serial, of a product with it in its name, or of this very code."""
    plain = plain_text(text)
    words = [Asset.search_text.contains(word, autoescape=True) for word in plain.split()]
    named = [Product.search_text.contains(word, autoescape=True) for word in plain.split()]
    products = select(Product.id).where(true(), *named)
    coded = select(Code.asset_id).where(Code.code_key == code_key(text), Code.asset_id.is_not(None))
    return query.where(or_(and_(true(), *words), Asset.product_id.in_(products), Asset.id.in_(coded)))


def in_kinds(*kinds: LocationKind) -> Any:
    """True for an asset that is in such a place."""
    return Asset.location_id.in_(select(Location.id).where(Location.kind.in_(kinds)))


def active_in(state: AssignmentState) -> Any:
    """True for an asset with an assignment in this state."""
    same = and_(Assignment.organization_id == Asset.organization_id, Assignment.asset_id == Asset.id)
    return exists().where(same, Assignment.state == state).correlate(Asset)


HERE: Final = Asset.retired_at.is_(None)
STATUSES: Final[dict[str, Any]] = {
    "available": lambda: (
        HERE, Asset.condition.in_([Condition.GOOD, Condition.NEEDS_ATTENTION]), ~has_repair(),
        ~is_kept_back(), ~in_kinds(LocationKind.EVENT_SITE, LocationKind.VEHICLE, LocationKind.REPAIR_BENCH),
        ~active_in(AssignmentState.OUT), ~active_in(AssignmentState.PREPPED),
    ),
    "checked_out": lambda: (
        HERE, or_(in_kinds(LocationKind.EVENT_SITE, LocationKind.VEHICLE), active_in(AssignmentState.OUT)),
    ),
    "prepped": lambda: (HERE, active_in(AssignmentState.PREPPED)),
    "in_repair": lambda: (HERE, or_(has_repair(), in_kinds(LocationKind.REPAIR_BENCH))),
    "quarantine": lambda: (HERE, is_kept_back()),
    "lost": lambda: (HERE, Asset.condition == Condition.MISSING),
    "retired": lambda: (Asset.retired_at.is_not(None),),
}  # fmt: skip
STATUS_NAMES: Final = {
    "available": "Available", "prepped": "Prepped", "checked_out": "Checked out", "in_repair": "In repair",
    "quarantine": "Quarantine", "lost": "Lost", "retired": "Retired",
}  # fmt: skip


def not_retired() -> tuple[Any, ...]:
    """Without a status: whatever has not been retired."""
    return (HERE,)


class AssetPage(NamedTuple):
    """One asset with where it stands."""

    asset: Asset
    line: AssetLine


def asset_page(asset_id: int) -> AssetPage:
    """An asset, its product and place. Raises NotFound."""
    asset = find(Asset, asset_id, Asset.product, Asset.location)
    return AssetPage(asset, line(db.session.execute(ONE_LINE, {"asset": asset_id}).one()))


origin, target = aliased(Location), aliased(Location)
HISTORY: Final = (
    select(
        StockTransaction.id, StockTransaction.kind, StockTransaction.happened_at, StockTransaction.notes,
        StockTransaction.reference_type, StockTransaction.reference_number, StockTransaction.event_id,
        origin.id.label("from_id"), origin.name.label("origin"), target.id.label("to_id"),
        target.name.label("target"), User.name.label("by"), Event.number, Event.name,
    )
    .outerjoin(origin, origin.id == StockTransaction.from_id)
    .outerjoin(target, target.id == StockTransaction.to_id)
    .outerjoin(User, User.id == StockTransaction.by_id)
    .outerjoin(Event, Event.id == StockTransaction.event_id)
    .where(StockTransaction.asset_id == bindparam("asset"))
    .order_by(StockTransaction.happened_at.desc(), StockTransaction.id.desc())
    .limit(bindparam("limit"))
)  # fmt: skip
REPAIRS: Final = (
    select(Repair.id, Repair.number, Repair.state, Repair.note, Repair.reported_at)
    .where(Repair.asset_id == bindparam("asset"))
    .order_by(Repair.id.desc())
)
CODES: Final = (
    select(Code.id, Code.code, Code.kind).where(Code.asset_id == bindparam("asset")).order_by(Code.id)
)


def history_of(asset_id: int, limit: int = 50) -> Sequence[AnyRow]:
    """Everything the ledger knows of an asset, newest first."""
    return db.session.execute(HISTORY, {"asset": asset_id, "limit": limit}).all()


def repairs_of(asset_id: int) -> Sequence[AnyRow]:
    """The repairs of an asset, newest first."""
    return db.session.execute(REPAIRS, {"asset": asset_id}).all()


def codes_of(asset_id: int) -> Sequence[AnyRow]:
    """The codes that name an asset, its own first."""
    return db.session.execute(CODES, {"asset": asset_id}).all()


class TypedTags(NamedTuple):
    """Assets that were named by tags or other codes, and the texts that named none."""

    assets: Sequence[Asset]
    unknown: Sequence[str]


def assets_typed(texts: Sequence[str]) -> TypedTags:
    """The assets that these codes name, in the order in which they were typed."""
    keys = {code_key(text): text for text in texts if code_key(text)}
    query = (
        select(Code)
        .where(Code.code_key.in_(keys), Code.asset_id.is_not(None))
        .options(joinedload(Code.asset))
    )
    found = {code.code_key: code.asset for code in db.session.scalars(query)}
    assets = {asset.id: asset for key in keys if (asset := found.get(key)) is not None}
    return TypedTags(list(assets.values()), [text for key, text in keys.items() if key not in found])


__all__ = [
    "STATUS_NAMES", "AssetFilters", "AssetLine", "AssetPage", "all_asset_lines", "asset_lines",
    "asset_page", "assets_typed", "codes_of", "history_of", "repairs_of",
]  # fmt: skip
