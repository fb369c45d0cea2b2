"""The cases that left, or came back, in the time of a note: whoever drives signs for them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Case, CaseStep, Handover, Location, Scan, ScanMode, StepKind
from app.queries.cases import Inside, insides
from app.queries.handovers import Span
from app.queries.rows import AnyRow
from app.queries.scan_log import IS_WRITTEN_DOWN
from app.rules.case_contents import NO_WEIGHT, Weight

WAY: Final = {ScanMode.OUT: StepKind.OUT, ScanMode.IN: StepKind.BACK}
KEPT_AS: Final = "case-"
"""How a note tells a case from a product among what moved."""


@dataclass(frozen=True)
class NotedCase:
    """A case as the note lists it, with all that is in it; `around` is the listed case that it is in, if any."""

    id: int
    code: str
    name: str
    is_sealed: bool
    dissolves: bool
    around: str
    depth: int
    inside: Inside


_whole, _back = aliased(Scan), aliased(CaseStep)
IS_TAKEN_BACK: Final = select(_back.id).where(_back.undoes_id == CaseStep.id).exists()


def noted_cases(span: Span) -> list[NotedCase]:
    """The cases that moved one way in a span and not straight back, each after the one that it is in."""
    return listed_cases(cases_moved(span))


def cases_moved(span: Span) -> set[int]:
    """Their ids, with those inside them: one statement."""
    last: dict[str, StepKind] = {}
    for kind, before in db.session.execute(steps_in(span)):
        last |= dict.fromkeys(before.get("cases", {}), kind)
    return {int(case_id) for case_id, kind in last.items() if kind is WAY[span.mode]}


def steps_in(span: Span) -> Any:
    """The steps that scans of a span made, in their order; what stands on a note of the other way is no way back."""
    other = ScanMode.IN if span.mode is ScanMode.OUT else ScanMode.OUT
    counts = and_(span.of_all_modes, or_(Scan.mode == span.mode, and_(Scan.mode == other, ~IS_WRITTEN_DOWN)))
    here = select(Scan.uuid).where(counts, Scan.product_id.is_(None))
    from_elsewhere = select(_whole.uuid + "/there").join(Scan, Scan.beside_id == _whole.id).where(counts)
    return (
        select(CaseStep.kind, CaseStep.before)
        .where(
            or_(CaseStep.request_id.in_(here), CaseStep.request_id.in_(from_elsewhere)),
            CaseStep.event_id == span.event_id,
            CaseStep.kind.in_(WAY.values()),
            ~IS_TAKEN_BACK,
        )
        .order_by(CaseStep.id)
    )


CASES: Final = (
    select(
        Case.id, Case.location_id, Location.code, Location.name, Case.sealed_at, Case.dissolves, Location.parent_id
    )
    .join(Location, Location.id == Case.location_id)
    .where(Case.id.in_(bindparam("cases", expanding=True)))
    .order_by(Location.code, Case.id)
)  # fmt: skip


def listed_cases(case_ids: Collection[int]) -> list[NotedCase]:
    """Cases with all that is in them, each after the one that it is in: four statements."""
    rows = db.session.execute(CASES, {"cases": sorted(case_ids)}).all() if case_ids else []
    held = insides([row.location_id for row in rows]) if rows else {}
    places = {row.location_id for row in rows}
    within: dict[int, list[AnyRow]] = {}
    for row in rows:
        within.setdefault(row.parent_id if row.parent_id in places else 0, []).append(row)
    return list(in_turn(within, held, 0, "", 0))


def in_turn(
    within: Mapping[int, Sequence[AnyRow]], held: Mapping[int, Inside], around: int, code: str, depth: int
) -> Iterable[NotedCase]:
    """The cases in a place, each followed by those inside it."""
    for row in within.get(around, ()):
        inside, is_sealed = held[row.location_id], row.sealed_at is not None
        yield NotedCase(row.id, row.code, row.name, is_sealed, row.dissolves, code, depth, inside)
        yield from in_turn(within, held, row.location_id, row.code, depth + 1)


def weight_together(cases: Iterable[NotedCase]) -> Weight:
    """What cases weigh with all that is in them; one that is in another is weighed with that."""
    return sum((one.inside.weight for one in cases if not one.depth), start=NO_WEIGHT)


class CaseThen(NamedTuple):
    """A case on a note that was written: its names as they are now, the pieces as they were."""

    id: int
    code: str
    name: str
    pieces: int


def as_kept(cases: Iterable[NotedCase]) -> dict[str, int]:
    """What a note keeps of its cases."""
    return {f"{KEPT_AS}{one.id}": one.inside.pieces for one in cases}


def cases_on_note(row: Handover) -> list[CaseThen]:
    """The cases on a note, by code, as it was written: one statement."""
    kept = {
        int(key.removeprefix(KEPT_AS)): pieces for key, pieces in row.moved.items() if key.startswith(KEPT_AS)
    }
    found = db.session.execute(CASES, {"cases": sorted(kept)}) if kept else ()
    return [CaseThen(case.id, case.code, case.name, kept[case.id]) for case in found]
