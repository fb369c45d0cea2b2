"""Letting a case stand as before a scan: its place, its event, its seal, and the same of the cases inside it."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.actors import Actor
from app.extensions import db
from app.models import (
    Case,
    CaseState,
    CaseStep,
    Location,
    Scan,
    StepKind,
    StockTransaction,
    TransactionKind,
)
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.case_locks import boxed
from app.services.case_seals import settle_seals
from app.services.case_steps import is_taken_back, last_step, step_called, write_step
from app.services.ledger import LONGEST_DEED, Cause, Movement, post
from app.services.locations import hang


def places_moved(row: Scan) -> set[int]:
    """The case that a scan moved, with those inside it, to be locked."""
    step = step_called(row.uuid) if row.product_id is None else None
    place = db.session.scalar(select(Case.location_id).where(Case.id == step.case_id)) if step else None
    return boxed([place]).get(Location, set()) if place else set()


def step_back(step: CaseStep, request_id: str, by: Actor) -> None:
    """Let the case and those inside it stand as before a step. Raises Refused when something happened to it since."""
    case = db.session.get_one(Case, step.case_id)
    place = db.session.get_one(Location, case.location_id)
    last = last_step(case)
    if last is None or last.id != step.id or is_taken_back(step):
        raise Refused(f"Something happened to {place.name} since: that must be taken back first.", "code")
    pour_back(step, by)
    cases = {row.id: row for row in cases_of(step)}
    for case_id, (state, event_id, sealed_at) in kept(step).items():
        restore(cases[case_id], state, event_id, sealed_at)
    db.session.flush()
    parent = step.before.get("parent")
    if parent and parent != place.parent_id:
        hang(place, db.session.get_one(Location, parent), by=by)
    sealed = [one for one in cases.values() if one.is_sealed]
    settle_seals(sealed, by=by, excused=f"{place.name} stayed sealed")
    write_step(
        case,
        StepKind.UNDONE,
        by=by,
        from_id=step.to_id,
        to_id=parent,
        request_id=request_id,
        undoes_id=step.id,
    )


def cases_of(step: CaseStep) -> Sequence[Case]:
    """The cases that a step moved: one, and those inside it."""
    return db.session.scalars(select(Case).where(Case.id.in_(kept(step))).order_by(Case.id)).all()


def kept(step: CaseStep) -> dict[int, list[Any]]:
    """Case → how it stood."""
    return {int(case_id): stood for case_id, stood in step.before.get("cases", {}).items()}


def restore(case: Case, state: str, event_id: int | None, sealed_at: str | None) -> None:
    """One case as it stood."""
    case.state, case.event_id, case.verify_since = CaseState(state), event_id, None
    case.sealed_at = datetime.fromisoformat(sealed_at).astimezone(UTC) if sealed_at else None


def pour_back(step: CaseStep, by: Actor) -> None:
    """What a packing container was emptied of when it came back lies in it again, but for what was not in it."""
    query = select(StockTransaction).where(
        StockTransaction.request_id == step.request_id,
        StockTransaction.recorded_at >= step.happened_at - LONGEST_DEED,
        StockTransaction.recorded_at < step.happened_at + LONGEST_DEED,
    )
    absent, movements = absent_from(step), []
    for row in db.session.scalars(query.order_by(StockTransaction.id)):
        gone = min(absent[row.product_id, row.asset_id], row.quantity)
        absent[row.product_id, row.asset_id] -= gone
        if pieces := row.quantity - gone:
            movements.append(Movement(row.product_id, pieces, row.asset_id, row.to_id, row.from_id))
    if movements and step.kind is StepKind.BACK:
        cause = Cause(by, "event", request_id=f"{step.request_id}/undone", is_kept=True)
        post(TransactionKind.TRANSFER, movements, cause)


_whole, _thing = aliased(Scan), aliased(Scan)


def absent_from(step: CaseStep) -> Counter[tuple[int | None, int | None]]:
    """(product, asset) → how many of what came back in a case were found not to be there."""
    query = (
        select(Scan.product_id, Scan.asset_id, Scan.quantity)
        .join(_thing, _thing.id == Scan.beside_id)
        .join(_whole, _whole.id == _thing.beside_id)
        .where(_whole.uuid == step.request_id, Scan.situation == Situation.MISSING)
    )
    found: Counter[tuple[int | None, int | None]] = Counter()
    for product_id, asset_id, pieces in db.session.execute(query):
        found[product_id, asset_id] += pieces
    return found
