"""Categories: one page to rename and tidy them."""

from flask import Response, url_for

from app.blueprints.inventory import blueprint
from app.edge import actor
from app.fields import Input, Name
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Category
from app.permissions import Permission, requires
from app.queries.products import category_counts
from app.services.categories import category_named, remove_category, rename_category


class CategoryForm(Input):
    """The name of a category."""

    name: Name


@blueprint.get("/categories")
@requires(Permission.PRODUCTS_MANAGE)
def categories(category_id: int | None = None) -> Response:
    """The categories and how many products are in each; `category_id` is the one that a refusal was about."""
    return page("inventory/categories.html", categories=category_counts())


@blueprint.post("/categories")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(categories)
def add_category() -> Response:
    """Add a category; one that exists stays as it is."""
    row = category_named(read_form(CategoryForm).name)
    say(f"{row.name if row else ''} can be chosen now.")
    return go_to(url_for("inventory.categories"))


@blueprint.get("/categories/<int:category_id>/edit")
@requires(Permission.PRODUCTS_MANAGE)
def category_edit(category_id: int) -> Response:
    """The form with the category's name."""
    return page("inventory/category_form.html", category=find(Category, category_id))


@blueprint.post("/categories/<int:category_id>/edit")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(category_edit)
def change_category(category_id: int) -> Response:
    """Rename a category."""
    rename_category(find(Category, category_id), read_form(CategoryForm).name, by=actor())
    say("The category was renamed.")
    return go_to(url_for("inventory.categories"))


@blueprint.post("/categories/<int:category_id>/removal")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(categories)
def drop_category(category_id: int) -> Response:
    """Remove an empty category."""
    remove_category(find(Category, category_id), by=actor())
    say("The category was removed.")
    return go_to(url_for("inventory.categories"))
