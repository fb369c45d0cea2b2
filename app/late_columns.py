"""Cursors of PostgreSQL that describe their columns when somebody asks.

SQLAlchemy wants to know of each statement whether it has any, and knows from the first time which they are. By itself
the driver describes every one each time, which takes as long as reading a few rows.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any


class Columns(Sequence[Any]):
    """The columns of a result, described on demand."""

    def __init__(self, describe: Callable[[], Sequence[Any]], count: int) -> None:
        self._describe, self._length = describe, count

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        return self._describe()[index]


@cache
def describing_late(cursors: type) -> type:
    """The same cursors, less eager."""

    class Cursor(cursors):  # type: ignore[misc]
        """A cursor of the driver."""

        @property
        def description(self) -> Sequence[Any] | None:
            """Its columns; nothing for a statement that answers with no rows."""
            count = self.pgresult.nfields if self.pgresult else 0
            return Columns(lambda: super(Cursor, self).description, count) if count else super().description

    return Cursor
