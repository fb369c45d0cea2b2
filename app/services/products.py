"""Products: adding, changing, archiving, and what belongs to them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field
from sqlalchemy import delete, func, select

from app.actors import Actor
from app.extensions import db
from app.fields import (
    Count,
    Days,
    Facts,
    Hours,
    Id,
    Kilograms,
    LongText,
    Money,
    Name,
    Packs,
    ShortText,
    UnitName,
)
from app.models import (
    CodeKind,
    FactorSchedule,
    PackagePart,
    PackSize,
    Product,
    Reservation,
    StockLevel,
    Tracking,
)
from app.queries.packs import packs_of
from app.refusals import Refused
from app.rules.units import refuse_unclear
from app.services.activities import record
from app.services.alerts import kinds_of, watch
from app.services.categories import category_named
from app.services.codes import change_own_code, name_by_code
from app.services.numbers import next_number, this_year
from app.transactions import lock


class ProductFacts(Facts):
    """All that is said about a product. Without a code it gets the next number; a new category is added."""

    name: Name
    sku: ShortText = ""
    manufacturer: ShortText = ""
    category: ShortText = ""
    tracking: Tracking = Tracking.BULK
    is_package: bool = False
    day_rate: Money = Decimal(0)
    week_rate: Money | None = None
    factor_table_id: Id | None = None
    is_discountable: bool = True
    replacement_value: Money = Decimal(0)
    weight_kg: Kilograms | None = None
    length_mm: Count | None = None
    width_mm: Count | None = None
    height_mm: Count | None = None
    power_w: Count | None = None
    reorder_level: Count | None = None
    order_up_to: Count | None = None
    lead_days: Days = 0
    is_critical: bool = False
    is_routine: bool = False
    prep_hours: Hours = 0
    turnaround_hours: Hours = 0
    prep_days: Days = 0
    turnaround_days: Days = 0
    notes: LongText = ""
    unit: UnitName = "pcs"
    packs: Packs = Field(default_factory=dict)


KEPT = tuple(name for name in ProductFacts.model_fields if name not in ("sku", "category", "packs"))


def add_product(facts: ProductFacts, *, by: Actor) -> Product:
    """Add a product with its code and category. Raises Refused for a taken code."""
    facts = counted(facts)
    refuse_unfit(facts)
    sku = facts.sku or next_number("P", this_year(datetime.now(UTC)))
    refuse_taken_sku(sku, None)
    category = category_named(facts.category)
    row = Product(
        sku=sku,
        category_id=category.id if category else None,
        created_at=datetime.now(UTC),
        **{name: getattr(facts, name) for name in KEPT},
    )
    db.session.add(row)
    db.session.flush()
    name_by_code(row, sku, CodeKind.SKU, "sku")
    set_packs(row, facts.packs)
    record("product.added", row, by=by)
    watch({row.id: None}, [row])
    return row


def change_product(product: Product, facts: ProductFacts, *, by: Actor) -> Product:
    """Change what is said about a product. Raises Refused where stock or claims stand against it."""
    lock({Product: [product.id]})
    facts = counted(facts)
    refuse_unfit(facts)
    refuse_other_kind(product, facts)
    category = category_named(facts.category)
    wanted: dict[str, Any] = {name: getattr(facts, name) for name in KEPT}
    wanted |= {"sku": facts.sku or product.sku, "category_id": category.id if category else None}
    changed = {name: value for name, value in wanted.items() if getattr(product, name) != value}
    if set_packs(product, facts.packs):
        changed["packs"] = facts.packs
    before = kinds_of([product])
    if "sku" in changed:
        refuse_taken_sku(changed["sku"], product.id)
        change_own_code(product, changed["sku"], CodeKind.SKU, "sku")
    for name in changed.keys() & wanted.keys():
        setattr(product, name, changed[name])
    db.session.flush()
    if changed:
        record("product.changed", product, by=by, fields=sorted(changed))
        watch(before, [product])
    return product


def set_packs(product: Product, packs: Mapping[str, int]) -> bool:
    """Let a product come in these packs and no others; True when that changes something.

    What was said in a pack before stays as it was counted then.
    """
    if packs_of([product.id])[product.id] == packs:
        return False
    db.session.execute(delete(PackSize).where(PackSize.product_id == product.id))
    db.session.add_all(
        PackSize(product_id=product.id, name=name, quantity=size) for name, size in packs.items()
    )
    db.session.flush()
    return True


def counted(facts: ProductFacts) -> ProductFacts:
    """The same; a package exists on paper: it is not followed at all, and bulk is what costs nothing."""
    return facts.model_copy(update={"tracking": Tracking.BULK}) if facts.is_package else facts


def refuse_unfit(facts: ProductFacts) -> None:
    """What contradicts itself, or names what is not there. Raises Refused."""
    try:
        refuse_unclear(facts.packs, facts.unit)
    except ValueError as error:
        raise Refused(str(error), "packs") from error
    if facts.factor_table_id is not None and db.session.get(FactorSchedule, facts.factor_table_id) is None:
        raise Refused("There is no such factor table.", "factor_table_id")
    if (
        facts.reorder_level is not None
        and facts.order_up_to is not None
        and facts.order_up_to < facts.reorder_level
    ):
        raise Refused("Ordering up to less than the reorder level would never end the alert.", "order_up_to")


def refuse_taken_sku(sku: str, product_id: int | None) -> None:
    """A product's code is its own. Raises Refused."""
    taken = db.session.scalar(select(Product.name).where(Product.sku == sku, Product.id != (product_id or 0)))
    if taken is not None:
        raise Refused(f"{sku} is the code of {taken} already.", "sku")


