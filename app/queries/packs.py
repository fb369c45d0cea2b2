"""The pack sizes of products."""

from collections.abc import Collection

from sqlalchemy import select

from app.extensions import db
from app.models import PackSize

MANY = 900
"""Beyond this many products all pack sizes are read: they are few."""


def packs_of(product_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Product → pack → how many of the product's own unit it holds, the smallest first.

    A product without packs has an empty answer.
    """
    found: dict[int, dict[str, int]] = {product_id: {} for product_id in product_ids}
    query = select(PackSize.product_id, PackSize.name, PackSize.quantity).order_by(
        PackSize.quantity, PackSize.name
    )
    if len(found) <= MANY:
        query = query.where(PackSize.product_id.in_(found))
    for product_id, name, quantity in db.session.execute(query):
        if product_id in found:
            found[product_id][name] = quantity
    return found
