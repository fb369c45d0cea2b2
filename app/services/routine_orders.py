"""Routine replenishment: what runs low and is marked so is put on a draft by itself; a person sends it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.actors import Actor, system_actor
from app.extensions import db
from app.models import Product, PurchaseOrder
from app.queries.replenishment import Suggestion, suggestions
from app.refusals import Refused
from app.scope import current_organization_id
from app.services.activities import record
from app.services.purchase_orders import Wanted, draft_for, draft_locks, preferred_suppliers, put_on
from app.transactions import lock


@dataclass(frozen=True)
class Chosen:
    """So many of a product that somebody wants to order, in its own unit."""

    product_id: int
    quantity: int


def draft_routine(activity_id: int | None = None) -> None:
    """Draft what runs low and is ordered as a matter of routine: when an alert is raised, and by the clock.

    What is on drafts counts as ordered, so that however often this runs, a need is met once.
    """
    if not (due := routine_needs(None)):
        return
    lock(draft_locks([one.product_id for one in due]))
    still_due = routine_needs([one.product_id for one in due])
    if still_due:
        by = system_actor(current_organization_id())
        put_on_drafts([Chosen(one.product_id, one.suggested) for one in still_due], by=by, is_automatic=True)


def routine_needs(product_ids: Sequence[int] | None) -> list[Suggestion]:
    """The routine products that have to be ordered now, and that somebody sells us."""
    found = suggestions(product_ids, is_routine=True)
    return [one for one in found if one.is_due and one.supplier is not None]


def draft_orders(chosen: Sequence[Chosen], *, by: Actor) -> list[PurchaseOrder]:
    """Put what was chosen on one draft per supplier, exactly so many. Raises Refused for what nobody sells us."""
    if not chosen:
        raise Refused("Choose what to order first.")
    lock(draft_locks([one.product_id for one in chosen]))
    return put_on_drafts(chosen, by=by)


def put_on_drafts(chosen: Sequence[Chosen], *, by: Actor, is_automatic: bool = False) -> list[PurchaseOrder]:
    """The same with everything locked; the drafts in the order of their numbers."""
    ids = [one.product_id for one in chosen]
    products = {row.id: row for row in db.session.scalars(select(Product).where(Product.id.in_(ids)))}
    sellers = preferred_suppliers(ids)
    refuse_unsold(chosen, products, sellers)
    orders: dict[int, PurchaseOrder] = {}
    for one in chosen:
        seller = sellers[one.product_id]
        order = orders.get(seller.company_id) or draft_for(
            seller.company_id, by=by, is_automatic=is_automatic
        )
        orders[seller.company_id] = order
        put_on(order, Wanted(products[one.product_id], one.quantity, is_exact=True), seller)
    for order in orders.values():
        verb = "order.drafted_by_itself" if is_automatic else "order.filled"
        count = sum(sellers[one.product_id].company_id == order.company_id for one in chosen)
        record(verb, order, by=by, summary=f"{count} {'product' if count == 1 else 'products'}")
    return sorted(orders.values(), key=lambda order: order.number)


def refuse_unsold(
    chosen: Sequence[Chosen], products: Mapping[int, Product], sellers: Mapping[int, object]
) -> None:
    """Raises Refused for a product that is not there, or that has no supplier."""
    for place, one in enumerate(chosen):
        if one.product_id not in products:
            raise Refused("There is no such product.", f"lines.{place}.product_id")
        if one.product_id not in sellers:
            name = products[one.product_id].name
            raise Refused(
                f"Nobody sells us {name} yet: name a supplier on its page.", f"lines.{place}.product_id"
            )
