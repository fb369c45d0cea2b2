"""Finding one thing by its id, or saying that it is not there."""

from collections.abc import Collection
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ScalarResult, Select, bindparam, select
from sqlalchemy.orm import QueryableAttribute, RelationshipProperty, joinedload, selectinload, undefer
from sqlalchemy.orm.util import identity_key

from app.extensions import db
from app.models import Base
from app.refusals import NotFound

Row = TypeVar("Row", bound=Base)
Attribute = QueryableAttribute[Any]
Related = Attribute | tuple[Attribute, Attribute]


def find(model: type[Row], row_id: int, *together: Related) -> Row:
    """The row of this id in the current organization, together with these of its relations or deferred columns.

    Raises NotFound.
    """
    rows: ScalarResult[Row] = db.session.scalars(asked_for(model, together), {"row_id": row_id})
    row = rows.unique().one_or_none()
    if row is None:
        raise NotFound(f"This {model.__tablename__.replace('_', ' ')} does not exist.")
    return row


@cache
def asked_for(model: type[Base], together: tuple[Related, ...]) -> Select[Any]:
    """The question for one row. Built once: building it takes longer than asking it."""
    query = select(model).where(model.__table__.c.id == bindparam("row_id"))
    return query.options(*map(loaded, together))


def loaded(attribute: Related) -> Any:
    """How what belongs to a row comes with it: a list in a statement of its own, the rest in the same.

    A pair is a relation and what comes along with the row that it leads to.
    """
    if isinstance(attribute, tuple):
        return joinedload(attribute[0]).options(loaded(attribute[1]))
    if not isinstance(attribute.property, RelationshipProperty):
        return undefer(attribute)
    return selectinload(attribute) if attribute.property.uselist else joinedload(attribute)


def at_hand(model: type[Row], row_ids: Collection[int]) -> dict[int, Row]:
    """The rows of these ids: those that this transaction has locked or read as they are, the others read now."""
    known = db.session.identity_map
    found = {row_id: row for row_id in row_ids if (row := known.get(identity_key(model, row_id))) is not None}
    if missing := set(row_ids) - found.keys():
        query = select(model).where(model.__table__.c.id.in_(missing))
        found |= {row.__dict__["id"]: row for row in db.session.scalars(query)}
    return found
