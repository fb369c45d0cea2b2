"""What lies in a place, however deep."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.models import Location


def below(location_id: int) -> Any:
    """The ids of a place and of all that lies in it, as a query."""
    root = select(Location.id).where(Location.id == location_id).cte(recursive=True)
    child = aliased(Location)
    return select(root.union(select(child.id).where(child.parent_id == root.c.id)).c.id)
