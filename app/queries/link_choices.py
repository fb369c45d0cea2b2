"""What an unknown code may be: products, pieces and cases by the words that somebody types at the station."""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import literal, select

from app.extensions import db
from app.models import Asset, Case, Location, Product, plain_text
from app.permissions import Permission

SHORTEST = 2
OFFERED = 6


class LinkChoice(NamedTuple):
    """A product, an asset or a case that a code could name."""

    kind: str
    id: int
    label: str
    detail: str


def things_to_link(typed: str, may: Callable[[Permission], bool]) -> list[LinkChoice]:
    """What holds every word and may be linked by this person, pieces first."""
    words = plain_text(typed).split()
    if sum(map(len, words)) < SHORTEST:
        return []
    assets = (
        select(literal("asset"), Asset.id, Product.name, Asset.tag)
        .select_from(Asset)
        .join(Product, Product.id == Asset.product_id)
        .where(
            Asset.retired_at.is_(None), *(Asset.search_text.contains(word, autoescape=True) for word in words)
        )
        .order_by(Asset.tag)
    )
    products = (
        select(literal("product"), Product.id, Product.name, Product.sku)
        .select_from(Product)
        .where(
            Product.archived_at.is_(None),
            Product.is_package.is_(False),
            *(Product.search_text.contains(word, autoescape=True) for word in words),
        )
        .order_by(Product.name)
    )
    cases = (
        select(literal("case"), Case.id, Location.name, Location.code)
        .select_from(Case)
        .join(Location, Location.id == Case.location_id)
        .where(
            Location.archived_at.is_(None),
            *(Location.search_text.contains(word, autoescape=True) for word in words),
        )
        .order_by(Location.code)
    )
    asked = (
        (assets, Permission.ASSETS_MANAGE),
        (cases, Permission.LOCATIONS_MANAGE),
        (products, Permission.PRODUCTS_MANAGE),
    )
    queries = [query.limit(OFFERED) for query, permission in asked if may(permission)]
    return [LinkChoice(*row) for query in queries for row in db.session.execute(query)]
