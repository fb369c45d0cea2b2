"""What can have a label, and what each label says: assets, places with what lies in them, and command cards."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from sqlalchemy import select

from app.extensions import db
from app.finding import find
from app.models import Asset, Location, LocationKind
from app.queries.assets import AssetFilters, all_asset_lines, asset_lines
from app.queries.cases import Inside, insides
from app.queries.choices import Place, places
from app.refusals import NotFound
from app.rules.cable_colours import colour_of, length_in
from app.rules.codes import Command
from app.rules.label_sheets import Label

MOST_CONTENTS: Final = 9
"""Lines of contents that a case's label has room for."""
COMMAND_WORDS: Final = {
    Command.PREP: "What is scanned next is put ready",
    Command.OUT: "What is scanned next leaves",
    Command.IN: "What is scanned next comes back",
    Command.DAMAGED: "The last piece came back damaged",
    Command.UNDO: "Takes the last scan back",
    Command.DONE: "That was all: shows what is missing",
}


@dataclass(frozen=True)
class Labelled:
    """Whose labels are wanted: one asset, the assets that filters let through, a place with all inside it, the
    command cards, or codes that name nothing yet."""

    asset: int | None = None
    assets: AssetFilters | None = None
    location: int | None = None
    codes: Sequence[str] = ()


def labels_of(wanted: Labelled, most: int | None = None) -> list[Label]:
    """What their labels say, of the first `most` or of all, in a constant number of statements. Raises NotFound."""
    if wanted.assets is not None:
        lines = all_asset_lines(wanted.assets) if most is None else asset_lines(wanted.assets, 1, most).items
        return [asset_label(line.tag, line.product, line.serial) for line in lines]
    if wanted.asset is not None:
        asset = find(Asset, wanted.asset, Asset.product)
        return [asset_label(asset.tag, asset.product.name, asset.serial)]
    if wanted.location is not None:
        return place_labels(find(Location, wanted.location), most)
    if wanted.codes:
        return [Label(code, "", "Scan it to say what it is on") for code in wanted.codes[:most]]
    return [Label(command.value, words) for command, words in COMMAND_WORDS.items()]


def count_of(wanted: Labelled) -> int:
    """How many labels these are. Raises NotFound."""
    if wanted.assets is not None:
        return asset_lines(wanted.assets, 1, 1).total
    if wanted.location is not None:
        return len(places_to_label(find(Location, wanted.location)))
    return len(labels_of(wanted))


def asset_label(tag: str, product: str, serial: str) -> Label:
    """A piece's label; a cable tells its length besides, in figures and by its colour."""
    metres, note = length_in(product), f"S/N {serial}" if serial else ""
    if metres is None:
        return Label(tag, product, note)
    return Label(tag, product, note, length=f"{metres:g}\u00a0m", band=colour_of(metres).ink)


def place_labels(location: Location, most: int | None = None) -> list[Label]:
    """A place and all places inside it, each zone followed by its shelves; cases with what lies in them."""
    chosen = places_to_label(location)[:most]
    packed = contents_of([place.id for place in chosen if place.kind is LocationKind.CASE])
    warehouse = db.session.scalar(select(Location.name).where(Location.id == location.warehouse_id)) or ""
    return [
        Label(
            place.code,
            place.name,
            "" if place.name == warehouse else warehouse,
            contents=packed.get(place.id, []),
        )
        for place in chosen
    ]


def places_to_label(location: Location) -> list[Place]:
    """A place and all that are in use inside it. Raises NotFound for one that is not in use itself."""
    tree = places(warehouse_id=location.warehouse_id)
    start = next((number for number, place in enumerate(tree) if place.id == location.id), None)
    if start is None:
        raise NotFound("This location has no label.")
    inside = takewhile(lambda place: place.depth > tree[start].depth, tree[start + 1 :])
    return [tree[start], *inside]


def contents_of(location_ids: Collection[int]) -> dict[int, list[str]]:
    """Case's location → what lies in it, line by line, and what it weighs: with all that is inside, or empty."""
    found = insides(location_ids) if location_ids else {}
    return {place: content_lines(inside) for place, inside in found.items()}


def content_lines(inside: Inside) -> list[str]:
    """The contents of one case as they stand on its label."""
    pieces = Counter[str]()
    for row in (*inside.own, *inside.inner):
        pieces[row.product] += row.quantity
    lines = [f"{quantity} × {product}" for product, quantity in pieces.items()]
    if len(lines) > MOST_CONTENTS:
        lines = [*lines[: MOST_CONTENTS - 1], f"and {len(lines) - MOST_CONTENTS + 1} more products"]
    return [*lines, *weight_line(inside)]


def weight_line(inside: Inside) -> list[str]:
    """What it weighs, as far as it is known: with the case itself where that was weighed, else the contents."""
    is_weighed = any(shell.own_weight_kg for shell in inside.cases)
    known = inside.weight if is_weighed else inside.contents_weight
    if not known.kilograms:
        return []
    word = "Own weight" if not inside.pieces else "Weight" if is_weighed else "Contents"
    return [f"{word} {'' if known.is_all else 'more than '}{known.kilograms.normalize():f} kg"]
