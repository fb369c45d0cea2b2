"""When a product is ordered again, and up to how much: set for many products in one deed."""

from collections.abc import Mapping

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.fields import Count, Days, Input
from app.models import Product
from app.refusals import NotFound, Refused
from app.services.activities import record
from app.services.alerts import kinds_of, watch
from app.transactions import lock, locked_rows

GONE = "One of these products is not there any more."
NEVER_ENDING = "Ordering up to less than the reorder level would never end the alert."


class LevelsSaid(Input):
    """The levels of one product. Without a reorder level nobody is told that it runs low."""

    reorder_level: Count | None = None
    order_up_to: Count | None = None
    lead_days: Days = 0
    is_critical: bool = False
    is_routine: bool = False


def set_levels(said: Mapping[int, LevelsSaid], *, by: Actor) -> list[Product]:
    """Give products these levels; which of them changed. Raises Refused beside the box, NotFound."""
    if wrong := {product_id for product_id, levels in said.items() if ends_never(levels)}:
        raise Refused.many({f"order_up_to-{product_id}": NEVER_ENDING for product_id in sorted(wrong)})
    lock({Product: said})
    products = {product.id: product for product in locked_rows(Product, said)}
    if said.keys() - products.keys():
        raise NotFound(GONE)
    before = kinds_of(products.values())
    changed = [product for product_id, product in products.items() if took(product, said[product_id], by=by)]
    db.session.flush()
    watch(before, changed)
    return changed


def take_over(proposed: Mapping[int, tuple[int, int]], *, by: Actor) -> list[Product]:
    """Give products a proposed level and level to order up to; what else is said of them stays."""
    products = {row.id: row for row in db.session.scalars(select(Product).where(Product.id.in_(proposed)))}
    if proposed.keys() - products.keys():
        raise NotFound(GONE)
    return set_levels({key: with_levels(products[key], *levels) for key, levels in proposed.items()}, by=by)


def with_levels(product: Product, reorder_level: int, order_up_to: int) -> LevelsSaid:
    """What is said of a product, with other levels."""
    return LevelsSaid(
        reorder_level=reorder_level,
        order_up_to=order_up_to,
        lead_days=product.lead_days,
        is_critical=product.is_critical,
        is_routine=product.is_routine,
    )


def ends_never(levels: LevelsSaid) -> bool:
    """True when a delivery up to the level would leave the product below the other."""
    both = levels.reorder_level is not None and levels.order_up_to is not None
    return both and (levels.order_up_to or 0) < (levels.reorder_level or 0)


def took(product: Product, levels: LevelsSaid, *, by: Actor) -> bool:
    """Give one product its levels; True when something of it is new."""
    changed = [name for name in LevelsSaid.model_fields if getattr(product, name) != getattr(levels, name)]
    for name in changed:
        setattr(product, name, getattr(levels, name))
    if changed:
        record("product.changed", product, by=by, fields=changed)
    return bool(changed)
