"""Pages: which numbers a long list offers."""

import pytest

from app.queries.paging import Page


@pytest.mark.parametrize(
    ("page", "total", "near"),
    [
        (1, 0, [1]),
        (1, 60, [1, 2]),
        (1, 250, [1, 2, None, 5]),
        (3, 250, [1, 2, 3, 4, 5]),
        (5, 500, [1, None, 4, 5, 6, None, 10]),
        (10, 500, [1, None, 9, 10]),
    ],
)
def test_first_last_and_neighbours_are_offered(page: int, total: int, near: list[int | None]) -> None:
    assert Page([], page, 50, total).near == near
