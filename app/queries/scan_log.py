"""The log of scans: which rows can still be taken back, and what stands beside a scan."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import CaseStep, Handover, Scan
from app.rules.verdicts import Situation

ABOUT: Final = (Situation.REPORTED, Situation.ATTENTION, Situation.MISSING)
"""Rows that say something about a scan that they stand beside."""
STANDS: Final = (Situation.LOST, Situation.UNDONE, *ABOUT)
"""Rows that are no scans to be taken back: a loss, what was taken back, and a report about a scan."""

_other = aliased(Scan)
IS_UNDONE: Final[ColumnElement[bool]] = select(_other.id).where(_other.undoes_id == Scan.id).exists()
"""True for a row that was taken back."""

MOVED_ELSEWHERE: Final = (
    select(_other.id).where(_other.beside_id == Scan.id, _other.situation.not_in(ABOUT)).exists()
)
MOVED_A_CASE: Final = select(CaseStep.id).where(CaseStep.request_id == Scan.uuid).exists()
"""True for the scan of a case that went, or came back."""
IS_WRITTEN_DOWN: Final = (
    select(Handover.id)
    .where(
        Handover.event_id == Scan.event_id,
        Handover.mode == Scan.mode,
        Handover.voided_at.is_(None),
        Handover.last_scan_id >= Scan.id,
    )
    .exists()
)
"""True for a row that stands on a delivery or return note: the movement is closed."""
NOTES_OTHER: Final = and_(
    Handover.event_id == _other.event_id,
    Handover.mode == _other.mode,
    Handover.voided_at.is_(None),
    Handover.last_scan_id >= _other.id,
)
IS_WRITTEN_DOWN_ELSEWHERE: Final = (
    select(_other.id)
    .join(Handover, NOTES_OTHER)
    .where(_other.beside_id == Scan.id, _other.change > 0)
    .exists()
)
"""True for a row that returned something for another event, which has written that down."""
TAKES_FROM_A_NOTE: Final = and_(
    Scan.change < 0,
    select(_other.id)
    .join(Handover, NOTES_OTHER)
    .where(_other.id == func.coalesce(Scan.undoes_id, Scan.beside_id))
    .exists(),
)
"""True for a row that says of what stands on a note that it did not move."""
IS_UNDOABLE: Final = and_(
    or_(Scan.change > 0, Scan.situation == Situation.PACKED, MOVED_ELSEWHERE, MOVED_A_CASE),
    Scan.situation.not_in(STANDS),
    ~IS_UNDONE,
    ~IS_WRITTEN_DOWN,
    ~IS_WRITTEN_DOWN_ELSEWHERE,
)
"""True for a row that did something, here or on another event, and can be taken back."""

BESIDE: Final = (
    select(Scan)
    .where(Scan.beside_id == bindparam("scan"), Scan.situation.not_in(ABOUT), ~IS_UNDONE)
    .order_by(Scan.id)
)
SAID_ABOUT: Final = select(func.coalesce(func.sum(Scan.quantity), 0)).where(
    Scan.beside_id == bindparam("scan"), Scan.situation.in_(bindparam("situations", expanding=True))
)


def beside(scan_id: int) -> Sequence[Scan]:
    """What a scan changed on other events and was not taken back, the first first."""
    return db.session.scalars(BESIDE, {"scan": scan_id}).all()


def pieces_about(scan_id: int, situations: Sequence[Situation]) -> int:
    """Of how many pieces of a scan one of these things was said."""
    return int(db.session.scalar(SAID_ABOUT, {"scan": scan_id, "situations": list(situations)}) or 0)


_whole = aliased(Scan)
WENT_WITH_A_CASE: Final = (
    select(_whole.id)
    .where(_whole.id == Scan.beside_id, _whole.product_id.is_(None), _whole.event_id == Scan.event_id)
    .exists()
)
"""True for a row that tells of one thing of many in a case: the row of the case stands for them in lists."""


def pieces_reported(scan_id: int) -> int:
    """How many pieces of a scan were reported as damaged before."""
    return pieces_about(scan_id, [Situation.REPORTED])


def is_undone(scan_id: int) -> bool:
    """True for a scan that was taken back."""
    return db.session.scalar(select(Scan.id).where(Scan.undoes_id == scan_id)) is not None
