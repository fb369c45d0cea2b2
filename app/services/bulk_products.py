"""Many products at once: one statement for hundreds of rows, where one row each would take minutes."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import AlertKind, Asset, Code, CodeKind, Condition, Product, Tracking
from app.models.base import plain_text
from app.queries.chunks import chunks
from app.queries.import_knowledge import COMPARED
from app.queries.import_plans import RowPlan
from app.refusals import Stale
from app.rules.codes import code_key
from app.scope import current_organization_id
from app.services.alerts import kind_of, watch
from app.services.assets import free_tags
from app.services.categories import categories_named
from app.services.ledger import Movement

PRODUCTS, ASSETS, CODES = (cast(Table, model.__table__) for model in (Product, Asset, Code))
"""The tables themselves: inserted into directly, since an object for each row would take ten times as long."""


def create_products(plans: Sequence[RowPlan]) -> dict[str, int]:
    """New products with their codes; their ids by their code. Raises Stale when somebody was faster."""
    if not plans:
        return {}
    categories = category_ids(plan.values.get("category", "") for plan in plans)
    now = datetime.now(UTC)
    rows = [product_row(plan, categories, now) for plan in plans]
    try:
        found = db.session.execute(insert(PRODUCTS).returning(PRODUCTS.c.sku, PRODUCTS.c.id), rows)
        ids: dict[str, int] = {row.sku: row.id for row in found}
        db.session.execute(insert(CODES), [code_row(sku, CodeKind.SKU, product_id=ids[sku]) for sku in ids])
    except IntegrityError as error:
        raise Stale(
            "Somebody added some of these products meanwhile. Please look at the preview again."
        ) from error
    return ids


def category_ids(names: Iterable[str]) -> dict[str, int]:
    """The ids of categories by name without letter case; missing ones are made."""
    return {key: category.id for key, category in categories_named(set(names)).items()}


def product_row(plan: RowPlan, categories: Mapping[str, int], now: datetime) -> dict[str, Any]:
    """A new product as its table takes it, with every column that has no default of the database."""
    values = plan.values
    return {
        "organization_id": current_organization_id(),
        "search_text": plain_text(" ".join(str(values.get(name, "")) for name in Product.found_by)),
        "sku": values["sku"],
        "name": values["name"],
        "manufacturer": values.get("manufacturer", ""),
        "category_id": categories.get(values.get("category", "").casefold()),
        "tracking": plan.tracking,
        "day_rate": values.get("day_rate", 0),
        "week_rate": values.get("week_rate"),
        "replacement_value": values.get("replacement_value", 0),
        "average_cost": values.get("unit_cost", 0),
        **{name: values.get(name) for name in ("weight_kg", "length_mm", "width_mm", "height_mm", "power_w")},
        **{name: values.get(name) for name in ("reorder_level", "order_up_to")},
        "lead_days": values.get("lead_days", 0),
        "unit": values.get("unit") or "pcs",
        "notes": values.get("notes", ""),
        "source": values.get("source", ""),
        "created_at": now,
    }


def code_row(code: str, kind: CodeKind, **named: int) -> dict[str, Any]:
    """A code as its table takes it; the same columns in every row, or they could not go in together."""
    return {
        "organization_id": current_organization_id(),
        "code": code,
        "code_key": code_key(code),
        "kind": kind,
        "product_id": named.get("product_id"),
        "asset_id": named.get("asset_id"),
    }


def update_products(plans: Sequence[RowPlan]) -> dict[int, AlertKind | None]:
    """Bring known products up to what their rows say; what was to be said of their levels before.

    The flush writes equal changes together.
    """
    categories = category_ids(plan.values.get("category", "") for plan in plans)
    by_id = {plan.product_id: plan for plan in plans if plan.product_id is not None}
    before: dict[int, AlertKind | None] = {}
    for part in chunks(sorted(by_id)):
        for product in db.session.scalars(select(Product).where(Product.id.in_(part))):
            before[product.id] = kind_of(product)
            apply_row(product, by_id[product.id].values, categories)
    db.session.flush()
    return before


def watch_levels(before: Mapping[int, AlertKind | None], created: Iterable[int]) -> None:
    """Raise the alerts of products that came with a level, or got another: of new ones nothing was said before."""
    known: dict[int, AlertKind | None] = {**before, **dict.fromkeys(created)}
    for part in chunks(sorted(known)):
        query = select(Product).where(Product.id.in_(part), Product.reorder_level.is_not(None))
        watch(known, db.session.scalars(query).all())


def apply_row(product: Product, values: Mapping[str, Any], categories: Mapping[str, int]) -> None:
    """What a row says replaces what was known; what it does not say stays."""
    for name in COMPARED:
        if name in values and name != "category":
            setattr(product, name, values[name])
    if category := values.get("category"):
        product.category_id = categories[category.casefold()]


def add_barcodes(plans: Sequence[RowPlan], created: Mapping[str, int]) -> None:
    """The barcodes that rows bring, each naming its product. Raises Stale when one was taken meanwhile."""
    rows = [
        code_row(plan.new_barcode, CodeKind.GTIN, product_id=plan.product_id or created[plan.values["sku"]])
        for plan in plans
        if plan.new_barcode
    ]
    if not rows:
        return
    try:
        db.session.execute(insert(CODES), rows)
    except IntegrityError as error:
        raise Stale(
            "Somebody took one of these barcodes meanwhile. Please look at the preview again."
        ) from error


def opening_movements(
    plans: Sequence[RowPlan], location_id: int | None, named: Container[str]
) -> list[Movement]:
    """The first receipts of these products: a count, or one asset after the other with tags made for them.

    No tag is one of the codes that are `named`, by their keys.
    """
    assets = create_assets([plan for plan in plans if plan.tracking is Tracking.SERIALIZED], named)
    counted = [plan for plan in plans if plan.tracking is not Tracking.SERIALIZED]
    places = {plan.product_id: plan.location_id for plan in plans}
    return [
        *(
            Movement(
                plan.product_id or 0,
                plan.opening,
                to_id=plan.location_id or location_id,
                unit_cost=plan.values.get("unit_cost"),
            )
            for plan in counted
        ),
        *(
            Movement(product_id, 1, asset_id, to_id=places.get(product_id) or location_id)
            for product_id, asset_id in assets
        ),
    ]


def create_assets(plans: Sequence[RowPlan], named: Container[str]) -> list[tuple[int, int]]:
    """As many assets as each row has pieces, with their codes; product and asset ids."""
    if not plans:
        return []
    tags, now = new_tags(plans, named), datetime.now(UTC)
    rows = [asset_row(plan, tag, now) for plan in plans for tag in tags[plan.line]]
    made = db.session.execute(
        insert(ASSETS).returning(ASSETS.c.product_id, ASSETS.c.id, ASSETS.c.tag), rows
    ).all()
    db.session.execute(
        insert(CODES), [code_row(tag, CodeKind.TAG, asset_id=asset_id) for _, asset_id, tag in made]
    )
    return [(product_id, asset_id) for product_id, asset_id, _ in made]


def asset_row(plan: RowPlan, tag: str, now: datetime) -> dict[str, Any]:
    """A new asset as its table takes it."""
    return {
        "organization_id": current_organization_id(),
        "search_text": plain_text(f"{tag} "),
        "product_id": plan.product_id,
        "tag": tag,
        "condition": Condition.GOOD,
        "created_at": now,
    }


def new_tags(plans: Sequence[RowPlan], named: Container[str]) -> dict[int, list[str]]:
    """As many tags as each row has pieces, by its line: numbers after those that something is called already.

    What has no stock yet never had a tag; so only what happens to be called like one is asked for.
    """
    tags = {plan.line: tags_of(plan, ()) for plan in plans}
    while taken := taken_among([tag for several in tags.values() for tag in several], named):
        for plan in plans:
            if any(tag in taken for tag in tags[plan.line]):
                tags[plan.line] = tags_of(plan, taken)
    return tags


def tags_of(plan: RowPlan, taken: Collection[str]) -> list[str]:
    """The tags of one row after those that are taken."""
    return free_tags(f"{plan.values['sku']}-", taken, plan.opening)


def taken_among(tags: Sequence[str], named: Container[str]) -> set[str]:
    """Those of these tags that are codes already, here or in the file."""
    keys = {code_key(tag): tag for tag in tags}
    taken = {key for key in keys if key in named}
    for part in chunks(sorted(keys)):
        taken.update(db.session.scalars(select(Code.code_key).where(Code.code_key.in_(part))))
    return {keys[key] for key in taken}
