"""A case with all that is in it, on its way to or from an event: read and judged in a constant number of statements.

Each asset, and all counted pieces of a product together, are a deed as on any other scan; what the plan says is
judged for all pieces of a product at once, so that the fourth of three planned is the one too many.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import bindparam, select

from app.actors import Actor
from app.extensions import db
from app.finding import at_hand
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Case,
    Event,
    Location,
    Product,
    PullLine,
    Reservation,
    ScanMode,
)
from app.queries.availability import availability
from app.queries.cases import Inside, assets_in, insides
from app.rules.verdicts import Facts, Situation, against_plan, going, list_grows_by, strongest
from app.services.case_seals import claims_of
from app.services.scan_deeds import ACTIVE, CHOSEN, Counting, Deed, Whereabouts, kept_of, untested, window_of
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

    @property
    def name(self) -> str:
        """What people call it."""
        return self.place.name

    @property
    def is_ours(self) -> bool:
        """True when the case is for this event already."""
        return self.case.event_id == self.event.id


def load_of(location_id: int, event: Event, request: ScanRequest, by: Actor, uuid: str = "") -> Load:
    """A case with all that is in it, read under the locks."""
    place = db.session.get_one(Location, location_id)
    inside = insides([location_id])[location_id]
    cases = db.session.scalars(CASES, {"places": sorted(inside.places)}).all()
    own = next(case for case in cases if case.location_id == location_id)
    load = Load(own, place, cases, inside, event, request.mode, by, uuid or request.uuid)
    load.deeds = deeds_of(load, assets_in(inside.places), request)
    return load


CASES: Final = select(Case).where(Case.location_id.in_(bindparam("places", expanding=True))).order_by(Case.id)


def deeds_of(load: Load, assets: Sequence[Asset], request: ScanRequest) -> list[Deed]:
    """Every asset, and the counted pieces of each product, as deeds: four statements."""
    pieces = Counter[int]()
    for row in (*load.inside.own, *load.inside.inner):
        pieces[row.product_id] += row.quantity
    pieces.subtract(asset.product_id for asset in assets)
    ids = {asset.id for asset in assets}
    counts = counts_of(load.event.id, pieces.keys())
    products = {row.id: row for row in at_hand(Product, set(pieces)).values()}
    active, kept = active_of(ids), kept_of(ids, load.event)
    things: list[tuple[Product, Asset | None, int]] = [(products[one.product_id], one, 1) for one in assets]
    things += [(products[key], None, number) for key, number in pieces.items() if number > 0]
    deeds = []
    for number, (product, asset, quantity) in enumerate(things):
        found = counts.get(product.id, Counting())
        deed = Deed(
            load.event, product, asset, quantity, load.mode, found.line, found.claim, load.by,
            f"{load.uuid}/{number}", found.chosen, happened_at=request.scanned_at,
        )  # fmt: skip
        if asset is not None:
            deed.active = active.get(asset.id, ())
            keepers = kept[asset.id]
            deed.where = Whereabouts(load.place.warehouse_id, load.place.name, *keepers[0][1:5])
            deed.untested = untested(keepers, deed.event)
        deeds.append(deed)
    return sorted(deeds, key=lambda deed: deed.product.id)


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


def active_of(asset_ids: Collection[int]) -> dict[int, list[Assignment]]:
    """Asset → where it is prepped or out: one statement."""
    found: dict[int, list[Assignment]] = {}
    for row in db.session.scalars(ACTIVE_OF, {"assets": sorted(asset_ids)}):
        found.setdefault(row.asset_id, []).append(row)
    return found


ACTIVE_OF: Final = select(Assignment).where(
    Assignment.asset_id.in_(bindparam("assets", expanding=True)), Assignment.state.in_(ACTIVE)
)


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
    window = window_of(deed)
    is_rival = any(
        row.state is AssignmentState.PREPPED and overlaps(row, window) for row in deed.chosen_elsewhere
    )
    facts = replace(own_facts(deed), is_sealed_in=False, is_prepped_elsewhere=is_rival, planned=deed.quantity)
    return going(replace(facts, held=deed.quantity, on_shelf=deed.quantity, is_prepped_here=True))


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
