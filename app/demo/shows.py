"""What the demo's shows need: for each sort of show its products, and who and what goes with them."""

from typing import NamedTuple


class Need(NamedTuple):
    """So many of a product, from the smallest show of its sort to the largest."""

    sku: str
    least: int
    most: int


class Sort(NamedTuple):
    """A sort of show: how it is called, how long it lasts, what it needs, and how many people it takes."""

    names: tuple[str, ...]
    days: tuple[int, int]
    needs: tuple[Need, ...]
    crew: tuple[tuple[str, int], ...] = ()
    truck: str = ""


SORTS: dict[str, Sort] = {
    "club": Sort(
        ("Club night", "Release concert", "Late session", "Label night"),
        (1, 2),
        (
            Need("AR276", 1, 4), Need("AR442", 1, 1), Need("AR322", 3, 6), Need("AR259", 2, 4),
            Need("AR412", 4, 8), Need("PK-CABLE", 1, 1),
        ),
        (("AR62", 1),),
    ),
    "band": Sort(
        ("Touring band", "Album tour", "Open rehearsal", "Live recording"),
        (1, 3),
        (
            Need("AR556", 1, 1), Need("AR838", 1, 1), Need("AR276", 1, 4), Need("AR44", 1, 1),
            Need("AR257", 6, 14), Need("AR923", 1, 2), Need("PK-CABLE", 1, 2),
        ),
        (("AR62", 1), ("AR53", 2)),
        "AR57",
    ),
    "festival": Sort(
        ("Summer stage", "Harbour days", "Open air", "Street festival"),
        (3, 5),
        (
            Need("AR331", 2, 6), Need("AR884", 2, 6), Need("AR36", 1, 1), Need("AR675", 1, 4),
            Need("AR200", 4, 10), Need("PK-SITE", 1, 2), Need("AR923", 2, 4),
        ),
        (("AR62", 2), ("AR53", 4)),
        "AR56",
    ),
    "congress": Sort(
        ("Spring congress", "Members' assembly", "Research days", "Sales conference"),
        (2, 3),
        (
            Need("AR214", 1, 1), Need("AR363", 1, 1), Need("AR504", 2, 2), Need("AR872", 2, 4),
            Need("AR461", 1, 3), Need("PK-CABLE", 1, 2),
        ),
        (("AR55", 1),),
        "AR57",
    ),
    "gala": Sort(
        ("Anniversary gala", "Awards night", "Charity dinner", "Summer reception"),
        (1, 2),
        (
            Need("AR24", 2, 6), Need("AR121", 6, 14), Need("AR859", 1, 1), Need("AR783", 2, 4),
            Need("AR443", 1, 2), Need("AR551", 6, 14),
        ),
        (("AR52", 1),),
        "AR57",
    ),
    "wedding": Sort(
        ("Wedding", "Garden wedding", "Winter wedding"),
        (1, 2),
        (Need("PK-DJ", 1, 1), Need("PK-LIGHT", 1, 1), Need("AR400", 1, 4)),
    ),
    "party": Sort(
        ("Staff party", "Silent disco", "Jubilee", "New Year's party"),
        (1, 2),
        (
            Need("AR993", 20, 60), Need("AR994", 1, 2), Need("AR100", 4, 8), Need("AR533", 1, 4),
            Need("PK-CABLE", 1, 1),
        ),
        (("AR52", 1),),
    ),
    "theatre": Sort(
        ("Guest performance", "New play", "Musical week", "Dance première"),
        (2, 5),
        (
            Need("AR374", 2, 8), Need("AR16", 1, 4), Need("AR678", 1, 1), Need("AR811", 1, 4),
            Need("AR660", 8, 16), Need("AR765", 6, 12),
        ),
        (("AR54", 1),),
    ),
    "fair": Sort(
        ("Trade fair stand", "Product launch", "Roadshow stop"),
        (3, 5),
        (
            Need("AR378", 1, 2), Need("AR558", 20, 40), Need("AR820", 1, 1), Need("AR701", 1, 4),
            Need("AR82", 6, 14), Need("PK-CABLE", 1, 1),
        ),
        (("AR55", 1),),
        "AR57",
    ),
    "screening": Sort(
        ("Film screening", "Première", "Open-air cinema"),
        (1, 2),
        (
            Need("AR746", 1, 1), Need("AR835", 1, 1), Need("AR335", 2, 2), Need("AR596", 1, 1),
            Need("AR750", 1, 2), Need("PK-CABLE", 1, 1),
        ),
        (("AR55", 1),),
    ),
}  # fmt: skip
"""Codes of catalogue.csv and crew_rates.csv, chosen so that the pull lists find their own gear free."""