def refuse_other_kind(product: Product, facts: ProductFacts) -> None:
    """How a product is tracked can change as long as none is in stock. Raises Refused."""
    becomes_package = facts.is_package and not product.is_package
    if (facts.tracking is not product.tracking or becomes_package) and held_anywhere(product.id):
        field = "is_package" if becomes_package else "tracking"
        raise Refused("This can be changed only while there is no stock of it.", field)
    if product.is_package and not facts.is_package and has_parts(product.id):
        raise Refused("Take its parts out first.", "is_package")


def held_anywhere(product_id: int) -> int:
    """How many of a product there are."""
    held = select(func.coalesce(func.sum(StockLevel.quantity), 0)).where(StockLevel.product_id == product_id)
    return int(db.session.scalar(held) or 0)


def has_parts(product_id: int) -> bool:
    """True for a package with at least one part."""
    return (
        db.session.scalar(select(PackagePart.id).where(PackagePart.package_id == product_id).limit(1))
        is not None
    )


def archive_product(product: Product, *, by: Actor) -> None:
    """Take a product out of lists and quotes. Raises Refused while there is stock or somebody counts on it."""
    lock({Product: [product.id]})
    if product.archived_at is not None:
        return
    if held := held_anywhere(product.id):
        raise Refused(f"There are still {held} of {product.name} in stock.")
    claimed = select(Reservation.id).where(
        Reservation.product_id == product.id,
        Reservation.released_at.is_(None),
        Reservation.ends_at > datetime.now(UTC),
    )
    if db.session.scalar(claimed.limit(1)):
        raise Refused(f"{product.name} is reserved for coming events.")
    before = kinds_of([product])
    product.archived_at = datetime.now(UTC)
    record("product.archived", product, by=by)
    watch(before, [product])
    db.session.flush()


def restore_product(product: Product, *, by: Actor) -> None:
    """Bring an archived product back."""
    lock({Product: [product.id]})
    if product.archived_at is not None:
        product.archived_at = None
        record("product.restored", product, by=by)
        watch({product.id: None}, [product])
        db.session.flush()


def facts_of(product: Product, category: str) -> ProductFacts:
    """A product as a person would type it, not checked: what was kept once stays readable."""
    kept = {name: getattr(product, name) for name in KEPT}
    packs = packs_of([product.id])[product.id]
    return ProductFacts.model_construct(sku=product.sku, category=category, packs=packs, **kept)


__all__ = [
    "ProductFacts", "add_product", "archive_product", "change_product", "facts_of", "held_anywhere",
    "restore_product",
]  # fmt: skip
