"""The steps of a case: written with every move, seal and event, never edited, taken back by another step."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.actors import Actor
from app.extensions import db
from app.models import Case, CaseStep, Event, Location, Scan, StepKind


def write_step(
    case: Case,
    kind: StepKind,
    *,
    by: Actor,
    from_id: int | None = None,
    to_id: int | None = None,
    event: Event | None = None,
    note: str = "",
    before: dict[str, Any] | None = None,
    request_id: str | None = None,
    undoes_id: int | None = None,
) -> CaseStep:
    """Keep what happened to a case. The caller has locked its location."""
    step = CaseStep(
        case_id=case.id, kind=kind, from_id=from_id, to_id=to_id, event_id=event.id if event else None, note=note,
        before=before or {}, request_id=request_id or None, undoes_id=undoes_id, by_id=by.id, by_name=by.name,
        happened_at=datetime.now(UTC),
    )  # fmt: skip
    db.session.add(step)
    db.session.flush()
    return step


def standing_of(cases: Iterable[Case], place: Location) -> dict[str, Any]:
    """How a case and those inside it stand now, so that a step can be taken back as a whole."""
    kept = {str(case.id): [case.state.value, case.event_id, moment(case.sealed_at)] for case in cases}
    return {"cases": kept, "parent": place.parent_id}


def moment(at: datetime | None) -> str | None:
    """An instant as plain text."""
    return at.isoformat() if at else None


def step_called(request_id: str) -> CaseStep | None:
    """The step that this request made, if it came before."""
    if not request_id:
        return None
    return db.session.scalars(select(CaseStep).where(CaseStep.request_id == request_id)).one_or_none()


def return_step(row: Scan) -> CaseStep | None:
    """The step of the case that a thing came back in; nothing for what was scanned by itself."""
    whole = db.session.get(Scan, row.beside_id) if row.beside_id else None
    if whole is None or whole.product_id is not None:
        return None
    step = step_called(whole.uuid) or step_called(f"{whole.uuid}/there")
    return step if step and step.kind is StepKind.BACK and step.event_id == row.event_id else None


def is_taken_back(step: CaseStep) -> bool:
    """True for a step that was taken back."""
    return db.session.scalar(select(CaseStep.id).where(CaseStep.undoes_id == step.id)) is not None


def last_step(case: Case) -> CaseStep | None:
    """What happened to a case last and still stands."""
    back = aliased(CaseStep)
    query = select(CaseStep).where(
        CaseStep.case_id == case.id,
        CaseStep.kind != StepKind.UNDONE,
        ~select(back.id).where(back.undoes_id == CaseStep.id).exists(),
    )
    return db.session.scalars(query.order_by(CaseStep.id.desc()).limit(1)).one_or_none()
