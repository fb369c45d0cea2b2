"""The long work of a person."""

from sqlalchemy import select

from app.models import LongWork
from app.queries.paging import Page, paged


def my_work_page(user_id: int, page: int) -> Page[LongWork]:
    """What somebody asked for, newest first."""
    mine = select(LongWork).where(LongWork.by_id == user_id)
    return paged(mine.order_by(LongWork.created_at.desc(), LongWork.id.desc()), page)
