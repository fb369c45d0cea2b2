"""What is free for the lines of a quote, each product in its own window, and who holds what is short.

Nothing here counts claims by itself: the window, the claims and the arithmetic are the availability
engine's. A constant number of statements, however many lines.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    Deal,
    Event,
    Organization,
    Product,
    Quote,
    QuoteLine,
    QuoteState,
    Repair,
    Reservation,
)
from app.models.base import stored
from app.queries.availability import (
    Availability,
    Window,
    capacities,
    claimed_ids,
    claims_asked,
    claims_in,
    of_package,
    of_product,
    package_parts,
)
from app.rules.availability import shortfall
from app.rules.packages import explode
from app.rules.periods import Buffer, Period, WorkingWeek, widen
from app.scope import current_organization_id

OPEN_QUOTES = (QuoteState.DRAFT, QuoteState.SENT, QuoteState.VIEWED)
MOST_NAMED = 4


@dataclass(frozen=True)
class LineStock:
    """What there is for one product of a quote, what the whole quote asks of it, and why it is short."""

    available: Availability
    asked: int
    missing: int
    if_quotes_land: int
    reason: str = ""

    @property
    def is_short(self) -> bool:
        """True when the quote asks for more than is free."""
        return self.missing > 0


@dataclass(frozen=True)
class Needs:
    """Products of a quote taken apart: what each explodes into, and how many pieces the quote asks for."""

    parts: Mapping[int, Mapping[int, int]]
    packages: frozenset[int]
    asked: Mapping[int, int]

    @property
    def singles(self) -> set[int]:
        """Every product that is really taken from a shelf."""
        return {part for parts in self.parts.values() for part in parts}

    def around(self, product_id: int) -> "Needs":
        """Only the products that share pieces with this one."""
        pieces = self.parts.get(product_id, {}).keys()
        return replace(self, parts={key: parts for key, parts in self.parts.items() if parts.keys() & pieces})


def needs_of(wanted: Iterable[tuple[int, int]]) -> Needs:
    """Take (product, quantity) pairs apart; equal products are asked for together."""
    known = package_parts()
    parts: dict[int, dict[int, int]] = {}
    asked: defaultdict[int, int] = defaultdict(int)
    for product_id, quantity in wanted:
        parts.setdefault(product_id, explode(product_id, 1, known))
        for part, each in parts[product_id].items():
            asked[part] += each * quantity
    return Needs(parts, frozenset(known.keys() & parts.keys()), dict(asked))


def stock_of(
    deal: Deal, wanted: Sequence[tuple[int, int]], around: int | None = None
) -> dict[int, LineStock]:
    """What is free for each wanted product (packages too) while the deal's gear is away.

    `around` asks only for the products that share pieces with this one: what a change of it can alter.
    """
    needs = needs_of(wanted)
    if around is not None:
        needs = needs.around(around)
    if not needs.parts:
        return {}
    now = datetime.now(UTC)
    windows = windows_of(needs.singles, Period(deal.occupied_from, deal.occupied_until))
    widest = Period(
        min(period.starts_at for period in windows.values()),
        max(period.ends_at for period in windows.values()),
    )
    claimed = claims_in(needs.singles, widest.starts_at, widest.ends_at, now=now)
    stock = capacities(needs.singles)
    single = each_free(needs.singles, deal.warehouse_id, stock, claimed, windows)
    landing = with_quotes(claimed, quoted(deal, needs.singles), deal.warehouse_id)
    landed = each_free(needs.singles, deal.warehouse_id, stock, landing, windows)
    found = {product_id: line_stock(product_id, needs, single, landed) for product_id in needs.parts}
    return with_reasons(found, needs, single, widest, now)


def windows_of(product_ids: Collection[int], occupied: Period) -> dict[int, Period]:
    """The time each product is claimed for: the occupancy, with its own preparation and turnaround."""
    query = select(
        Product.id, Product.prep_hours, Product.prep_days, Product.turnaround_hours, Product.turnaround_days
    ).where(Product.id.in_(product_ids))
    organization = db.session.get_one(Organization, current_organization_id())
    week = WorkingWeek(frozenset(map(int, organization.working_weekdays)), ZoneInfo(organization.timezone))
    return {
        row.id: widen(
            occupied,
            Buffer(row.prep_hours, row.prep_days),
            Buffer(row.turnaround_hours, row.turnaround_days),
            week,
        )
        for row in db.session.execute(query)
    }


def each_free(
    product_ids: Iterable[int],
    warehouse_id: int,
    stock: Mapping[int, Mapping[int, int]],
    claimed: Window,
    windows: Mapping[int, Period],
) -> dict[int, Availability]:
    """Every single product, asked in its own window."""
    dialect = db.engine.dialect.name
    return {
        product_id: of_product(
            product_id,
            warehouse_id,
            stock,
            replace(
                claimed,
                starts_at=stored(windows[product_id].starts_at, dialect),
                ends_at=stored(windows[product_id].ends_at, dialect),
            ),
        )
        for product_id in product_ids
    }


def with_quotes(
    claimed: Window, quoted_rows: Iterable[tuple[int, datetime, datetime, int]], place: int
) -> Window:
    """The same window as if every open quote had been accepted."""
    dialect = db.engine.dialect.name
    claims = defaultdict(list, {key: list(rows) for key, rows in claimed.claims.items()})
    for product_id, starts_at, ends_at, quantity in quoted_rows:
        claims[product_id, place].append((stored(starts_at, dialect), stored(ends_at, dialect), quantity))
    return replace(claimed, claims=dict(claims))


def quoted(deal: Deal, product_ids: Collection[int]) -> list[tuple[int, datetime, datetime, int]]:
    """What other open quotes of this warehouse ask for in the same time; the newest version of each counts."""
    newer = aliased(Quote)
    replaced = (
        select(newer.id)
        .where(newer.number == Quote.number, newer.version_number > Quote.version_number)
        .exists()
    )
    query = (
        select(QuoteLine.product_id, Deal.occupied_from, Deal.occupied_until, func.sum(QuoteLine.quantity))
        .select_from(QuoteLine)
        .join(Quote, Quote.id == QuoteLine.quote_id)
        .join(Deal, Deal.id == Quote.deal_id)
        .where(
            Quote.state.in_(OPEN_QUOTES),
            Deal.id != deal.id,
            Deal.warehouse_id == deal.warehouse_id,
            Deal.occupied_from < deal.occupied_until,
            Deal.occupied_until > deal.occupied_from,
            QuoteLine.product_id.in_(product_ids),
            ~replaced,
        )
        .group_by(QuoteLine.product_id, Quote.id, Deal.id, Deal.occupied_from, Deal.occupied_until)
    )
    return [(int(row[0] or 0), row[1], row[2], int(row[3])) for row in db.session.execute(query)]


def line_stock(
    product_id: int, needs: Needs, single: Mapping[int, Availability], landed: Mapping[int, Availability]
) -> LineStock:
    """One product of the quote. A package is short as soon as one of its parts is."""
    parts = needs.parts[product_id]
    if product_id not in needs.packages:
        own = single[product_id]
        asked = needs.asked[product_id]
        return LineStock(own, asked, shortfall(asked, own.free), landed[product_id].free)
    available = of_package(product_id, parts, single)
    missing = max(-(-shortfall(needs.asked[part], single[part].free) // each) for part, each in parts.items())
    return LineStock(available, 0, missing, of_package(product_id, parts, landed).free)


def with_reasons(
    found: dict[int, LineStock],
    needs: Needs,
    single: Mapping[int, Availability],
    window: Period,
    now: datetime,
) -> dict[int, LineStock]:
    """The same, the short ones with a sentence that says who holds the pieces. Asked only when something is short."""
    short = {part for part in needs.singles if shortfall(needs.asked[part], single[part].free)}
    if not short:
        return found
    names = product_names(short)
    holding = who_holds(short, window, now)
    return {
        product_id: replace(stock, reason=reason(product_id, needs, single, short, names, holding))
        if stock.is_short
        else stock
        for product_id, stock in found.items()
    }


def reason(
    product_id: int,
    needs: Needs,
    single: Mapping[int, Availability],
    short: Collection[int],
    names: Mapping[int, str],
    holding: Mapping[int, list[str]],
) -> str:
    """Why a line is short: part by part for a package."""
    sentences = []
    for part in needs.parts[product_id]:
        if part not in short:
            continue
        missing = shortfall(needs.asked[part], single[part].free)
        held = holding.get(part, [])
        why = f"held by {'; '.join(held[:MOST_NAMED])}" if held else f"we own {single[part].total}"
        more = f" and {len(held) - MOST_NAMED} more" if len(held) > MOST_NAMED else ""
        named = f"{names[part]}: " if product_id in needs.packages else ""
        sentences.append(f"{named}{missing} short, {why}{more}.")
    return " ".join(sentences)


def product_names(product_ids: Collection[int]) -> dict[int, str]:
    """The names of products."""
    query = select(Product.id, Product.name).where(Product.id.in_(product_ids))
    return {row.id: row.name for row in db.session.execute(query)}


def who_holds(product_ids: Collection[int], window: Period, now: datetime) -> dict[int, list[str]]:
    """Product → who has how many of it in the window, in words, earliest first."""
    asked = claims_asked(product_ids, window.starts_at, window.ends_at, now)
    mine = claimed_ids(db.engine.dialect.name, is_all="products" not in asked)
    query = (
        select(
            Reservation.id, Reservation.starts_at, Reservation.product_id, Reservation.quantity, Reservation.kind,
            Event.number, Event.name, Repair.number.label("repair"),
        )
        .outerjoin(Event, Event.id == Reservation.event_id)
        .outerjoin(Repair, Repair.id == Reservation.repair_id)
        .where(Reservation.id.in_(mine), Reservation.starts_at < window.ends_at)
    )  # fmt: skip
    found: defaultdict[int, list[str]] = defaultdict(list)
    rows = db.session.execute(query, asked)
    for row in sorted(rows, key=lambda row: (row.starts_at, row.id)):
        words = (
            f"{row.number} {row.name}"
            if row.number
            else f"repair {row.repair}"
            if row.repair
            else str(row.kind)
        )
        found[row.product_id].append(f"{words} ({row.quantity})")
    return dict(found)


__all__ = ["LineStock", "stock_of"]
