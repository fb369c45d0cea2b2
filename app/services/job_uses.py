"""Using parts on a job: the issue is posted by itself, at the cost of that moment; and taking a mistake back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Job, JobPart, JobPartState, JobState, StockTransaction, TransactionKind
from app.queries.availability import single_availability
from app.refusals import NotFound, Refused
from app.rules.periods import OPEN_END
from app.services.job_claims import bring_state, claims_of_parts, free_for
from app.services.job_costs import count_cost, keep_cost
from app.services.job_locks import lock_part, name_of_part, refuse_over
from app.services.job_parts import put_back, tell
from app.services.ledger import Cause, Movement, post, posted_before
from app.services.picking import from_places
from app.services.reservations import change, use_up
from app.services.reversals import reverse
from app.services.rooms import settle_claims


@dataclass(frozen=True)
class Use:
    """How many were used where, and whether what is left stays set aside.

    `is_total` says that the quantity counts all that was ever used of the part, not only what is used now.
    """

    quantity: int
    location_used: str = ""
    notes: str = ""
    keeps_rest: bool = False
    is_total: bool = False
    happened_at: datetime | None = None


def use_part(part: JobPart, use: Use, *, by: Actor, request_id: str = "") -> JobPart:
    """Mark pieces as used: they leave stock, and what is left of the part is returned unless it is kept.

    More than was set aside comes from free stock only. The same request again changes nothing. Raises Refused.
    """
    job = lock_part(part)
    if request_id and posted_before(request_id):
        return part
    refuse_over(job)
    if part.state is JobPartState.CANCELLED:
        raise Refused(f"{name_of_part(part)} was taken off this job.", "quantity")
    if pieces := pieces_now(part, use):
        take_pieces(job, part, pieces, use, by=by, request_id=request_id or str(uuid.uuid4()))
    finish_use(job, part, use)
    if pieces:
        tell(job, part, "job_part.used", pieces, by=by)
        settle_claims([part.product_id], job.warehouse_id, by=by, reason=f"used on {job.number}")
    return part


def pieces_now(part: JobPart, use: Use) -> int:
    """How many are used now. Raises Refused when less was used in all than is known."""
    pieces = use.quantity - part.quantity_used if use.is_total else use.quantity
    if pieces < 0:
        raise Refused(
            f"{part.quantity_used} of {name_of_part(part)} were used already: take a mistaken use back.",
            "quantity",
        )
    return pieces


def take_pieces(job: Job, part: JobPart, pieces: int, use: Use, *, by: Actor, request_id: str) -> None:
    """From the claim first, the rest from free stock; all of it out of the ledger."""
    claimed = min(pieces, part.left)
    refuse_more_than_free(part, pieces, job)
    if claimed:
        use_up(claims_of_parts([part.id])[part.id], claimed)
    part.quantity_allocated += pieces - claimed
    movements = movements_of(part, job.warehouse_id, pieces)
    cause = Cause(
        by, "job", job.number, job.event_id, notes=use.notes, happened_at=use.happened_at, request_id=request_id,
        is_new=True,
    )  # fmt: skip
    post(TransactionKind.ISSUE, movements, cause)


def refuse_more_than_free(part: JobPart, quantity: int, job: Job) -> None:
    """Raises Refused, saying what there is, when more are used than are set aside or free from now on."""
    if quantity <= part.left:
        return
    found = single_availability([part.product_id], job.warehouse_id, datetime.now(UTC), OPEN_END)
    free = max(found[part.product_id].free, 0)
    if quantity > part.left + free:
        raise Refused(
            f"{name_of_part(part)}: {part.left} allocated and {free} more free, not {quantity}.", "quantity"
        )


def movements_of(part: JobPart, warehouse_id: int, quantity: int) -> list[Movement]:
    """From the fullest shelves. Raises Refused when there are not enough on them."""
    places = from_places(part.product_id, warehouse_id, quantity)
    found = sum(pieces for _, pieces in places)
    if found < quantity:
        raise Refused(f"Only {found} of {name_of_part(part)} are on the shelves.", "quantity")
    return [Movement(part.product_id, pieces, from_id=place, job_part_id=part.id) for place, pieces in places]


def finish_use(job: Job, part: JobPart, use: Use) -> None:
    """The part's numbers, its cost, and what becomes of the rest; the job is under way."""
    count_cost(part)
    part.used_at = use.happened_at or part.used_at or datetime.now(UTC)
    part.location_used = use.location_used or part.location_used
    part.notes = use.notes or part.notes
    part.version += 1
    if not use.keeps_rest and part.left:
        put_back(part, part.left)
    bring_state(part)
    if job.state is JobState.PLANNED:
        job.state = JobState.UNDER_WAY
    db.session.flush()
    keep_cost(job)


def uses_of(part_id: int, request_id: str) -> list[StockTransaction]:
    """The issues of one use. Raises NotFound."""
    query = select(StockTransaction).where(
        StockTransaction.job_part_id == part_id,
        StockTransaction.request_id == request_id,
        StockTransaction.kind == TransactionKind.ISSUE,
    )
    rows = list(db.session.scalars(query.order_by(StockTransaction.id)))
    if not rows:
        raise NotFound("This part was not used like that.")
    return rows


def take_back(
    part: JobPart, used: Sequence[StockTransaction], reason: str, *, by: Actor, request_id: str
) -> int:
    """A use was a mistake: the pieces are back where they came from, and set aside again as far as they are free.

    How many. The same request again changes nothing. Raises Refused without a reason, or the second time.
    """
    job = lock_part(part)
    before = part.quantity_used
    reverse(used, reason, by=by, request_id=request_id)
    count_cost(part)
    pieces = before - part.quantity_used
    if not pieces:
        return 0
    part.quantity_allocated -= pieces
    part.version += 1
    settle_claims([part.product_id], job.warehouse_id, by=by, reason=f"taken back from {job.number}")
    set_aside_again(job, part, pieces)
    bring_state(part)
    db.session.flush()
    keep_cost(job)
    tell(job, part, "job_part.taken_back", pieces, by=by, reason=reason)
    return pieces


def set_aside_again(job: Job, part: JobPart, pieces: int) -> None:
    """What came back belongs to the part again while its job is open, as far as nobody else was promised it."""
    claim = claims_of_parts([part.id]).get(part.id)
    again = min(pieces, max(free_for(job, [part.product_id])[part.product_id], 0)) if job.is_open else 0
    if again and claim is not None:
        change(claim, quantity=claim.quantity + again)
        part.quantity_allocated += again
