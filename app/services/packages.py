"""What belongs to a product: the parts of a package, what comes along, and what may stand in."""

from collections.abc import Iterable

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Accessory, AccessoryPer, PackagePart, Product, Substitute
from app.queries.availability import package_parts
from app.refusals import Refused
from app.rules.packages import PackageCycle, explode
from app.services.activities import record
from app.transactions import be_alone

MOST_OF_ONE = 100_000


def put_in_package(package: Product, part: Product, quantity: int, *, by: Actor) -> PackagePart:
    """Let a package contain so many of a product. Raises Refused for a circle."""
    if not package.is_package:
        raise Refused(f"{package.name} is no package.", "product")
    be_alone()
    refuse_circle(package, part, quantity)
    row = db.session.scalars(
        select(PackagePart).where(PackagePart.package_id == package.id, PackagePart.product_id == part.id)
    ).first()
    if row is None:
        row = PackagePart(package_id=package.id, product_id=part.id, quantity=quantity)
        db.session.add(row)
    row.quantity = quantity
    db.session.flush()
    record("package.changed", package, by=by, part=part.name, quantity=quantity)
    return row


def take_from_package(package: Product, row: PackagePart, *, by: Actor) -> None:
    """Take a product out of a package."""
    record("package.changed", package, by=by, part_id=row.product_id, quantity=0)
    db.session.delete(row)
    db.session.flush()


def refuse_circle(package: Product, part: Product, quantity: int) -> None:
    """A package cannot contain itself, not even through others. Raises Refused, naming the way around."""
    parts = package_parts()
    others = [(part_id, number) for part_id, number in parts.get(package.id, ()) if part_id != part.id]
    try:
        explode(package.id, 1, parts | {package.id: [*others, (part.id, quantity)]})
    except PackageCycle as cycle:
        raise Refused(f"A package cannot contain itself: {way_around(cycle.path)}.", "product") from cycle
    except ValueError as error:
        raise Refused(str(error), "product") from error


def way_around(product_ids: Iterable[int]) -> str:
    """The names of the products along a circle."""
    path = list(product_ids)
    query = select(Product.id, Product.name).where(Product.id.in_(path))
    names = dict(db.session.execute(query).all())
    return " → ".join(names[product_id] for product_id in path)


def add_accessory(
    product: Product, accessory: Product, quantity: int, per: AccessoryPer, is_charged: bool, *, by: Actor
) -> Accessory:
    """Let a product come along with another. Raises Refused for itself."""
    if product.id == accessory.id:
        raise Refused("A product does not come along with itself.", "accessory")
    row = db.session.scalars(
        select(Accessory).where(Accessory.product_id == product.id, Accessory.accessory_id == accessory.id)
    ).first()
    if row is None:
        row = Accessory(product_id=product.id, accessory_id=accessory.id)
        db.session.add(row)
    row.quantity, row.per, row.is_charged = quantity, per, is_charged
    db.session.flush()
    record("accessory.added", product, by=by, accessory=accessory.name, quantity=quantity)
    return row


def remove_accessory(product: Product, row: Accessory, *, by: Actor) -> None:
    """Let an accessory come along no more."""
    record("accessory.removed", product, by=by, accessory_id=row.accessory_id)
    db.session.delete(row)
    db.session.flush()


def add_substitute(product: Product, other: Product, *, by: Actor) -> Substitute:
    """Let a product stand in for another; named twice, it is named once. Raises Refused for itself."""
    if product.id == other.id:
        raise Refused("A product does not stand in for itself.", "substitute")
    row = db.session.scalars(
        select(Substitute).where(Substitute.product_id == product.id, Substitute.substitute_id == other.id)
    ).first()
    if row is None:
        row = Substitute(product_id=product.id, substitute_id=other.id)
        db.session.add(row)
        db.session.flush()
        record("substitute.added", product, by=by, substitute=other.name)
    return row


def remove_substitute(product: Product, row: Substitute, *, by: Actor) -> None:
    """Let a product stand in no more."""
    record("substitute.removed", product, by=by, substitute_id=row.substitute_id)
    db.session.delete(row)
    db.session.flush()
