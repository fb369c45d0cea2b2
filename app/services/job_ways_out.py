"""The ways out when a part of a job is short: something else, or buying it. (The third is another time.)"""

from app.actors import Actor
from app.extensions import db
from app.models import Job, JobPart, JobPartState, Product, PurchaseOrder
from app.refusals import Refused
from app.rules.money import ZERO
from app.services.job_claims import bring_state, claim_pieces
from app.services.job_locks import lock_part, name_of_part, parts_of, refuse_over
from app.services.job_parts import PartWanted, refuse_unfree, tell, write_part
from app.services.job_products import refuse_unusable
from app.services.purchase_orders import ask_for, draft_locks
from app.transactions import lock


def substitute_part(part: JobPart, product: Product, quantity: int, *, by: Actor) -> JobPart:
    """Let another product stand in for so many pieces: set aside at once, and both stay on record.

    Raises Refused for more than are missing, or when it is not free.
    """
    if product.id == part.product_id:
        raise Refused("Choose another product.", "product_id")
    job = lock_part(part, product.id)
    refuse_over(job)
    refuse_more_than_missing(part, quantity)
    refuse_unusable(product, "product_id")
    stand_in = write_part(
        job, PartWanted(product.id, quantity, buffer_percent=ZERO, notes=f"in place of {name_of_part(part)}")
    )
    stand_in.in_place_of_id = part.id
    refuse_unfree(job, stand_in, quantity)
    claim_pieces(job, [(stand_in, quantity)], by=by)
    plan_fewer(part, quantity)
    tell(job, stand_in, "job_part.substituted", quantity, by=by, reason=f"in place of {name_of_part(part)}")
    return stand_in


def refuse_more_than_missing(part: JobPart, quantity: int) -> None:
    """Raises Refused for more pieces than are still to be found."""
    if not 1 <= quantity <= part.missing:
        raise Refused(f"{part.missing} of {name_of_part(part)} are missing.", "quantity")


def plan_fewer(part: JobPart, quantity: int) -> None:
    """So many pieces are found elsewhere; of a part that needs none any more, only what was required is told."""
    part.quantity_planned -= quantity
    part.version += 1
    bring_state(part)
    if not part.quantity_planned:
        part.state = JobPartState.CANCELLED
    db.session.flush()


def buy_part(part: JobPart, quantity: int, *, by: Actor, notes: str = "") -> PurchaseOrder:
    """Ask urgently for what is missing; the purchase order that it stands on. Raises Refused."""
    job = db.session.get_one(Job, part.job_id)
    product = db.session.get_one(Product, part.product_id)
    products = {product.id, *(row.product_id for row in parts_of(job.id))}
    lock(draft_locks(products) | {Job: [job.id]})
    refuse_over(job)
    refuse_more_than_missing(part, quantity)
    reason = " · ".join(filter(None, (job.number, notes)))
    return ask_for(product, quantity, by=by, is_urgent=True, job_part_id=part.id, notes=reason)
