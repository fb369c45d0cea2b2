"""What a delivery or return note covers, and the notes there are."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    Discrepancy,
    Event,
    Handover,
    Product,
    PullLine,
    Reservation,
    Scan,
    ScanMode,
    Tracking,
)
from app.models.base import plain_text
from app.queries.paging import PER_PAGE, Page, paged
from app.queries.rows import AnyRow
from app.queries.scan_log import IS_UNDONE, IS_WRITTEN_DOWN, TAKES_FROM_A_NOTE
from app.rules.discrepancies import (
    Difference,
    DiscrepancySort,
    Extra,
    Key,
    Settled,
    Standing,
    Step,
    Swap,
    differences_in,
    differences_out,
    net,
)
from app.rules.verdicts import Situation


class Span(NamedTuple):
    """The scans of an event that a note is about: later than `after`, up to `last`. It lists those of its mode."""

    event_id: int
    mode: ScanMode
    after: int
    last: int

    @property
    def scans(self) -> Any:
        """Those of its own mode, as a condition."""
        return and_(self.of_all_modes, Scan.mode == self.mode)

    @property
    def of_all_modes(self) -> Any:
        """All of them, as a condition."""
        return and_(Scan.event_id == self.event_id, Scan.id > self.after, Scan.id <= self.last)


class Moved(NamedTuple):
    """One row of a note: an asset by its tag, or so many counted pieces of a product."""

    product_id: int
    product: str
    sku: str
    unit: str
    weight: Any
    asset_id: int | None
    tag: str | None
    serial: str | None
    quantity: int


def open_span(event_id: int, mode: ScanMode) -> Span:
    """What the next note will cover: two small statements."""
    covered = select(func.max(Handover.last_scan_id)).where(
        Handover.event_id == event_id, Handover.mode == mode, Handover.voided_at.is_(None)
    )
    latest = select(func.max(Scan.id)).where(Scan.event_id == event_id)
    return Span(event_id, mode, db.session.scalar(covered) or 0, db.session.scalar(latest) or 0)


def moved_in(span: Span) -> dict[Key, int]:
    """What left, or came back, and did not go straight back the other way: one statement.

    What stands on a note of the other way is no going straight back. What is lost came back to nobody.
    """
    other = ScanMode.IN if span.mode is ScanMode.OUT else ScanMode.OUT
    query = (
        select(Scan.product_id, Scan.asset_id, Scan.change, Scan.mode == span.mode)
        .where(
            span.of_all_modes,
            Scan.change != 0,
            Scan.situation != Situation.LOST,
            or_(Scan.mode == span.mode, and_(Scan.mode == other, ~IS_WRITTEN_DOWN, ~TAKES_FROM_A_NOTE)),
        )
        .order_by(Scan.id)
    )
    rows = db.session.execute(query)
    return net(Step(product_id or 0, asset_id, change, way) for product_id, asset_id, change, way in rows)


def listed(moved: Mapping[Key, int]) -> list[Moved]:
    """The same with names, products in their order, assets by their tag: two statements."""
    products = rows_by_id(
        select(Product.id, Product.name, Product.sku, Product.unit, Product.weight_kg).where(
            Product.id.in_({product_id for product_id, _ in moved})
        )
    )
    assets = rows_by_id(
        select(Asset.id, Asset.tag, Asset.serial).where(Asset.id.in_({one for _, one in moved if one}))
    )
    nobody = (None, None, None)
    rows = [
        Moved._make((*products[product_id], *(assets[asset_id] if asset_id else nobody), quantity))
        for (product_id, asset_id), quantity in moved.items()
    ]
    return sorted(rows, key=lambda row: (row.product, row.product_id, row.tag or ""))


def rows_by_id(query: Select[*tuple[Any, ...]]) -> dict[int, AnyRow]:
    """Rows by their first column."""
    return {row[0]: row for row in db.session.execute(query)}


def as_kept(moved: Mapping[Key, int]) -> dict[str, Any]:
    """What a note keeps of it."""
    return {
        f"{product}-{asset}" if asset else str(product): pieces for (product, asset), pieces in moved.items()
    }


def on_note(row: Handover) -> list[Moved]:
    """What stands on a note beside its cases, as it was written."""
    found: dict[Key, int] = {}
    for name, pieces in row.moved.items():
        product, _, asset = name.partition("-")
        if product.isdecimal():
            found[(int(product), int(asset) if asset else None)] = pieces
    return listed(found)


def differences_now(span: Span) -> list[Difference]:
    """How what moved differs from what was meant to, for the next note: at most four statements."""
    if span.mode is ScanMode.IN:
        return differences_in(standing_of(span.event_id), settled_in(span))
    standing, extras = standing_of(span.event_id), extras_until(span)
    return differences_out(standing, extras, swaps_in(span), extras_told(span.event_id))


STANDING: Final = (
    select(
        Product.id, Product.name, PullLine.quantity,
        func.coalesce(Reservation.out_quantity, 0), func.coalesce(Reservation.returned_quantity, 0), Product.tracking,
    )
    .select_from(PullLine)
    .join(Product, Product.id == PullLine.product_id)
    .outerjoin(Reservation, Reservation.line_id == PullLine.id)
    .where(PullLine.event_id == bindparam("event"), PullLine.quantity > 0, Product.is_package.is_(False))
    .order_by(PullLine.position, PullLine.id)
)  # fmt: skip


def standing_of(event_id: int) -> list[Standing]:
    """How far each line is now."""
    return [
        Standing(*row[:5], returns=row[5] is not Tracking.CONSUMABLE)
        for row in db.session.execute(STANDING, {"event": event_id})
    ]


def extras_until(span: Span) -> list[Extra]:
    """What scans put on the list and nobody took back, by product: for this note, or for one before it."""
    scans = select(Scan.product_id, Product.name, Scan.added).join(Product, Product.id == Scan.product_id)
    found: dict[int, Extra] = {}
    kept = scans.where(
        Scan.event_id == span.event_id, Scan.id <= span.last, Scan.change > 0, ~IS_UNDONE
    )  # fmt: skip
    for product_id, name, added in db.session.execute(kept):
        if pieces := sum(added.values()):
            before = found.get(product_id)
            found[product_id] = Extra(product_id, name, pieces + (before.pieces if before else 0))
    return list(found.values())


def extras_told(event_id: int) -> dict[int, int]:
    """Product → how many pieces the notes that stand have told as extra."""
    query = (
        select(Discrepancy.product_id, func.sum(Discrepancy.quantity))
        .join(Handover, Handover.id == Discrepancy.handover_id)
        .where(
            Handover.event_id == event_id,
            Handover.voided_at.is_(None),
            Discrepancy.sort == DiscrepancySort.EXTRA,
        )
        .group_by(Discrepancy.product_id)
    )
    return {row[0]: int(row[1]) for row in db.session.execute(query)}


_left, _stayed = aliased(Assignment), aliased(Asset)


def swaps_in(span: Span) -> list[Swap]:
    """Assets that left in place of others."""
    query = (
        select(Product.id, Product.name, Asset.id, Asset.tag, func.coalesce(_stayed.tag, ""))
        .select_from(Scan)
        .join(Product, Product.id == Scan.product_id)
        .join(Asset, Asset.id == Scan.asset_id)
        .outerjoin(
            _left,
            and_(_left.asset_id == Scan.asset_id, _left.event_id == Scan.event_id, _left.in_place_of_id.is_not(None)),
        )
        .outerjoin(Assignment, Assignment.id == _left.in_place_of_id)
        .outerjoin(_stayed, _stayed.id == Assignment.asset_id)
        .where(span.scans, Scan.situation == Situation.SWAPPED, Scan.change > 0, ~IS_UNDONE)
        .order_by(Scan.id)
    )  # fmt: skip
    return list({row[2]: Swap(*row) for row in db.session.execute(query)}.values())


SETTLED: Final = {
    Situation.LOST: (DiscrepancySort.LOST, "Marked as lost"),
    Situation.REPORTED: (DiscrepancySort.DAMAGED, "Came back damaged"),
}


_back = aliased(Scan)
IS_OF_UNDONE: Final = select(_back.id).where(_back.undoes_id == Scan.beside_id).exists()
"""True for a report about a scan that was taken back."""


def settled_in(span: Span) -> list[Settled]:
    """What was marked as lost or reported as damaged, with what was said then."""
    query = (
        select(Scan.situation, Product.id, Product.name, Scan.quantity, Asset.id, Asset.tag, Scan.notes)
        .select_from(Scan)
        .join(Product, Product.id == Scan.product_id)
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .where(span.scans, Scan.situation.in_(SETTLED), ~IS_UNDONE, ~IS_OF_UNDONE)
        .order_by(Scan.id)
    )
    rows = db.session.execute(query).all()
    return [settled(*row) for row in rows]


def settled(situation: str, product_id: int, product: str, quantity: int, *asset_and_note: Any) -> Settled:
    """The same, in the words of a note."""
    sort, plainly = SETTLED[Situation(situation)]
    asset_id, tag, note = asset_and_note
    return Settled(sort, product_id, product, quantity, asset_id, tag, note or plainly)


def handovers_of(event_id: int) -> Sequence[Handover]:
    """The notes of an event, the latest first."""
    return db.session.scalars(
        select(Handover).where(Handover.event_id == event_id).order_by(Handover.id.desc())
    ).all()


class Stated(NamedTuple):
    """A discrepancy as it was written down."""

    sort: DiscrepancySort
    product: str
    tag: str | None
    quantity: int
    reason: str


def stated(handover_id: int) -> list[Stated]:
    """The discrepancies of a note, in the order in which they were shown."""
    query = (
        select(Discrepancy.sort, Product.name, Asset.tag, Discrepancy.quantity, Discrepancy.reason)
        .join(Product, Product.id == Discrepancy.product_id)
        .outerjoin(Asset, Asset.id == Discrepancy.asset_id)
        .where(Discrepancy.handover_id == handover_id)
        .order_by(Discrepancy.id)
    )
    return [Stated(*row) for row in db.session.execute(query)]


def handover_list(
    words: str = "", mode: ScanMode | None = None, page: int = 1, per_page: int = PER_PAGE
) -> Page[AnyRow]:
    """All notes with their events, newest first; `words` are looked for in the numbers and the event's name."""
    query: Select[*tuple[Any, ...]] = select(
        Handover.id, Handover.number, Handover.mode, Handover.pieces, Handover.by_name, Handover.made_at,
        Handover.voided_at, Event.id.label("event_id"), Event.number.label("event_number"), Event.name.label("event"),
    ).join(Event, Event.id == Handover.event_id)  # fmt: skip
    if mode is not None:
        query = query.where(Handover.mode == mode)
    for word in plain_text(words).split():
        query = query.where(
            Handover.search_text.contains(word, autoescape=True)
            | Event.search_text.contains(word, autoescape=True)
        )
    return paged(query.order_by(Handover.id.desc()), page, per_page, scalars=False)


def covering(event_id: int, mode: ScanMode, scan_id: int) -> str:
    """The number of the note that a scan stands on; empty when it is on none."""
    query = select(Handover.number).where(
        Handover.event_id == event_id,
        Handover.mode == mode,
        Handover.voided_at.is_(None),
        Handover.after_scan_id < scan_id,
        Handover.last_scan_id >= scan_id,
    )
    return db.session.scalar(query) or ""


def handover_called(request_id: str) -> Handover | None:
    """The note that this request has made, if it came before."""
    return db.session.scalars(select(Handover).where(Handover.request_id == request_id)).one_or_none()
