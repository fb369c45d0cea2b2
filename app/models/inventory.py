"""What we own and where it is kept: products, assets, locations and codes."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Amount,
    Base,
    Findable,
    OrganizationOwned,
    Scaled,
    UnitCost,
    choice,
    listed,
    refers_to,
    related,
)
from app.models.log import StoredFile


class Tracking(StrEnum):
    """How a product is followed: asset by asset, by count, or by count without coming back."""

    SERIALIZED = "serialized"
    BULK = "bulk"
    CONSUMABLE = "consumable"


class Condition(StrEnum):
    """What state a thing is in; whether it is free is another question."""

    GOOD = "good"
    NEEDS_ATTENTION = "needs_attention"
    DAMAGED = "damaged"
    MISSING = "missing"


class LocationKind(StrEnum):
    """What sort of place a location is."""

    WAREHOUSE = "warehouse"
    ZONE = "zone"
    SHELF = "shelf"
    CASE = "case"
    VEHICLE = "vehicle"
    EVENT_SITE = "event_site"
    REPAIR_BENCH = "repair_bench"


class Category(OrganizationOwned, Base):
    """A group of products."""

    __tablename__ = "category"

    name: Mapped[str]

    __table_args__ = (UniqueConstraint("organization_id", "name"),)


class Product(OrganizationOwned, Findable, Base):
    """A kind of thing we plan, price and stock. A package is one that explodes into its parts."""

    __tablename__ = "product"
    found_by = ("name", "sku", "manufacturer")

    name: Mapped[str]
    sku: Mapped[str]
    manufacturer: Mapped[str] = mapped_column(default="")
    category_id: Mapped[int | None] = refers_to("category")
    tracking: Mapped[Tracking] = choice(Tracking)
    is_package: Mapped[bool] = mapped_column(default=False)
    day_rate: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    week_rate: Mapped[Decimal | None] = mapped_column(Amount())
    factor_table_id: Mapped[int | None] = refers_to("factor_table")
    is_discountable: Mapped[bool] = mapped_column(default=True)
    replacement_value: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    average_cost: Mapped[Decimal] = mapped_column(UnitCost(), default=Decimal(0))
    on_hand: Mapped[int] = mapped_column(default=0)
    """What the ledger sums to over all places; changed in the ledger's own transaction."""
    was_stocked: Mapped[bool] = mapped_column(default=False)
    """True from the first movement on: nobody runs out of what was never there."""
    unit: Mapped[str] = mapped_column(default="pcs")
    weight_kg: Mapped[Decimal | None] = mapped_column(Scaled(3))
    length_mm: Mapped[int | None]
    width_mm: Mapped[int | None]
    height_mm: Mapped[int | None]
    power_w: Mapped[int | None]
    reorder_level: Mapped[int | None]
    order_up_to: Mapped[int | None]
    lead_days: Mapped[int] = mapped_column(default=0)
    is_critical: Mapped[bool] = mapped_column(default=False)
    is_routine: Mapped[bool] = mapped_column(default=False)
    prep_hours: Mapped[int] = mapped_column(default=0)
    turnaround_hours: Mapped[int] = mapped_column(default=0)
    prep_days: Mapped[int] = mapped_column(default=0)
    turnaround_days: Mapped[int] = mapped_column(default=0)
    notes: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    category: Mapped[Category | None] = related("Category", "Product.category_id")
    packs: Mapped[list["PackSize"]] = listed("PackSize", "PackSize.product_id", owner="Product")
    parts: Mapped[list["PackagePart"]] = listed("PackagePart", "PackagePart.package_id", owner="Product")

    __table_args__ = (
        UniqueConstraint("organization_id", "sku"),
        Index(None, "organization_id", "category_id", "name"),
        Index(None, "organization_id", "name"),
        CheckConstraint("sku <> '' AND name <> ''", name="named"),
        CheckConstraint("on_hand >= 0", name="not_less_than_none"),
        CheckConstraint("on_hand = 0 OR was_stocked", name="was_stocked_when_there"),
    )


class PackagePart(OrganizationOwned, Base):
    """So many of one product in a package."""

    __tablename__ = "package_part"

    package_id: Mapped[int] = refers_to("product")
    product_id: Mapped[int] = refers_to("product")
    quantity: Mapped[int]

    product: Mapped[Product] = related("Product", "PackagePart.product_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "package_id", "product_id"),
        Index(None, "organization_id", "product_id"),
        CheckConstraint("quantity > 0", name="some"),
        CheckConstraint("package_id <> product_id", name="not_itself"),
    )


class PackSize(OrganizationOwned, Base):
    """How a product comes: a box that holds so many of its units."""

    __tablename__ = "pack_size"

    product_id: Mapped[int] = refers_to("product")
    name: Mapped[str]
    quantity: Mapped[int]

    __table_args__ = (
        UniqueConstraint("organization_id", "product_id", "name"),
        CheckConstraint("quantity > 1 AND name <> ''", name="holds_some"),
    )


class AccessoryPer(StrEnum):
    """Whether an accessory comes per piece or once per line."""

    PIECE = "piece"
    LINE = "line"


