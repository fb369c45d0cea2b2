"""Lists come in pages, everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, Integer, Select, bindparam, func, select

from app.extensions import db

T = TypeVar("T")
PER_PAGE = 50
MOST_PER_PAGE = 200


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list, and how many there are in all; with `is_more`, at least so many and some more."""

    items: Sequence[T]
    page: int
    per_page: int
    total: int
    is_more: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.per_page))

    @property
    def has_next(self) -> bool:
        """True when another page follows."""
        return self.page < self.pages

    @property
    def has_previous(self) -> bool:
        """True when this is not the first."""
        return self.page > 1

    @property
    def near(self) -> list[int | None]:
        """The page numbers worth showing: first, last and those beside this one, None where some are left out."""
        shown = sorted(
            {1, self.pages} | set(range(max(1, self.page - 1), min(self.pages, self.page + 1) + 1))
        )
        numbers: list[int | None] = []
        for number in shown:
            if numbers and number - (numbers[-1] or 0) > 1:
                numbers.append(None)
            numbers.append(number)
        return numbers


def told(name: str) -> BindParameter[int]:
    """A number that stands in the words of a statement. Where it comes beside them, PostgreSQL does not know how much
    is asked for and plans anew each time."""
    return bindparam(name, type_=Integer, literal_execute=True)


def paged(
    query: Select[*tuple[Any, ...]], page: int = 1, per_page: int = PER_PAGE, *, scalars: bool = True
) -> Page[Any]:
    """One page of a query's rows, and their number: two statements."""
    per_page = min(max(per_page, 1), MOST_PER_PAGE)
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    page = min(max(page, 1), max(1, -(-total // per_page)))
    result = db.session.execute(query.limit(per_page).offset((page - 1) * per_page))
    return Page(result.scalars().all() if scalars else result.all(), page, per_page, total)
