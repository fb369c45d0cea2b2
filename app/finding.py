"""Finding one thing by its id, or saying that it is not there."""

from collections.abc import Collection
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm.util import identity_key

from app.extensions import db
from app.models import Base
from app.refusals import NotFound

Row = TypeVar("Row", bound=Base)


def find(model: type[Row], row_id: int, *options: Any) -> Row:
    """The row of this id in the current organization. Raises NotFound."""
    query = select(model).where(model.__table__.c.id == row_id).options(*options)
    row = db.session.scalars(query).unique().one_or_none()
    if row is None:
        raise NotFound(f"This {model.__tablename__.replace('_', ' ')} does not exist.")
    return row


def at_hand(model: type[Row], row_ids: Collection[int]) -> dict[int, Row]:
    """The rows of these ids: those that this transaction has locked or read as they are, the others read now."""
    known = db.session.identity_map
    found = {row_id: row for row_id in row_ids if (row := known.get(identity_key(model, row_id))) is not None}
    if missing := set(row_ids) - found.keys():
        query = select(model).where(model.__table__.c.id.in_(missing))
        found |= {row.__dict__["id"]: row for row in db.session.scalars(query)}
    return found
