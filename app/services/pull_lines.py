"""The lines of an event's pull list: each claims its pieces by one reservation."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import insert, select

from app.actors import Actor
from app.extensions import db
from app.finding import at_hand
from app.models import Accessory, AccessoryPer, Event, Product, PullLine, Reservation
from app.queries.availability import availability, package_parts
from app.queries.standings import ShortLine, short_lines
from app.refusals import Refused
from app.rules.packages import PartsOf, explode
from app.services.line_windows import Stay, move_assets, refuse_taken_assets
from app.services.reservations import (
    Overbooking,
    Wish,
    change,
    mark_overbooked,
    not_free,
    occupied,
    reserve,
    working_week,
)

MOST_OF_ONE = 100_000
LONGEST_TEXT = 300
WHOLE_EVENT = Stay()


@dataclass(frozen=True)
class Wanted:
    """So many of a product (a package too) that an event needs."""

    product_id: int
    quantity: int
    note: str = ""


@dataclass
class Sum:
    """What of one product a pull list gains, and in which packages and with which notes."""

    quantity: int = 0
    packages: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What is wanted, with its packages and accessories as they are: what is locked is what is claimed."""

    wanted: Sequence[Wanted]
    parts: PartsOf
    accessories: Sequence[Accessory]

    @property
    def products(self) -> set[int]:
        """The products that are named or claimed, to be locked before they are."""
        named = {want.product_id for want in self.wanted}
        return (
            named | single_products(self.wanted, self.parts) | {row.accessory_id for row in self.accessories}
        )


@dataclass(frozen=True)
class Filled:
    """The lines that a pull list gained, made or raised, and their claims."""

    lines: list[PullLine]
    claims: list[Reservation]


def plan_of(wanted: Sequence[Wanted]) -> Plan:
    """Look up what belongs to what is wanted."""
    parts = package_parts()
    return Plan(wanted, parts, accessories_of(single_products(wanted, parts)))


def single_products(wanted: Sequence[Wanted], parts: PartsOf) -> set[int]:
    """The products that are left when packages are taken apart."""
    return {part for want in wanted for part in explode(want.product_id, 1, parts)}


def claimed_products(event: Event | None, wanted: Sequence[Wanted]) -> set[int]:
    """The products that `add_lines` will claim, to be locked before: parts and accessories included."""
    return plan_of(wanted).products


def add_lines(
    event: Event,
    wanted: Sequence[Wanted],
    *,
    by: Actor,
    overbook: Overbooking | None = None,
    is_added_at_prep: bool = False,
    stay: Stay = WHOLE_EVENT,
) -> list[PullLine]:
    """Put products on the pull list and claim them; the lines that were made or raised.

    What is new on the list is away for `stay`, what is on it already as long as before.
    The caller has locked the event and `claimed_products(event, wanted)`. Raises Refused like fill_list.
    """
    plan, existing = plan_of(wanted), lines_of(event.id)
    return fill_list(
        event, plan, existing, by=by, overbook=overbook, is_added_at_prep=is_added_at_prep, stay=stay
    ).lines


def fill_list(
    event: Event,
    plan: Plan,
    existing: Mapping[int, PullLine],
    *,
    by: Actor,
    overbook: Overbooking | None = None,
    is_added_at_prep: bool = False,
    stay: Stay = WHOLE_EVENT,
) -> Filled:
    """Put a plan on the pull list beside its existing lines, and claim it.

    The caller has locked the event and the plan's products. Packages explode, accessories come along,
    equal products become one line. Raises Refused naming a product that is not free, unless `overbook`
    decides to promise it all the same.
    """
    refuse_quantities(plan.wanted)
    sums = exploded(plan)
    add_accessories(sums, existing, plan.accessories)
    raised = raise_lines(event, existing, sums, overbook)
    made = make_lines(event, existing, sums, is_added_at_prep, stay)
    claims = reserve([wish_of(event, line) for line in made], by=by, overbook=overbook)
    return Filled([*raised.lines, *made], [*raised.claims, *claims])


