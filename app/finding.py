"""Finding one thing by its id, or saying that it is not there."""

from typing import Any, TypeVar

from sqlalchemy import select

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
