"""What jobs set aside: the claims of their parts, made, moved and given up. The caller holds the locks.

Parts are used up: their claim begins with the job, and no end of it is known. So two jobs never count on
the same screws, and nobody else takes them while a job runs late.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.finding import at_hand
from app.models import Job, JobPart, JobPartState, Product, Reservation, ReservationKind
from app.queries.availability import single_availability
from app.refusals import Refused
from app.rules.periods import OPEN_END
from app.services.reservations import Wish, change, reserve


@dataclass(frozen=True)
class Short:
    """A part of which not all could be set aside: so many are missing."""

    part: JobPart
    name: str
    missing: int
    free: int

    @property
    def sentence(self) -> str:
        """The same in words."""
        return f"{self.missing} × {self.name} short"


def claims_of_parts(part_ids: Collection[int]) -> dict[int, Reservation]:
    """The claims of parts, by part."""
    rows = db.session.scalars(select(Reservation).where(Reservation.job_part_id.in_(part_ids)))
    return {row.job_part_id: row for row in rows if row.job_part_id is not None}


def claim_from(job: Job) -> datetime:
    """When the parts of a job are needed: from its start, or from now when that is over."""
    return max(job.starts_at, datetime.now(UTC))


def free_for(job: Job, product_ids: Collection[int], without: Collection[int] = ()) -> dict[int, int]:
    """How many of each product nobody else has claimed, from when the job needs it on."""
    if not product_ids:
        return {}
    found = single_availability(
        product_ids, job.warehouse_id, claim_from(job), OPEN_END, without_claims=without
    )
    return {product_id: answer.free for product_id, answer in found.items()}


def allocate_parts(job: Job, parts: Sequence[JobPart], *, by: Actor) -> list[Short]:
    """Set aside what is free of all that these parts still miss; what is short is named."""
    wanted = [part for part in parts if part.missing]
    names = at_hand(Product, {part.product_id for part in wanted})
    left = free_for(job, {part.product_id for part in wanted})
    taken, short = [], []
    for part in wanted:
        free = max(left[part.product_id], 0)
        pieces = min(free, part.missing)
        left[part.product_id] -= pieces
        if pieces < part.missing:
            short.append(Short(part, names[part.product_id].name, part.missing - pieces, free))
        if pieces:
            taken.append((part, pieces))
    claim_pieces(job, taken, by=by)
    return short


def claim_pieces(job: Job, taken: Sequence[tuple[JobPart, int]], *, by: Actor) -> None:
    """Claim so many more for each part. Raises Refused naming a product of which they are not free."""
    claims = claims_of_parts([part.id for part, _ in taken])
    starts_at = claim_from(job)
    new = [(part, pieces) for part, pieces in taken if part.id not in claims]
    reserve([wish(job, part, pieces, starts_at) for part, pieces in new], by=by)
    for part, pieces in taken:
        if claim := claims.get(part.id):
            held = 0 if claim.released_at else claim.quantity
            change(claim, quantity=held + pieces, starts_at=starts_at, ends_at=OPEN_END)
        part.quantity_allocated += pieces
        bring_state(part)
    db.session.flush()


def wish(job: Job, part: JobPart, pieces: int, starts_at: datetime) -> Wish:
    """The claim of a part."""
    return Wish(
        part.product_id, job.warehouse_id, pieces, starts_at, OPEN_END,
        kind=ReservationKind.JOB, job_part_id=part.id,
    )  # fmt: skip


def bring_state(part: JobPart) -> None:
    """What its numbers say of a part. One that was cancelled stays so."""
    if part.state is JobPartState.CANCELLED:
        return
    if part.left:
        part.state = JobPartState.ALLOCATED
    elif part.quantity_used:
        part.state = JobPartState.USED
    else:
        part.state = JobPartState.RETURNED if part.quantity_returned else JobPartState.PLANNED


def free_pieces(part: JobPart, pieces: int) -> None:
    """So many of a part's claim are free for others at once. The part's own numbers are the caller's."""
    claim = claims_of_parts([part.id]).get(part.id)
    if pieces and claim is not None:
        change(claim, quantity=claim.quantity - pieces)


def give_up(part: JobPart, pieces: int | None = None) -> int:
    """Take back what was set aside, or so many of it, as if it never had been; how many."""
    given = part.left if pieces is None else pieces
    free_pieces(part, given)
    part.quantity_allocated -= given
    bring_state(part)
    db.session.flush()
    return given


def move_claims(job: Job, parts: Sequence[JobPart], *, by: Actor) -> list[Short]:
    """Let the claims begin when the job does now; what is not free then is given up, and named."""
    held = [part for part in parts if part.left]
    claims = claims_of_parts([part.id for part in held])
    names = at_hand(Product, {part.product_id for part in held})
    left = free_for(job, {part.product_id for part in held}, without=[row.id for row in claims.values()])
    short = []
    for part in held:
        free, was_set_aside = max(left[part.product_id], 0), part.left
        pieces = min(free, was_set_aside)
        left[part.product_id] -= pieces
        move_claim(claims[part.id], pieces, claim_from(job))
        part.quantity_allocated -= was_set_aside - pieces
        bring_state(part)
        if pieces < was_set_aside:
            short.append(Short(part, names[part.product_id].name, was_set_aside - pieces, free))
    db.session.flush()
    return short


def move_claim(claim: Reservation, pieces: int, starts_at: datetime) -> None:
    """Fewer pieces first, where they are fewer, then the other time: so no moment promises too many."""
    if pieces < claim.quantity:
        change(claim, quantity=pieces)
    change(claim, starts_at=starts_at, ends_at=OPEN_END)


def refuse_short(short: Sequence[Short]) -> None:
    """Raises Refused, naming what is missing."""
    if short:
        raise Refused("; ".join(f"{one.sentence} ({one.free} free)" for one in short) + ".", "quantity")


__all__ = [
    "Short", "allocate_parts", "bring_state", "claim_from", "claim_pieces", "claims_of_parts", "free_for",
    "free_pieces", "give_up", "move_claims", "refuse_short",
]  # fmt: skip