def refuse_quantities(wanted: Sequence[Wanted]) -> None:
    """Raises Refused for a quantity that nobody means."""
    if any(not 1 <= want.quantity <= MOST_OF_ONE for want in wanted):
        raise Refused(f"Please enter a whole number from 1 to {MOST_OF_ONE:,}.", "quantity")


def exploded(plan: Plan) -> dict[int, Sum]:
    """The single products that are wanted, packages taken apart, equal ones summed."""
    packages = package_names(plan)
    sums: dict[int, Sum] = {}
    for want in plan.wanted:
        for product_id, quantity in explode(want.product_id, want.quantity, plan.parts).items():
            gain = sums.setdefault(product_id, Sum())
            gain.quantity += quantity
            add_words(gain.packages, packages.get(want.product_id, ""))
            add_words(gain.notes, want.note)
    return sums


def add_words(words: list[str], more: str) -> None:
    """Keep a text once."""
    if more and more not in words:
        words.append(more)


def package_names(plan: Plan) -> dict[int, str]:
    """The names of those that are packages. Raises Refused for an empty one: nobody can pull it."""
    products = at_hand(Product, {want.product_id for want in plan.wanted})
    packages = {product.id: product.name for product in products.values() if product.is_package}
    for product_id, name in packages.items():
        if product_id not in plan.parts:
            raise Refused(f"{name} is a package without parts. Give it parts first.", "product_id")
    return packages


def lines_of(event_id: int) -> dict[int, PullLine]:
    """The lines of an event, by product."""
    query = select(PullLine).where(PullLine.event_id == event_id).order_by(PullLine.position)
    return {line.product_id: line for line in db.session.scalars(query)}


def add_accessories(
    sums: dict[int, Sum], existing: Mapping[int, PullLine], coming: Sequence[Accessory]
) -> None:
    """Let accessories come along with what is added.

    One that is asked for by itself comes as asked. Of one that is planned already, what its own
    products do not need yet serves first.
    """
    asked = set(sums)
    planned = accessories_of(existing.keys() - asked) if existing else []
    needed: Counter[int] = Counter()
    planned_need: Counter[int] = Counter()
    for row in [*coming, *planned]:
        if row.product_id in existing and existing[row.product_id].quantity:
            planned_need[row.accessory_id] += along(row, existing[row.product_id].quantity)
        if row.product_id in asked and row.accessory_id not in asked:
            line = existing.get(row.product_id)
            is_new = line is None or not line.quantity
            gained = along(row, sums[row.product_id].quantity)
            needed[row.accessory_id] += gained if is_new or row.per is AccessoryPer.PIECE else 0
    for accessory_id, quantity in needed.items():
        line = existing.get(accessory_id)
        spare = max(line.quantity - planned_need[accessory_id], 0) if line else 0
        if quantity > spare:
            sums[accessory_id] = Sum(quantity - spare)


def accessories_of(product_ids: Collection[int]) -> Sequence[Accessory]:
    """What comes along with these products."""
    query = select(Accessory).where(Accessory.product_id.in_(product_ids))
    return db.session.scalars(query.order_by(Accessory.id)).all()


def along(row: Accessory, quantity: int) -> int:
    """How many of an accessory come along with so many pieces of its product."""
    return row.quantity * (quantity if row.per is AccessoryPer.PIECE else 1)


