"""Categories of products, for programs."""

from collections.abc import Sequence

from app.blueprints.api.contract import Output, operation
from app.blueprints.inventory.categories import CategoryForm
from app.edge import actor
from app.finding import find
from app.models import Category
from app.permissions import Permission
from app.queries.products import category_counts
from app.queries.rows import AnyRow
from app.services.categories import categories_named, remove_category, rename_category


class CategoryOut(Output):
    """A group of products."""

    id: int
    name: str


class CountedCategoryOut(CategoryOut):
    """The same with how many products are in it."""

    products: int


@operation(
    "GET",
    "/inventory/categories",
    permission=Permission.PRODUCTS_READ,
    answer=CountedCategoryOut,
    is_list=True,
)
def list_categories() -> Sequence[AnyRow]:
    """Categories, by name."""
    return category_counts()


class CategoryIn(CategoryForm):
    """What a category is called."""


@operation(
    "POST",
    "/inventory/categories",
    permission=Permission.PRODUCTS_MANAGE,
    answer=CategoryOut,
    body=CategoryIn,
    status=201,
    is_idempotent=True,
)
def create_category(body: CategoryIn) -> Category:
    """Add a category; one that exists is the answer."""
    return categories_named([body.name])[body.name.casefold()]


@operation(
    "PUT",
    "/inventory/categories/<int:category_id>",
    permission=Permission.PRODUCTS_MANAGE,
    answer=CategoryOut,
    body=CategoryIn,
)
def replace_category(category_id: int, body: CategoryIn) -> Category:
    """Rename a category; refused for a name that is taken."""
    row = find(Category, category_id)
    rename_category(row, body.name, by=actor())
    return row


@operation(
    "DELETE",
    "/inventory/categories/<int:category_id>",
    permission=Permission.PRODUCTS_MANAGE,
)
def delete_category(category_id: int) -> None:
    """Remove a category; refused while products are in it."""
    remove_category(find(Category, category_id), by=actor())
