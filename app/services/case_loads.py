"""A case with all that is in it, on its way to or from an event: read and judged in a constant number of statements.

Each asset, and all counted pieces of a product together, are a deed as on any other scan; what the plan says is
judged for all pieces of a product at once, so that the fourth of three planned is the one too many.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import and_, bindparam, select

from app.actors import Actor
from app.extensions import db
from app.finding import at_hand
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Case,
    CaseSlot,
    Event,
    Location,
    Product,
    PullLine,
    Reservation,
    ScanMode,
)
from app.queries.availability import availability
from app.queries.cases import Inside, inside_of, levels_in
from app.queries.keepers import KEEPERS, UNTESTED, by_asset, leaving, with_keepers
from app.rules.case_contents import Slot
from app.rules.verdicts import Facts, Situation, against_plan, going, list_grows_by, strongest
from app.services.case_seals import claims_of
from app.services.scan_deeds import ACTIVE, CHOSEN, Counting, Deed, Whereabouts, untested, window_of
from app.services.scan_facts import (
    active_pieces,
    dispatch_gate,
    held_pieces,
    overlaps,
    own_facts,
    planned_of,
    still_out,
)
from app.services.scan_requests import ScanRequest
from app.transactions import all_locked, write_changes


@dataclass
class Part:
    """Pieces of one product that stand alike: what is found of them, and by how much the list would grow."""

    deeds: list[Deed]
    situation: Situation
    grows_by: int = 0

    @property
    def pieces(self) -> int:
        """How many these are."""
        return sum(deed.quantity for deed in self.deeds)


@dataclass
class Load:
    """A case, the cases inside it, and everything in them as deeds of an event."""

    case: Case
    place: Location
    cases: Sequence[Case]
    inside: Inside
    event: Event
    mode: ScanMode
    by: Actor
    uuid: str
    deeds: list[Deed] = field(default_factory=list)
    put_at: str = ""
    """The name of the place where it was put when it came back."""
    opened: str = ""
    """What is said of cases around it that were opened to take it out."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.place.name

    @property
    def is_ours(self) -> bool:
        """True when the case is for this event already."""
        return self.case.event_id == self.event.id


def load_of(location_id: int, event: Event, request: ScanRequest, by: Actor, uuid: str = "") -> Load:
    """A case with all that is in it: places and assets as they were locked, the rest read under these locks."""
    place = db.session.get_one(Location, location_id)
    places = places_below(location_id)
    cases, slots = cases_at(places)
    inside = inside_of(location_id, places, levels_in(places), cases, slots)
    load = Load(
        cases[location_id], place, sorted(cases.values(), key=lambda case: case.id), inside, event, request.mode,
        by, uuid or request.uuid,
    )  # fmt: skip
    load.deeds = deeds_of(load, assets_below(places), request)
    return load


def places_below(location_id: int) -> list[int]:
    """A locked place, and all places inside it, which are locked as well."""
    inner: dict[int | None, list[int]] = {}
    for place in all_locked(Location):
        inner.setdefault(place.parent_id, []).append(place.id)
    found = [location_id]
    for place_id in found:
        found += inner.get(place_id, ())
    return found


def assets_below(places: Collection[int]) -> list[Asset]:
    """The assets that lie in locked places, by product and tag."""
    here = [asset for asset in all_locked(Asset) if asset.location_id in places and asset.retired_at is None]
    return sorted(here, key=lambda asset: (asset.product_id, asset.tag))


def cases_at(places: Collection[int]) -> tuple[dict[int, Case], dict[int, list[Slot]]]:
    """Place → the case that it is, and case → what belongs into it: one statement."""
    cases: dict[int, Case] = {}
    slots: dict[int, list[Slot]] = {}
    for case, product_id, name, quantity in db.session.execute(CASES, {"places": sorted(places)}):
        cases[case.location_id] = case
        if product_id is not None:
            slots.setdefault(case.id, []).append(Slot(product_id, name, quantity))
    return cases, slots


CASES: Final = (
    select(Case, Product.id, Product.name, CaseSlot.quantity)
    .select_from(Case)
    .outerjoin(CaseSlot, CaseSlot.case_id == Case.id)
    .outerjoin(Product, Product.id == CaseSlot.product_id)
    .where(Case.location_id.in_(bindparam("places", expanding=True)))
    .order_by(Case.id, Product.name, CaseSlot.id)
)


def deeds_of(load: Load, assets: Sequence[Asset], request: ScanRequest) -> list[Deed]:
    """Every asset, and the counted pieces of each product, as deeds: two statements."""
    pieces = Counter[int]()
    for row in (*load.inside.own, *load.inside.inner):
        pieces[row.product_id] += row.quantity
    pieces.subtract(asset.product_id for asset in assets)
    counts, products = counts_of(load.event.id, pieces.keys()), at_hand(Product, set(pieces))
    things: list[tuple[Product, Asset | None, int]] = [(products[one.product_id], one, 1) for one in assets]
    things += [(products[key], None, number) for key, number in pieces.items() if number > 0]
    deeds = []
    for number, (product, asset, quantity) in enumerate(things):
        found = counts.get(product.id, Counting())
        deed = Deed(
            load.event, product, asset, quantity, load.mode, found.line, found.claim, load.by,
            f"{load.uuid}/{number}", found.chosen, happened_at=request.scanned_at,
        )  # fmt: skip
        deeds.append(deed)
    look_inside(load, {deed.asset.id: deed for deed in deeds if deed.asset is not None})
    return sorted(deeds, key=lambda deed: deed.product.id)


