"""What can be chosen in forms: places, categories, products by what was typed."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, or_, select

from app.extensions import db
from app.models import Category, Code, FactorSchedule, Location, LocationKind, Product
from app.models.base import plain_text
from app.rules.codes import code_key

MOST_OFFERED = 12
INDENT = "\u2003"
Inside = dict[int | None, list[Any]]


class Place(NamedTuple):
    """A place in the tree, with how deep it lies."""

    id: int
    name: str
    code: str
    kind: LocationKind
    parent_id: int | None
    depth: int

    @property
    def indented(self) -> str:
        """The name as it stands in a list of the tree."""
        return INDENT * self.depth + self.name


def places(*, with_sites: bool = False, warehouse_id: int | None = None) -> list[Place]:
    """The tree of places, each below its parent, by name; events' sites only when asked for."""
    query = WITH_SITES if with_sites else WITHOUT_SITES
    if warehouse_id is not None:
        query = query.where(Location.warehouse_id == warehouse_id)
    return in_order(inside_of(db.session.execute(query)), None, 0, [])


WITH_SITES: Final = (
    select(Location.id, Location.name, Location.code, Location.kind, Location.parent_id)
    .where(Location.archived_at.is_(None))
    .order_by(Location.name)
)
WITHOUT_SITES: Final = WITH_SITES.where(Location.kind != LocationKind.EVENT_SITE)


def inside_of(rows: Iterable[Any]) -> Inside:
    """Place → the rows of what lies right inside it; the parent is a row's last column."""
    inside: Inside = {}
    for row in rows:
        inside.setdefault(row[-1], []).append(row)
    return inside


def in_order(inside: Inside, parent_id: int | None, depth: int, found: list[Place]) -> list[Place]:
    """The places below one, each followed by what lies in it; added to those found so far."""
    for row in inside.get(parent_id, ()):
        found.append(Place._make((*row, depth)))
        if row[0] in inside:
            in_order(inside, row[0], depth + 1, found)
    return found


def place_options(*, with_sites: bool = False) -> list[tuple[int, str]]:
    """The tree of places as options of a select: all that a list's filter needs to know of them."""
    query = OPTIONS_WITH_SITES if with_sites else OPTIONS_WITHOUT_SITES
    return options_in_order(inside_of(db.session.execute(query)), None, "", [])


OPTIONS: Final = (Location.id, Location.name, Location.parent_id)
OPTIONS_WITH_SITES: Final = WITH_SITES.with_only_columns(*OPTIONS)
OPTIONS_WITHOUT_SITES: Final = WITHOUT_SITES.with_only_columns(*OPTIONS)


def options_in_order(
    inside: Inside, parent_id: int | None, indent: str, found: list[tuple[int, str]]
) -> list[tuple[int, str]]:
    """The same tree as indented names."""
    for row in inside.get(parent_id, ()):
        found.append((row[0], indent + row[1]))
        if row[0] in inside:
            options_in_order(inside, row[0], indent + INDENT, found)
    return found


def warehouses() -> Sequence[tuple[int, str]]:
    """The warehouses as options of a select, the first one first."""
    return options_of(WAREHOUSES)


def categories() -> Sequence[tuple[int, str]]:
    """The categories as options of a select."""
    return options_of(CATEGORIES)


def factor_schedules() -> Sequence[tuple[int, str]]:
    """The factor tables as options of a select."""
    return options_of(FACTOR_SCHEDULES)


def options_of(query: Select[int, str]) -> Sequence[tuple[int, str]]:
    """Ids and names as a select shows them."""
    return [(row[0], row[1]) for row in db.session.execute(query)]


WAREHOUSES: Final = (
    select(Location.id, Location.name)
    .where(Location.kind == LocationKind.WAREHOUSE, Location.archived_at.is_(None))
    .order_by(Location.id)
)
CATEGORIES: Final = select(Category.id, Category.name).order_by(func.lower(Category.name))
FACTOR_SCHEDULES: Final = select(FactorSchedule.id, FactorSchedule.name).order_by(FactorSchedule.name)
"""Built once, for they stand on many pages: building and scoping a short list takes longer than asking for it."""


def product_typed(text: str) -> Product | None:
    """The product that was meant: by a code of it or of one of its assets, by its name, or the only one found."""
    if not text.strip():
        return None
    code = select(Code).where(Code.code_key == code_key(text)).limit(1)
    if (found := db.session.scalars(code).first()) and found.product_id:
        return db.session.get(Product, found.product_id)
    named = select(Product).where(Product.archived_at.is_(None))
    exact = db.session.scalars(named.where(func.lower(Product.name) == text.strip().lower()).limit(2)).all()
    if len(exact) == 1:
        return exact[0]
    likely = db.session.scalars(matching(named, text).limit(2)).all()
    return likely[0] if len(likely) == 1 else None


def matching(query: Select[Product], text: str) -> Select[Product]:
    """Only products in whose search text every word stands."""
    for word in plain_text(text).split():
        query = query.where(Product.search_text.contains(word, autoescape=True))
    return query


def place_typed(text: str) -> Location | None:
    """The place that was meant: by its code or a label of it, by its name, or the only one found."""
    typed = text.strip()
    if not typed:
        return None
    label = select(Code.location_id).where(Code.code_key == code_key(typed), Code.location_id.is_not(None))
    is_coded = or_(func.lower(Location.code) == typed.lower(), Location.id == label.scalar_subquery())
    words = (Location.search_text.contains(word, autoescape=True) for word in plain_text(typed).split())
    tried = (
        (is_coded,),
        (func.lower(Location.name) == typed.lower(),),
        (*words, Location.archived_at.is_(None)),
    )
    for wanted in tried:
        found = db.session.scalars(select(Location).where(*wanted).order_by(Location.id).limit(2)).all()
        if found:
            return found[0] if len(found) == 1 else None
    return None


def offered_products(text: str) -> Sequence[tuple[str, str]]:
    """Codes and names that fit what is being typed, those that begin with it first."""
    plain = plain_text(text)
    begins = or_(
        Product.search_text.startswith(plain, autoescape=True), func.lower(Product.sku) == text.lower()
    )
    query = matching(select(Product).where(Product.archived_at.is_(None)), text)
    chosen = query.with_only_columns(Product.sku, Product.name).order_by(begins.desc(), Product.name)
    return [(row.sku, row.name) for row in db.session.execute(chosen.limit(MOST_OFFERED))]


def offered_places(text: str) -> Sequence[tuple[str, str]]:
    """Codes and names of places that fit what is being typed; before that, the warehouses and what comes first."""
    words = (Location.search_text.contains(word, autoescape=True) for word in plain_text(text).split())
    query = select(Location.code, Location.name).where(Location.archived_at.is_(None), *words)
    is_house = (Location.kind == LocationKind.WAREHOUSE).desc()
    rows = db.session.execute(query.order_by(is_house, Location.name, Location.id).limit(MOST_OFFERED))
    return [(row.code, row.name) for row in rows]
