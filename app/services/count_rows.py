"""What is counted, row by row: each reading is a row that is never edited; what a line holds is their sum.

So several people count at once and nobody overwrites anybody. What is taken back is a row too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Asset, CountEntry, CountLine, CountSession, CountState, Product
from app.permissions import Permission
from app.queries.count_lines import tallies_of
from app.refusals import Refused
from app.rules.count_verdicts import KEPT, TABLE
from app.rules.count_verdicts import CountSituation as S
from app.rules.verdicts import Judgement
from app.services.counts import refuse_unless
from app.transactions import lock


@dataclass(frozen=True)
class Said:
    """What a device or a person says: a code, read in a place; or so many of a line."""

    uuid: str
    code: str = ""
    line_id: int | None = None
    quantity: int | None = None
    location_id: int | None = None
    counted_at: datetime | None = None


@dataclass(frozen=True)
class CountAnswer:
    """What the person sees and hears. `counted` is what the line holds now, `keep` what stays in the field."""

    situation: S
    message: str
    code: str = ""
    entry_id: int | None = None
    line_id: int | None = None
    location_id: int | None = None
    counted: int | None = None
    keep: str = ""
    asset_id: int | None = None
    event_id: int | None = None

    @property
    def judgement(self) -> Judgement:
        """Colour, tone, icon and word."""
        return TABLE[self.situation]

    @property
    def is_kept(self) -> bool:
        """True when something was counted by it."""
        return self.situation in KEPT


def no(situation: S, message: str, said: Said, keep: str | None = None) -> CountAnswer:
    """Nothing was counted; the code stays in the field."""
    kept = said.code if keep is None else keep
    return CountAnswer(situation, message, said.code, location_id=said.location_id, keep=kept)


def entry_of(uuid: str) -> CountEntry | None:
    """What came under this id before."""
    return db.session.scalars(select(CountEntry).where(CountEntry.uuid == uuid)).one_or_none()


def answered(entry: CountEntry) -> CountAnswer:
    """The answer to what was counted already."""
    line = db.session.get_one(CountLine, entry.line_id)
    situation = S.UNDONE if entry.takes_back_id else S.COUNTED
    return CountAnswer(
        situation, "This was counted already: once.", entry.raw_code, entry.id, line.id, line.location_id,
        held(line),
    )  # fmt: skip


def held(line: CountLine) -> int:
    """What people have counted on a line in its round."""
    db.session.flush()
    tally = tallies_of(line.count_id, [line.id]).get(line.id)
    return tally.seen.quantity if tally else 0


def write_entry(
    line: CountLine,
    quantity: int,
    said: Said,
    by: Actor,
    session: CountSession,
    takes_back_id: int | None = None,
) -> CountEntry:
    """One row: so many, at the moment that the device says, but not before the count began or after now."""
    now = datetime.now(UTC)
    entry = CountEntry(
        count_id=line.count_id, line_id=line.id, uuid=said.uuid, quantity=quantity, raw_code=said.code,
        round=line.round,
        takes_back_id=takes_back_id, by_id=by.id, by_name=by.name, recorded_at=now,
        counted_at=max(min(said.counted_at or now, now), session.started_at),
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    return entry


def standing_entries(session: CountSession, line_ids: list[int]) -> list[CountEntry]:
    """The entries of these lines that have not been taken back."""
    undone = select(CountEntry.takes_back_id).where(
        CountEntry.count_id == session.id, CountEntry.takes_back_id.is_not(None)
    )
    query = select(CountEntry).where(
        CountEntry.line_id.in_(line_ids), CountEntry.takes_back_id.is_(None), CountEntry.id.not_in(undone)
    )
    return list(db.session.scalars(query))


def last_of(session: CountSession, by: Actor) -> CountEntry | None:
    """What this person counted last and did not take back."""
    undone = select(CountEntry.takes_back_id).where(
        CountEntry.count_id == session.id, CountEntry.takes_back_id.is_not(None)
    )
    query = (
        select(CountEntry)
        .join(CountLine, CountLine.id == CountEntry.line_id)
        .where(
            CountEntry.count_id == session.id, CountEntry.by_id == by.id, CountEntry.takes_back_id.is_(None),
            CountEntry.id.not_in(undone), CountEntry.round == CountLine.round,
            CountLine.round == session.round,
        )
    )  # fmt: skip
    return db.session.scalars(query.order_by(CountEntry.id.desc()).limit(1)).one_or_none()


def take_back(session: CountSession, entry: CountEntry, uuid: str, *, by: Actor) -> CountAnswer:
    """Take one entry back: one's own, or anybody's for who runs the count. Raises Refused."""
    lock({CountSession: [session.id]})
    if earlier := entry_of(uuid):
        return answered(earlier)
    refuse_unless(session, CountState.COUNTING)
    if entry.by_id != by.id and not by.may(Permission.COUNTS_MANAGE):
        raise Refused(f"{entry.by_name} counted this: only they can take it back.")
    return take_back_in(session, entry, uuid, by)


def take_back_in(session: CountSession, entry: CountEntry, uuid: str, by: Actor) -> CountAnswer:
    """The same, with the count locked. Raises Refused for what does not count any more."""
    line = db.session.get_one(CountLine, entry.line_id)
    if entry.takes_back_id or entry.round != session.round:
        raise Refused("This does not count any more.")
    if entry.id not in {one.id for one in standing_entries(session, [line.id])}:
        raise Refused("This was taken back already.")
    undo_row(session, entry, uuid, by)
    product = db.session.get_one(Product, line.product_id)
    asset = db.session.get(Asset, line.asset_id) if line.asset_id else None
    name = asset.tag if asset else f"{entry.quantity} × {product.name}"
    return CountAnswer(S.UNDONE, f"{name}: taken back.", entry.raw_code, None, line.id, None, held(line))


def undo_row(session: CountSession, entry: CountEntry, uuid: str, by: Actor) -> None:
    """The row that takes another back."""
    line = db.session.get_one(CountLine, entry.line_id)
    write_entry(line, -entry.quantity, Said(uuid, entry.raw_code), by, session, takes_back_id=entry.id)
