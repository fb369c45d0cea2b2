"""Moving an event's dates: first what it would do to each line, then the deed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import joinedload

from app.actors import Actor
from app.extensions import db
from app.models import Event, Product, PullLine, Reservation
from app.queries.availability import Holder, capacities
from app.queries.standings import claims_by_place, standings, worst_moment
from app.refusals import Refused
from app.rules.periods import Period, WorkingWeek
from app.services.activities import record
from app.services.event_phases import products_held
from app.services.events import Windows, refuse_finished, refuse_stale, refuse_windows
from app.services.line_windows import give_stay, move_assets, refuse_taken_assets, stay_of, stay_within
from app.services.overbookings import can_promise, lift_marks, set_mark
from app.services.pull_lines import lines_of, wish_of
from app.services.reservations import Overbooking, mark_overbooked, occupied, working_week
from app.transactions import lock


@dataclass(frozen=True)
class LineEffect:
    """What new dates do to one line: how many are missing before and after, and who has them."""

    line: PullLine
    product: Product
    claim: Reservation
    period: Period
    missing_before: int
    missing_after: int
    rivals: tuple[Holder, ...] = ()

    @property
    def becomes_short(self) -> bool:
        """True when more are missing than before."""
        return self.missing_after > self.missing_before

    @property
    def becomes_free(self) -> bool:
        """True when fewer are missing than before."""
        return self.missing_after < self.missing_before


def effect_of_dates(event: Event, windows: Windows) -> list[LineEffect]:
    """Each line under new dates, in a constant number of statements; nothing is written."""
    rows = lines_with_claims(event.id)
    if not rows:
        return []
    week, now = working_week(), datetime.now(UTC)
    periods = {claim.id: new_period(event, line, windows, week) for line, claim in rows}
    starts_at = min(period.starts_at for period in periods.values())
    ends_at = max(period.ends_at for period in periods.values())
    claims = [claim for _, claim in rows]
    product_ids = {claim.product_id for claim in claims}
    stock = capacities(product_ids)
    rivals = claims_by_place(product_ids, starts_at, ends_at, now)
    before = standings(claims, now)
    return [
        effect(line, claim, periods[claim.id], before[claim.id].missing, stock, rivals)
        for line, claim in rows
    ]


def lines_with_claims(event_id: int) -> Sequence[Row[PullLine, Reservation]]:
    """The lines of an event with their living claims and products."""
    query = (
        select(PullLine, Reservation)
        .join(Reservation, Reservation.line_id == PullLine.id)
        .where(PullLine.event_id == event_id, Reservation.released_at.is_(None))
        .options(joinedload(PullLine.product))
        .order_by(PullLine.position)
    )
    return db.session.execute(query).all()


def new_period(event: Event, line: PullLine, windows: Windows, week: WorkingWeek) -> Period:
    """The time that a line would claim; a time of its own stays as far as it is inside the event's."""
    stay = stay_within(stay_of(line), windows)
    wish = replace(
        wish_of(event, line),
        starts_at=stay.starts_at or windows.occupied_from,
        ends_at=stay.ends_at or windows.occupied_until,
    )
    return occupied(wish, line.product, week)


def effect(
    line: PullLine,
    claim: Reservation,
    period: Period,
    before: int,
    stock: dict[int, dict[int, int]],
    rivals: dict[tuple[int, int], list[Holder]],
) -> LineEffect:
    """One line: what all the other promises leave for it in its new period."""
    total = stock.get(claim.product_id, {}).get(claim.warehouse_id, 0)
    beside = rivals.get((claim.product_id, claim.warehouse_id), [])
    others = [
        rival
        for rival in beside
        if rival.reservation.id != claim.id
        and rival.claim.starts_at < period.ends_at
        and rival.claim.ends_at > period.starts_at
    ]
    still_wanted = claim.quantity - claim.returned_quantity
    missing = max(still_wanted - can_promise(claim, period, total, beside), 0)
    _, holding = worst_moment(total, others, period.starts_at, period.ends_at)
    return LineEffect(line, line.product, claim, period, before, missing, tuple(holding))


def change_dates(
    event: Event, windows: Windows, version: int, *, by: Actor, overbook: Overbooking | None = None
) -> list[LineEffect]:
    """Give an event other dates, its claims with it. Raises Stale, or Refused for what becomes short.

    With `overbook`, what becomes short is promised all the same and marked as such.
    """
    refuse_windows(windows)
    lock({Event: [event.id], Product: lambda: products_held(event.id)})
    refuse_stale(event, version)
    refuse_finished(event)
    effects = effect_of_dates(event, windows)
    refuse_short(effects, overbook)
    refuse_taken_assets(event.id, {effect.claim.id: effect.period for effect in effects})
    before = {name: getattr(event, name).isoformat() for name in vars(windows)}
    for name, value in vars(windows).items():
        setattr(event, name, value)
    event.version += 1
    for line in lines_of(event.id).values():  # those whose hold has expired, too: they are claimed again
        give_stay(line, event, stay_within(stay_of(line), event))
    move_claims(effects, overbook)
    product_ids = {effect.claim.product_id for effect in effects}
    lift_marks(product_ids, capacities(product_ids))
    after = {name: value.isoformat() for name, value in vars(windows).items()}
    record("event.dates_moved", event, by=by, before=before, after=after)
    tell_short(event, effects, by=by)
    return effects


def refuse_short(effects: Sequence[LineEffect], overbook: Overbooking | None) -> None:
    """Raises Refused naming the lines that would become short, unless somebody takes that decision."""
    worse = [effect for effect in effects if effect.missing_after > effect.claim.overbooked_quantity]
    if worse and overbook is None:
        names = ", ".join(f"{effect.missing_after} × {effect.product.name}" for effect in worse[:3])
        raise Refused(f"These dates leave you short: {names}. Choose others, or give a reason.", "reason")


def move_claims(effects: Sequence[LineEffect], overbook: Overbooking | None) -> None:
    """Write the new periods on claims and on the assets chosen for them."""
    for effect in effects:
        claim, short = effect.claim, min(effect.missing_after, effect.claim.quantity)
        if short > claim.overbooked_quantity and overbook:
            mark_overbooked(claim, short, overbook)
        else:
            set_mark(claim, short)
        claim.starts_at, claim.ends_at = effect.period.starts_at, effect.period.ends_at
    db.session.flush()
    move_assets({effect.claim.id: effect.period for effect in effects})


def tell_short(event: Event, effects: Sequence[LineEffect], *, by: Actor) -> None:
    """The inventory manager hears of what became short."""
    worse = {effect.product.name: effect.missing_after for effect in effects if effect.becomes_short}
    if worse:
        named = ", ".join(f"{missing} × {name}" for name, missing in worse.items())
        record("event.short", event, by=by, summary=f"The dates were moved: {named}", short=worse)


__all__ = ["LineEffect", "change_dates", "effect_of_dates"]
