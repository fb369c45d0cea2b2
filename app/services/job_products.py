"""Which products can be parts of a job."""

from app.models import Product, Tracking
from app.refusals import Refused


def refuse_unusable(product: Product, field: str = "product") -> None:
    """What a job uses up is counted, and does not come back. Raises Refused for anything else."""
    if product.archived_at is not None:
        raise Refused(f"{product.name} is archived.", field)
    if product.is_package:
        raise Refused(f"{product.name} is a package: plan its parts one by one.", field)
    if product.tracking is Tracking.SERIALIZED:
        raise Refused(
            f"{product.name} is followed asset by asset: it is lent with an event, not used up on a job.",
            field,
        )
