"""Where one is: the line below the header marks the page, or what the page lies below."""

import re

from tests.people import House
from tests.warehouse.test_repairs import Shop, shop

__all__ = ["shop"]


def marked(house: House, path: str) -> list[tuple[str, str]]:
    """(kind, label) of what is marked in the line below the header."""
    page = house.browser("Ada").get(path).text
    line = re.search(r'<nav class="subnav.*?</nav>', page, re.DOTALL)
    assert line is not None
    return re.findall(r'aria-current="(\w+)">([^<]+)<', line[0])


def test_the_page_itself_and_what_lies_below_it_are_marked(shop: Shop) -> None:
    repair = shop.open()
    assert marked(shop.house, "/warehouse/repairs") == [("page", "Repairs")]
    assert marked(shop.house, f"/warehouse/repairs/{repair}") == [("true", "Repairs")]
    assert marked(shop.house, "/warehouse/repairs/board") == [("true", "Repairs")]
    assert marked(shop.house, f"/inventory/assets/{shop.asset}") == [("true", "Assets")]


def test_what_everything_lies_below_is_marked_for_itself_alone(shop: Shop) -> None:
    assert marked(shop.house, "/warehouse") == [("page", "Today")]
    assert marked(shop.house, f"/warehouse/assets/{shop.asset}/repair") == []
