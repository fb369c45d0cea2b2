"""The review of a count: every difference, what is proposed, what was decided, and who else has the thing."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import (
    KEEPS_OUT,
    Assignment,
    AssignmentState,
    CountAction,
    CountEntry,
    CountSession,
    Event,
    Location,
    Repair,
    Reservation,
)
from app.queries.count_lines import Line, all_lines
from app.rules.count_actions import Case, Decided, Proposal, propose

NO_PROPOSAL = Proposal("none")


@dataclass(frozen=True)
class Held:
    """What has an asset, or counted pieces that are not on their shelf: an event, or a repair."""

    word: str
    number: str
    event_id: int | None = None
    repair_id: int | None = None
    pieces: int = 1
    is_out: bool = False


@dataclass(frozen=True)
class Reviewed:
    """A line under review: how it stands, what is proposed and what is to be done about it."""

    line: Line
    proposal: Proposal
    held: Held | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.line, name)

    @property
    def action(self) -> CountAction:
        """What was decided, else what is proposed."""
        decided = self.line.row.action
        return CountAction(self.proposal.action) if decided is CountAction.NONE else decided

    @property
    def from_id(self) -> int | None:
        """Where a transfer takes it from."""
        return self.line.row.transfer_from_id or self.proposal.from_id

    @property
    def differs(self) -> bool:
        """True when something must be done, or left."""
        return self.line.finding.difference != 0

    @property
    def is_undecided(self) -> bool:
        """True when it cannot be posted so."""
        return self.differs and self.action in (CountAction.NONE, CountAction.RECOUNT)

    @property
    def decided(self) -> Decided:
        """For the rule that makes movements of it."""
        row = self.line.row
        return Decided(
            row.id, row.product_id, row.location_id, self.line.finding.difference,
            self.action.value, row.asset_id, self.from_id,
        )  # fmt: skip


@dataclass(frozen=True)
class Review:
    """All lines of a count under review, and what they come to."""

    lines: Sequence[Reviewed]

    @property
    def differences(self) -> list[Reviewed]:
        """The lines that differ."""
        return [line for line in self.lines if line.differs]

    @property
    def uncounted(self) -> list[Reviewed]:
        """The lines that nobody counted."""
        return [line for line in self.lines if line.seen is None]

    @property
    def counted(self) -> list[Reviewed]:
        """The lines that are judged: counted, or taken as not there."""
        return [line for line in self.lines if line.seen is not None]

    @property
    def undecided(self) -> list[Reviewed]:
        """The differences that keep the count from being posted."""
        return [line for line in self.lines if line.is_undecided]

    @property
    def recounts(self) -> list[Reviewed]:
        """The differences that are to be counted again."""
        return [line for line in self.differences if line.action is CountAction.RECOUNT]

    @property
    def right(self) -> int:
        """How many of the judged lines need nothing."""
        return sum(not line.differs for line in self.counted)

    @property
    def value_over(self) -> Decimal:
        """What was found too much, at average cost."""
        return sum((line.value for line in self.differences if line.value > 0), Decimal(0))

    @property
    def value_short(self) -> Decimal:
        """What is missing, at average cost, below zero."""
        return sum((line.value for line in self.differences if line.value < 0), Decimal(0))


def review_of(count: CountSession) -> Review:
    """The review as it stands now, in a constant number of statements."""
    lines = [line for line in all_lines(count) if not line.is_blank]
    differing = [line for line in lines if line.finding.difference]
    held = {**holders_of_assets(differing), **prepped_pieces(differing)}
    proposals = propose([case_of(line, held.get(line.id)) for line in differing])
    return Review([Reviewed(line, proposals.get(line.id, NO_PROPOSAL), held.get(line.id)) for line in lines])


def case_of(line: Line, held: Held | None) -> Case:
    """A difference as the rule judges it."""
    row, difference = line.row, line.finding.difference
    explains = held is not None and (row.asset_id is not None or -difference <= held.pieces)
    is_out = held is not None and held.is_out and difference > 0
    return Case(
        row.id, row.product_id, row.location_id, difference, row.asset_id, abs(line.value),
        is_unsure=line.finding.is_unsure, is_second_look=row.round > 1, booked_at=row.booked_at,
        is_held=explains and not is_out and difference < 0, is_out=is_out,
    )  # fmt: skip


def holders_of_assets(lines: Sequence[Line]) -> dict[int, Held]:
    """Line → the event that has prepped its asset or has it out, or the repair that it is in."""
    by_asset = {line.asset_id: line.id for line in lines if line.asset_id}
    events = (
        select(Assignment.asset_id, Assignment.state, Event.id, Event.number)
        .join(Event, Event.id == Assignment.event_id)
        .where(Assignment.asset_id.in_(by_asset))
        .where(Assignment.state.in_((AssignmentState.PREPPED, AssignmentState.OUT)))
    )
    repairs = select(Repair.asset_id, Repair.id, Repair.number).where(
        Repair.asset_id.in_(by_asset), KEEPS_OUT
    )
    if not by_asset:
        return {}
    found = {
        by_asset[row.asset_id]: Held("in repair", row.number, repair_id=row.id)
        for row in db.session.execute(repairs)
    }
    for row in db.session.execute(events):
        is_out = row.state is AssignmentState.OUT
        word = "out on" if is_out else "prepped for"
        found[by_asset[row.asset_id]] = Held(word, row.number, event_id=row.id, is_out=is_out)
    return found


def prepped_pieces(lines: Sequence[Line]) -> dict[int, Held]:
    """Line → the event for which the most pieces of a counted product are prepped: they stand by the door."""
    missing = [line for line in lines if not line.asset_id and line.finding.difference < 0]
    if not missing:
        return {}
    waiting = waiting_pieces({line.product_id for line in missing})
    places = [(line.id, (line.product_id, line.warehouse_id)) for line in missing]
    return {line_id: waiting[key] for line_id, key in places if key in waiting}


def waiting_pieces(product_ids: Collection[int]) -> dict[tuple[int, int], Held]:
    """(Product, warehouse) → the event with the most prepped pieces that have not left, and all such pieces."""
    waiting = Reservation.prepped_quantity - Reservation.out_quantity
    query = (
        select(
            Reservation.product_id, Reservation.warehouse_id, Event.id, Event.number, waiting.label("pieces")
        )
        .join(Event, Event.id == Reservation.event_id)
        .where(Reservation.product_id.in_(product_ids), Reservation.released_at.is_(None), waiting > 0)
        .order_by(waiting, Event.id)
    )
    total: dict[tuple[int, int], int] = defaultdict(int)
    found: dict[tuple[int, int], Held] = {}
    for row in db.session.execute(query):
        key = (row.product_id, row.warehouse_id)
        total[key] += row.pieces
        found[key] = Held("prepped for", row.number, event_id=row.id, pieces=total[key])
    return found


def place_names(place_ids: Collection[int]) -> dict[int, str]:
    """Place → its name."""
    query = select(Location.id, Location.name).where(Location.id.in_(set(place_ids)))
    return {row.id: row.name for row in db.session.execute(query)}


def people_of(count_id: int) -> set[int | None]:
    """Everybody who has counted anything of it, taken back or not."""
    query = select(CountEntry.by_id).where(CountEntry.count_id == count_id).distinct()
    return set(db.session.scalars(query))