class Accessory(OrganizationOwned, Base):
    """A product that comes along with another."""

    __tablename__ = "accessory"

    product_id: Mapped[int] = refers_to("product")
    accessory_id: Mapped[int] = refers_to("product")
    quantity: Mapped[int] = mapped_column(default=1)
    per: Mapped[AccessoryPer] = choice(AccessoryPer, default=AccessoryPer.PIECE)
    is_charged: Mapped[bool] = mapped_column(default=False)

    accessory: Mapped[Product] = related("Product", "Accessory.accessory_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "product_id", "accessory_id"),
        CheckConstraint("quantity > 0", name="some"),
    )


class Substitute(OrganizationOwned, Base):
    """A product that may stand in for another when that is short; not the other way round by itself."""

    __tablename__ = "substitute"

    product_id: Mapped[int] = refers_to("product")
    substitute_id: Mapped[int] = refers_to("product")

    substitute: Mapped[Product] = related("Product", "Substitute.substitute_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "product_id", "substitute_id"),
        CheckConstraint("product_id <> substitute_id", name="not_itself"),
    )


class ProductFile(OrganizationOwned, Base):
    """A photo or a document of a product, such as its manual."""

    __tablename__ = "product_file"

    product_id: Mapped[int] = refers_to("product")
    file_id: Mapped[int] = refers_to("stored_file")
    title: Mapped[str]
    is_photo: Mapped[bool]
    added_at: Mapped[datetime]

    file: Mapped[StoredFile] = related("StoredFile", "ProductFile.file_id")

    __table_args__ = (
        Index(None, "organization_id", "product_id"),
        CheckConstraint("title <> ''", name="titled"),
    )


class Location(OrganizationOwned, Findable, Base):
    """Any place that can hold stock. Locations form a tree; each knows its root, the warehouse."""

    __tablename__ = "location"
    found_by = ("name", "code")

    name: Mapped[str]
    code: Mapped[str]
    kind: Mapped[LocationKind] = choice(LocationKind)
    parent_id: Mapped[int | None] = refers_to("location")
    warehouse_id: Mapped[int] = refers_to("location", nullable=True)
    address: Mapped[str] = mapped_column(default="")
    archived_at: Mapped[datetime | None]

    parent: Mapped["Location | None"] = related(
        "Location", "Location.parent_id", remote_side="Location.id", foreign_keys="Location.parent_id"
    )

    __table_args__ = (
        UniqueConstraint("organization_id", "code"),
        Index(None, "organization_id", "parent_id"),
        Index(None, "organization_id", "warehouse_id"),
        CheckConstraint("code <> '' AND name <> ''", name="named"),
        CheckConstraint("parent_id <> id", name="not_inside_itself"),
    )


class Asset(OrganizationOwned, Findable, Base):
    """One physical thing with its own code."""

    __tablename__ = "asset"
    found_by = ("tag", "serial")

    product_id: Mapped[int] = refers_to("product")
    tag: Mapped[str]
    serial: Mapped[str] = mapped_column(default="")
    location_id: Mapped[int | None] = refers_to("location")
    condition: Mapped[Condition] = choice(Condition, default=Condition.GOOD)
    acquired_on: Mapped[date | None]
    purchase_price: Mapped[Decimal | None] = mapped_column(Amount())
    notes: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]

    product: Mapped[Product] = related("Product", "Asset.product_id")
    location: Mapped[Location | None] = related("Location", "Asset.location_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "tag"),
        # Counting and paging what is in stock reads these indexes alone.
        Index(None, "organization_id", "retired_at", "tag"),
        Index(None, "organization_id", "product_id", "retired_at", "tag"),
        Index(None, "organization_id", "location_id"),
        CheckConstraint("tag <> ''", name="tagged"),
    )


class CodeKind(StrEnum):
    """Whose code it is."""

    TAG = "tag"
    SERIAL = "serial"
    GTIN = "gtin"
    SKU = "sku"
    LOCATION = "location"
    OTHER = "other"


class Code(OrganizationOwned, Base):
    """A code that a scanner can read, and the one thing it names."""

    __tablename__ = "code"

    code: Mapped[str]
    code_key: Mapped[str]
    kind: Mapped[CodeKind] = choice(CodeKind)
    product_id: Mapped[int | None] = refers_to("product")
    asset_id: Mapped[int | None] = refers_to("asset")
    location_id: Mapped[int | None] = refers_to("location")

    product: Mapped[Product | None] = related("Product", "Code.product_id")
    asset: Mapped[Asset | None] = related("Asset", "Code.asset_id")
    location: Mapped[Location | None] = related("Location", "Code.location_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "code_key"),
        # Those that name something else stay out: SQLite would take them for one long list, and read all codes.
        *(
            Index(
                f"ix_code_organization_id_{name}",
                "organization_id",
                name,
                sqlite_where=text(f"{name} IS NOT NULL"),
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in ("product_id", "asset_id", "location_id")
        ),
        CheckConstraint("code_key <> ''", name="not_empty"),
        CheckConstraint(
            "CASE WHEN product_id IS NULL THEN 0 ELSE 1 END + CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN location_id IS NULL THEN 0 ELSE 1 END = 1",
            name="names_one",
        ),
    )


class ImportRun(OrganizationOwned, Base):
    """An uploaded file, how its columns are read, and what came of it."""

    __tablename__ = "import_run"

    kind: Mapped[str]
    file_id: Mapped[int] = refers_to("stored_file")
    mapping: Mapped[dict[str, Any]]
    location_id: Mapped[int | None] = refers_to("location")
    summary: Mapped[dict[str, Any]]
    by_id: Mapped[int | None] = refers_to("user")
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
