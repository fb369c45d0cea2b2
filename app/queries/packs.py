"""The pack sizes of products."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import bindparam, select

from app.extensions import db
from app.models import PackSize

MANY: Final = 900
"""Beyond this many products all pack sizes are read: they are few."""
EVERY: Final = select(PackSize.product_id, PackSize.name, PackSize.quantity).order_by(
    PackSize.quantity, PackSize.name
)
SOME: Final = EVERY.where(PackSize.product_id.in_(bindparam("products", expanding=True)))
"""Built once: building a question takes longer than asking it."""


def packs_of(product_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Product → pack → how many of the product's own unit it holds, the smallest first.

    A product without packs has an empty answer.
    """
    found: dict[int, dict[str, int]] = {product_id: {} for product_id in product_ids}
    is_some = len(found) <= MANY
    rows = db.session.execute(SOME if is_some else EVERY, {"products": list(found)} if is_some else {})
    for product_id, name, quantity in rows:
        if product_id in found:
            found[product_id][name] = quantity
    return found
