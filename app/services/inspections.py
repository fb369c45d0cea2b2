"""Inspecting: answers are judged, kept for good with a certificate, and the thing's condition follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Condition, Inspection, InspectionType, Product, Repair, Tracking
from app.queries.inspection_content import inspection_content
from app.queries.inspections import failing, inspection_called, own, plan_for, today
from app.refusals import Refused
from app.rules.calendars import start_of_day
from app.rules.inspections import Judged, judged, next_due
from app.services.activities import record
from app.services.documents import order_document
from app.services.numbers import next_number
from app.services.repairs import Damage, open_repair
from app.transactions import lock

SERIES = "INS"
BOX = "answer-{}"
"""What the box of an answer is called."""


@dataclass(frozen=True)
class Answers:
    """What somebody found: an answer a question, in the order of the checklist; `version` is that of the
    checklist they read, where they know it. `inspected_on` is left out for today."""

    given: Sequence[str]
    version: int | None = None
    quantity: int = 1
    instrument: str = ""
    notes: str = ""
    photo_id: int | None = None
    inspected_on: date | None = None
    repair_id: int | None = None


class NotAnswered(Refused):
    """Answers that are missing or cannot be read, box by box."""

    def __init__(self, judgement: Judged) -> None:
        super().__init__("Please answer what is still open.")
        self.errors = {BOX.format(at): [text] for at, text in judgement.problems.items()}


def inspect(
    kind: InspectionType,
    product: Product,
    asset: Asset | None,
    answers: Answers,
    *,
    by: Actor,
    request_id: str,
) -> Inspection:
    """Keep what was found, passed or failed, and have its certificate printed.

    A failed asset needs attention from then on, and one that passes what it had failed is good again. The
    same request again gives the same inspection. Raises Refused, NotAnswered.
    """
    lock({Product: [product.id], Asset: [asset.id] if asset else []})
    if before := inspection_called(request_id):
        return before
    refuse_not_inspectable(kind, product, asset, answers)
    findings = judged(kind.questions, answers.given)
    if findings.passed is None or findings.problems:
        raise NotAnswered(findings)
    was_failing = bool(asset and failing(asset.id))
    row = write(kind, product, asset, answers, findings, request_id, by)
    if asset is not None:
        settle_condition(asset, was_failing=was_failing)
    organization = own()
    order_document(row, f"{row.number}.pdf", inspection_content(row, kind, product, asset, organization))
    verb = "inspection.passed" if row.passed else "inspection.failed"
    record(verb, row, by=by, label=name_of(row, kind, product, asset), asset_id=row.asset_id)
    return row


def refuse_not_inspectable(
    kind: InspectionType, product: Product, asset: Asset | None, answers: Answers
) -> None:
    """Raises Refused for what cannot be inspected so."""
    if kind.archived_at is not None:
        raise Refused(f"{kind.name} is out of use.", "type_id")
    if answers.version not in (None, kind.version):
        raise Refused("The checklist has changed meanwhile. Please look at the questions again.", "version")
    if asset is None and product.tracking is Tracking.SERIALIZED:
        raise Refused(f"{product.name} is followed piece by piece: scan the piece itself.", "code")
    if asset is None and answers.quantity > product.on_hand:
        raise Refused(f"There are only {product.on_hand} of them.", "quantity")
    if asset is not None and asset.retired_at is not None:
        raise Refused(f"{asset.tag} is retired.", "code")
    if answers.inspected_on and answers.inspected_on > today():
        raise Refused("This day is still to come.", "inspected_on")


def write(
    kind: InspectionType,
    product: Product,
    asset: Asset | None,
    answers: Answers,
    findings: Judged,
    request_id: str,
    by: Actor,
) -> Inspection:
    """The inspection itself, with the next number of the year."""
    now, plan = datetime.now(UTC), plan_for(product.id, kind.id)
    day = answers.inspected_on or today()
    row = Inspection(
        number=next_number(SERIES, today().year),
        type_id=kind.id,
        product_id=product.id,
        asset_id=asset.id if asset else None,
        quantity=1 if asset else answers.quantity,
        location_id=asset.location_id if asset else None,
        repair_id=repair_meant(answers.repair_id, product, asset),
        checklist=kind.checklist,
        answers=[one.answer for one in findings.findings],
        passed=bool(findings.passed),
        instrument=answers.instrument,
        notes=answers.notes,
        photo_id=answers.photo_id,
        inspected_on=day,
        inspected_at=min(now, start_of_day(day + timedelta(days=1), own().timezone)),
        next_due_on=next_due(day, plan.every_days if plan else None) if findings.passed else None,
        request_id=request_id,
        by_id=by.id,
        by_name=by.name,
        recorded_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def repair_meant(repair_id: int | None, product: Product, asset: Asset | None) -> int | None:
    """The repair that this is the test after. Raises Refused for a repair of something else."""
    if repair_id is None:
        return None
    repair = db.session.get(Repair, repair_id)
    if repair is None or (repair.product_id, repair.asset_id) != (product.id, asset.id if asset else None):
        raise Refused("This repair was of something else.", "repair_id")
    return repair.id


def settle_condition(asset: Asset, *, was_failing: bool) -> None:
    """What failed needs attention; what has now passed all that it had failed is good again.

    What is damaged, or needs attention for another reason, stays as it is.
    """
    is_failing = bool(failing(asset.id))
    if is_failing and asset.condition is Condition.GOOD:
        asset.condition = Condition.NEEDS_ATTENTION
    if was_failing and not is_failing and asset.condition is Condition.NEEDS_ATTENTION:
        asset.condition = Condition.GOOD
    db.session.flush()


def void_inspection(row: Inspection, reason: str, *, by: Actor) -> Inspection:
    """Let a mistaken inspection count no more; the one before it decides again. Voided twice is once.

    Raises Refused without a reason.
    """
    lock({Inspection: [row.id], Product: [row.product_id], Asset: [row.asset_id] if row.asset_id else []})
    if not row.stands:
        return row
    if not reason.strip():
        raise Refused("Please say why.", "reason")
    was_failing = bool(row.asset_id and failing(row.asset_id))
    row.voided_at, row.voided_reason = datetime.now(UTC), reason.strip()
    db.session.flush()
    if row.asset_id:
        settle_condition(db.session.get_one(Asset, row.asset_id), was_failing=was_failing)
    record("inspection.voided", row, by=by, label=row.number, reason=row.voided_reason, asset_id=row.asset_id)
    return row


def repair_failed(row: Inspection, *, by: Actor) -> Repair:
    """Open a repair for what has failed, with what was wrong as its note. Raises Refused."""
    if row.passed or not row.stands:
        raise Refused(f"{row.number} did not fail.")
    product = db.session.get_one(Product, row.product_id)
    asset = db.session.get_one(Asset, row.asset_id) if row.asset_id else None
    kind = db.session.get_one(InspectionType, row.type_id)
    wrong = "; ".join(one.said for one in row.judged.bad)
    damage = Damage(f"{kind.name} failed ({row.number}): {wrong}", photo_id=row.photo_id)
    return open_repair(product, asset, row.quantity, damage, by=by)


def name_of(row: Inspection, kind: InspectionType, product: Product, asset: Asset | None) -> str:
    """Number, sort and thing."""
    thing = f"{product.name} {asset.tag}" if asset else f"{row.quantity} × {product.name}"
    return f"{row.number} · {kind.code} · {thing}"


__all__ = ["Answers", "NotAnswered", "inspect", "repair_failed", "void_inspection"]
