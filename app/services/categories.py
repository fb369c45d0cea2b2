"""Categories: groups of products, made by naming them."""

from collections.abc import Iterable

from sqlalchemy import func, select

from app.actors import Actor
from app.extensions import db
from app.models import Category, Product
from app.refusals import Refused
from app.services.activities import record


def category_named(name: str) -> Category | None:
    """The category of this name, made if there is none; None for no name."""
    return categories_named([name]).get(name.casefold()) if name else None


def categories_named(names: Iterable[str]) -> dict[str, Category]:
    """Categories by their name without letter case; those that are missing are made."""
    wanted = {name.casefold(): name for name in names if name}
    known = {row.name.casefold(): row for row in db.session.scalars(select(Category))}
    made = {key: Category(name=name) for key, name in wanted.items() if key not in known}
    db.session.add_all(made.values())
    db.session.flush()
    return known | made


def rename_category(category: Category, name: str, *, by: Actor) -> None:
    """Give a category another name. Raises Refused for one that is taken."""
    taken = select(Category.id).where(func.lower(Category.name) == name.lower(), Category.id != category.id)
    if db.session.scalar(taken):
        raise Refused(f"There is a category {name} already.", "name")
    before, category.name = category.name, name
    record("category.renamed", category, by=by, label=name, before=before)
    db.session.flush()


def remove_category(category: Category, *, by: Actor) -> None:
    """Remove a category that no product is in. Raises Refused."""
    if held := db.session.scalar(select(func.count()).where(Product.category_id == category.id)):
        raise Refused(f"{held} products are in {category.name}. Give them another category first.")
    record("category.removed", category, by=by, label=category.name)
    db.session.delete(category)
    db.session.flush()