def make_lines(
    event: Event,
    existing: Mapping[int, PullLine],
    sums: Mapping[int, Sum],
    is_added_at_prep: bool,
    stay: Stay,
) -> list[PullLine]:
    """New lines at the end of the list, in the order in which they were asked for."""
    last = max((line.position for line in existing.values()), default=0)
    now = datetime.now(UTC)
    rows = [
        {
            "organization_id": event.organization_id,
            "event_id": event.id,
            "product_id": product_id,
            "quantity": gain.quantity,
            "position": last + number,
            "package_name": ", ".join(gain.packages)[:LONGEST_TEXT],
            "note": ", ".join(gain.notes)[:LONGEST_TEXT],
            "is_added_at_prep": is_added_at_prep,
            "occupied_from": stay.starts_at,
            "occupied_until": stay.ends_at,
            "created_at": now,
        }
        for number, (product_id, gain) in enumerate(
            ((key, gain) for key, gain in sums.items() if key not in existing), 1
        )
    ]
    if not rows:
        return []
    made = db.session.scalars(insert(PullLine).returning(PullLine), rows)
    return sorted(made, key=lambda line: line.position)


def wish_of(event: Event, line: PullLine) -> Wish:
    """The claim that a line makes."""
    return Wish(
        product_id=line.product_id,
        warehouse_id=event.warehouse_id,
        quantity=line.quantity,
        starts_at=line.occupied_from or event.occupied_from,
        ends_at=line.occupied_until or event.occupied_until,
        event_id=event.id,
        line_id=line.id,
    )


def raise_lines(
    event: Event,
    existing: Mapping[int, PullLine],
    sums: Mapping[int, Sum],
    overbook: Overbooking | None,
) -> Filled:
    """Claim more for lines that exist. Raises Refused naming a product that is not free."""
    raised = [line for product_id, line in existing.items() if product_id in sums]
    claims = claims_of({line.id for line in raised})
    left = free_beside(claims.values())
    for line in raised:
        gain, claim = sums[line.product_id].quantity, claims[line.id]
        if claim.released_at is not None:
            line.quantity += gain
            claim_as_planned(event, line, claim, overbook)
            continue
        missing = max(gain - max(left[claim.id], 0), 0)
        if missing and overbook is None:
            raise Refused(not_free(product_of(line), gain, missing), "quantity")
        if missing and overbook:
            mark_overbooked(claim, claim.overbooked_quantity + missing, overbook)
        line.quantity += gain
        claim.quantity = line.quantity
    db.session.flush()
    return Filled(raised, list(claims.values()))


def claim_as_planned(
    event: Event, line: PullLine, claim: Reservation, overbook: Overbooking | None = None
) -> None:
    """Bring a claim to its line's quantity and time. Raises Refused for what is not free then."""
    period = occupied(wish_of(event, line), product_of(line), working_week())
    refuse_taken_assets(event.id, {claim.id: period})
    change(
        claim,
        quantity=line.quantity,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        overbook=overbook,
    )
    move_assets({claim.id: period})


def claims_of(line_ids: Collection[int]) -> dict[int, Reservation]:
    """The reservation of each line; one that was given up is there to be made again."""
    if not line_ids:
        return {}
    query = select(Reservation).where(Reservation.line_id.in_(line_ids))
    return {row.line_id: row for row in db.session.scalars(query) if row.line_id}


def free_beside(claims: Collection[Reservation]) -> dict[int, int]:
    """How many more are free beside each claim, all other claims and the claim itself counted."""
    windows: dict[tuple[datetime, datetime, int], list[Reservation]] = {}
    for claim in claims:
        windows.setdefault((claim.starts_at, claim.ends_at, claim.warehouse_id), []).append(claim)
    left: dict[int, int] = {}
    for (starts_at, ends_at, warehouse_id), group in windows.items():
        found = availability({claim.product_id for claim in group}, warehouse_id, starts_at, ends_at)
        left |= {claim.id: found[claim.product_id].free for claim in group}
    return left


def product_of(line: PullLine) -> Product:
    """The product of a line, for a sentence that names it."""
    return db.session.get_one(Product, line.product_id)


def lines_short(event: Event) -> list[ShortLine]:
    """The lines of an event that are short now, each with how many are missing."""
    return short_lines(event_ids=[event.id])


__all__ = [
    "Filled",
    "Plan",
    "Wanted",
    "add_lines",
    "claimed_products",
    "fill_list",
    "lines_of",
    "lines_short",
    "plan_of",
]
