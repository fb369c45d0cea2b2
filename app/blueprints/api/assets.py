"""Assets, for programs."""

import uuid
from datetime import date, datetime

from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import SeenCost, fields_called, named
from app.blueprints.inventory.assets import AssetForm, Move, Retirement
from app.blueprints.inventory.fields import chosen_place, sees_costs
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.models import Asset, Condition, Product
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.refusals import Refused
from app.services.assets import AssetFacts, change_asset, retire_asset, take_in_asset
from app.services.stock import transfer_assets


class AssetOut(Output):
    """An asset."""

    id: int
    product_id: int
    tag: str
    serial: str
    location_id: int | None
    condition: Condition
    acquired_on: date | None
    purchase_price: SeenCost
    notes: str
    retired_at: datetime | None


class AssetQuery(Paging):
    """Which assets."""

    product_id: Id | None = None
    location_id: Id | None = None


@operation(
    "GET",
    "/inventory/assets",
    permission=Permission.STOCK_READ,
    answer=AssetOut,
    query=AssetQuery,
    is_list=True,
)
def list_assets(query: AssetQuery) -> Page[Asset]:
    """Assets, by tag."""
    wanted = select(Asset).order_by(Asset.tag, Asset.id)
    if query.product_id is not None:
        wanted = wanted.where(Asset.product_id == query.product_id)
    if query.location_id is not None:
        wanted = wanted.where(Asset.location_id == query.location_id)
    return paged(wanted, query.page, query.per_page)


@operation(
    "GET",
    "/inventory/assets/<int:asset_id>",
    permission=Permission.STOCK_READ,
    answer=AssetOut,
)
def get_asset(asset_id: int) -> Asset:
    """One asset."""
    return find(Asset, asset_id)


class AssetIn(AssetForm):
    """What is said about an asset; without a tag it gets the next of its product, or keeps its own."""

    def facts(self, known: Asset | None = None) -> AssetFacts:
        """The same as services take it. Raises Refused for a price from who may not see prices."""
        if self.purchase_price is not None and not sees_costs():
            raise Refused("This token may not say what things cost.", "purchase_price")
        return super().facts(known)


class NewAssetIn(AssetIn):
    """An asset that is taken in, and the place it comes to."""

    product_id: Id
    location_id: Id


@operation(
    "POST",
    "/inventory/assets",
    permission=Permission.ASSETS_MANAGE,
    answer=AssetOut,
    body=NewAssetIn,
    status=201,
    is_idempotent=True,
)
def create_asset(body: NewAssetIn) -> Asset:
    """Take one asset in, by a receipt at its purchase price."""
    product = named(Product, body.product_id, "product_id")
    place = chosen_place(body.location_id, "location_id")
    with fields_called(product="product_id"):
        return take_in_asset(product, place, body.facts(), by=actor(), request_id=str(uuid.uuid4()))


@operation(
    "PUT",
    "/inventory/assets/<int:asset_id>",
    permission=Permission.ASSETS_MANAGE,
    answer=AssetOut,
    body=AssetIn,
)
def replace_asset(asset_id: int, body: AssetIn) -> Asset:
    """Say anew what an asset is; where it is, the ledger says."""
    asset = find(Asset, asset_id)
    change_asset(asset, body.facts(asset), by=actor())
    return asset


class AssetMoveIn(Move):
    """Where an asset goes."""


@operation(
    "POST",
    "/inventory/assets/<int:asset_id>/transfer",
    permission=Permission.STOCK_TRANSFER,
    answer=AssetOut,
    body=AssetMoveIn,
    is_idempotent=True,
)
def move_asset(asset_id: int, body: AssetMoveIn) -> Asset:
    """Move an asset to another place; refused while it is on an event."""
    asset, place = find(Asset, asset_id), chosen_place(body.to_id, "to_id")
    transfer_assets([asset], place, by=actor(), request_id=str(uuid.uuid4()), notes=body.notes)
    return asset


class RetirementIn(Retirement):
    """Why an asset leaves for good."""


@operation(
    "POST",
    "/inventory/assets/<int:asset_id>/retirement",
    permission=Permission.ASSETS_MANAGE,
    answer=AssetOut,
    body=RetirementIn,
    is_idempotent=True,
)
def retire(asset_id: int, body: RetirementIn) -> Asset:
    """Take an asset out of stock for good; refused while it is on an event or in repair."""
    asset = find(Asset, asset_id)
    retire_asset(asset, body.reason, by=actor(), request_id=str(uuid.uuid4()))
    return asset