def look_inside(load: Load, of_assets: Mapping[int, Deed]) -> None:
    """Read who has the assets of a case and, on their way out, what keeps them here: one statement."""
    query = COMING if load.mode is ScanMode.IN else GOING
    asked = {"assets": sorted(of_assets)} | ({} if query is COMING else leaving(load.event))
    for asset_id, rows in by_asset(db.session.execute(query, asked)).items():
        deed = of_assets[asset_id]
        deed.active = list(dict.fromkeys(row.Assignment for row in rows if row.Assignment))
        deed.where = Whereabouts(load.place.warehouse_id, load.place.name, *rows[0][2:6])
        deed.untested = untested(rows, load.event) if query is GOING else ()


_having: Final = (
    select(Asset.id.label("asset_id"), Assignment)
    .select_from(Asset)
    .outerjoin(Assignment, and_(Assignment.asset_id == Asset.id, Assignment.state.in_(ACTIVE)))
    .where(Asset.id.in_(bindparam("assets", expanding=True)))
)
COMING: Final = _having
"""Where each of some assets is prepped or out."""
GOING: Final = with_keepers(_having.add_columns(*KEEPERS, *UNTESTED))
"""The same, and what keeps each from leaving."""


COUNTS: Final = (
    select(PullLine, Reservation, CHOSEN)
    .select_from(PullLine)
    .outerjoin(Reservation, Reservation.line_id == PullLine.id)
    .where(
        PullLine.event_id == bindparam("event"),
        PullLine.product_id.in_(bindparam("products", expanding=True)),
    )
)


def counts_of(event_id: int, product_ids: Collection[int]) -> dict[int, Counting]:
    """Product → the event's line, claim and chosen assets: one statement."""
    rows = db.session.execute(COUNTS, {"event": event_id, "products": sorted(product_ids)})
    return {row[0].product_id: Counting(*row) for row in rows}


def write_load(load: Load) -> None:
    """Write what a scan has changed of the cases, of the claims on what is in them and of who has it."""
    claims = {deed.claim for deed in load.deeds if deed.claim is not None}
    write_changes([*load.cases, *claims, *(row for deed in load.deeds for row in deed.active)])
    db.session.flush()


def judge_load(load: Load) -> list[Part]:
    """What each of the things in a case is found to be, on its way to the event."""
    by_product: dict[int, list[Deed]] = {}
    for deed in load.deeds:
        if deed.asset is None and load.mode is ScanMode.PREP and load.is_ours:
            continue  # counted when they were packed
        by_product.setdefault(deed.product.id, []).append(deed)
    free = free_of(load, by_product)
    return [part for deeds in by_product.values() for part in parts_of(deeds, free)]


def free_of(load: Load, by_product: dict[int, list[Deed]]) -> dict[int, int]:
    """Product → what nobody claims in the time of the event, for those that the list has no room for.

    What this case itself keeps from others while it is sealed is free for it.
    """
    windows: dict[tuple[object, object], list[int]] = {}
    for product_id, deeds in by_product.items():
        if plan_facts(deeds, 0).unclaimed:
            window = window_of(deeds[0])
            windows.setdefault((window.starts_at, window.ends_at), []).append(product_id)
    own = [row.id for case in load.cases if case.is_sealed for row in claims_of(case)] if windows else []
    found: dict[int, int] = {}
    for (starts_at, ends_at), products in windows.items():
        answers = availability(
            products, load.event.warehouse_id, starts_at, ends_at, without_claims=own  # type: ignore[arg-type]
        )  # fmt: skip
        found |= {product_id: answer.free for product_id, answer in answers.items()}
    return found


def parts_of(deeds: Sequence[Deed], free: dict[int, int]) -> Iterable[Part]:
    """The pieces of one product: those with a reason of their own, then by the plan those prepped and the others."""
    going_on: list[Deed] = []
    for deed in deeds:
        own = own_situation(deed)
        if own is Situation.PLANNED:
            going_on.append(deed)
        else:
            yield Part([deed], own)
    taken = 0
    for is_chosen in (True, False):
        some = [
            deed for deed in going_on if (deed.asset is None or deed.chosen_here is not None) is is_chosen
        ]
        if some:
            facts = replace(plan_facts(some, taken), free=free.get(some[0].product.id, 0))
            yield Part(some, against_plan(facts), list_grows_by(facts))
            taken += facts.quantity


def own_situation(deed: Deed) -> Situation:
    """What stands in the way of a thing, whatever the list says; nothing does: PLANNED."""
    is_rival = any(
        row.state is AssignmentState.PREPPED and overlaps(row, window_of(deed))
        for row in deed.chosen_elsewhere
    )
    return going(
        replace(
            own_facts(deed), is_sealed_in=False, is_prepped_elsewhere=is_rival, is_prepped_here=True,
            planned=deed.quantity, held=deed.quantity, on_shelf=deed.quantity,
        )
    )  # fmt: skip


def plan_facts(deeds: Sequence[Deed], taken_before: int) -> Facts:
    """What the list says of pieces of one product that go together."""
    first = deeds[0]
    planned, overbooked = planned_of(first)
    is_out = first.mode is ScanMode.OUT
    active = active_pieces(first)
    return Facts(
        quantity=sum(deed.quantity for deed in deeds),
        planned=planned,
        overbooked=overbooked,
        gate=dispatch_gate() if is_out and overbooked else "allow",
        held=held_pieces(first),
        taken=(still_out(first) if is_out else active) + taken_before,
        active=active + (taken_before if not is_out else 0),
        is_prepped_here=first.asset is None or first.chosen_here is not None,
    )


def found_of(parts: Iterable[Part]) -> Situation:
    """What is said of the whole case."""
    return strongest(part.situation for part in parts)
