"""Assets: the list, one, and its forms."""

from datetime import date
from typing import Any

from flask import Response, g, request, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import (
    chosen_place,
    chosen_product,
    new_request_id,
    page_number,
    sees_costs,
    whole,
)
from app.edge import actor
from app.fields import Id, Input, LongText, Money, Name, RequestId, ShortText
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Asset, Condition, Product
from app.permissions import Permission, can, requires
from app.queries import assets as queries
from app.queries.choices import place_options
from app.queries.inspections import due_of, inspections_of
from app.queries.paging import PER_PAGE
from app.queries.quarantines import quarantine_of
from app.services.assets import AssetFacts, change_asset, retire_asset, take_in_asset
from app.services.stock import transfer_assets

CONDITIONS = [(str(kind), kind.replace("_", " ").capitalize()) for kind in Condition]


class AssetForm(Input):
    """What a person says about an asset."""

    tag: ShortText = ""
    serial: ShortText = ""
    condition: Condition = Condition.GOOD
    acquired_on: date | None = None
    purchase_price: Money | None = None
    notes: LongText = ""

    def facts(self, known: Asset | None = None) -> AssetFacts:
        """The same as services take it; a price that a person may not see stays as it was."""
        price = self.purchase_price if sees_costs() else known.purchase_price if known else None
        tag = self.tag or (known.tag if known else "")
        return AssetFacts(tag, self.serial, self.condition, self.acquired_on, price, self.notes)


class NewAssetForm(AssetForm):
    """An asset that is taken in."""

    product: Name
    location_id: Id
    request_id: RequestId


class Move(Input):
    """Where an asset goes."""

    to_id: Id
    notes: ShortText = ""


class MoveForm(Move):
    """The same in a form."""

    request_id: RequestId


class Retirement(Input):
    """Why an asset leaves for good."""

    reason: Name


class RetirementForm(Retirement):
    """The same in a form."""

    request_id: RequestId


def filters() -> queries.AssetFilters:
    """What the address narrows the list to."""
    args = request.args
    return queries.AssetFilters(
        find=args.get("find", "").strip()[:200],
        product=whole("product"),
        location=whole("location"),
        condition=args.get("condition", ""),
        status=args.get("status", ""),
        sort=args.get("sort", "tag"),
    )


@blueprint.get("/assets")
@requires(Permission.STOCK_READ)
def assets() -> Response:
    """The list of assets."""
    chosen = filters()
    return page(
        "inventory/assets.html",
        part="inventory/_asset_list.html",
        page=queries.asset_lines(chosen, page_number(), whole("per_page") or PER_PAGE),
        filters=chosen,
        sort=chosen.sort,
        statuses=queries.STATUS_NAMES,
        conditions=CONDITIONS,
    )


@blueprint.get("/assets.csv")
@requires(Permission.STOCK_READ)
def assets_csv() -> Response:
    """The same list as a file, every page of it."""
    header = ["Tag", "Serial", "Product", "Status", "Condition", "Location", "Event", "Until"]
    rows = (
        (
            line.tag,
            line.serial,
            line.product,
            line.status,
            line.condition,
            line.location,
            line.event,
            line.until,
        )
        for line in queries.all_asset_lines(filters())
    )
    return csv_answer("assets", header, rows)


@blueprint.get("/assets/<int:asset_id>")
@requires(Permission.STOCK_READ)
def asset(asset_id: int) -> Response:
    """One asset: where it is, what it does there, and all that happened to it."""
    found = queries.asset_page(asset_id)
    return page(
        "inventory/asset.html",
        asset=found.asset,
        line=found.line,
        history=queries.history_of(asset_id),
        repairs=queries.repairs_of(asset_id),
        kept_back=quarantine_of(asset_id),
        codes=queries.codes_of(asset_id),
        **inspected(found.asset),
        sees_costs=sees_costs(),
    )


def inspected(row: Asset) -> dict[str, Any]:
    """Which inspections an asset needs, and those it had."""
    if not can(Permission.INSPECTIONS_READ):
        return {"inspections_due": (), "inspections": ()}
    is_here = row.retired_at is None
    due = due_of(row.id, row.product_id) if is_here else ()
    return {"inspections_due": due, "inspections": inspections_of(row.id)}


@blueprint.get("/assets/new")
@requires(Permission.ASSETS_MANAGE)
def asset_new() -> Response:
    """The empty form; `product` in the address chooses the product."""
    chosen = find(Product, product_id) if (product_id := whole("product")) else None
    return form_page(None, chosen)


@blueprint.post("/assets/new")
@requires(Permission.ASSETS_MANAGE)
@shown_again_by(asset_new)
def add_asset() -> Response:
    """Take one asset in."""
    given = read_form(NewAssetForm)
    product = chosen_product(given.product)
    place = chosen_place(given.location_id, "location_id")
    row = take_in_asset(product, place, given.facts(), by=actor(), request_id=given.request_id)
    say(f"{row.tag} is in {place.name}.")
    return go_to(url_for("inventory.asset", asset_id=row.id))


@blueprint.get("/assets/<int:asset_id>/edit")
@requires(Permission.ASSETS_MANAGE)
def asset_edit(asset_id: int) -> Response:
    """The form with what is known."""
    row = queries.asset_page(asset_id).asset
    return form_page(row, row.product)


@blueprint.post("/assets/<int:asset_id>/edit")
@requires(Permission.ASSETS_MANAGE)
@shown_again_by(asset_edit)
def edit_asset(asset_id: int) -> Response:
    """Change an asset."""
    row = find(Asset, asset_id)
    change_asset(row, read_form(AssetForm).facts(row), by=actor())
    say(f"{row.tag} was saved.")
    return go_to(url_for("inventory.asset", asset_id=asset_id))


def form_page(row: Asset | None, product: Product | None) -> Response:
    """The form, for a new asset or a known one."""
    return page(
        "inventory/asset_form.html",
        asset=row,
        product=product,
        form=current_form(),
        place_options=place_options() if row is None else (),
        conditions=CONDITIONS,
        request_id=new_request_id(),
        sees_costs=sees_costs(),
        currency=g.organization.currency,
    )


@blueprint.get("/assets/<int:asset_id>/transfer")
@requires(Permission.STOCK_TRANSFER)
def asset_move(asset_id: int) -> Response:
    """The form that moves an asset."""
    return page(
        "inventory/asset_move.html",
        part="inventory/_asset_move.html",
        asset=find(Asset, asset_id, Asset.product),
        place_options=place_options(),
        request_id=new_request_id(),
    )


@blueprint.post("/assets/<int:asset_id>/transfer")
@requires(Permission.STOCK_TRANSFER)
@shown_again_by(asset_move)
def move_asset(asset_id: int) -> Response:
    """Move an asset to another place."""
    given = read_form(MoveForm)
    place = chosen_place(given.to_id, "to_id")
    row = find(Asset, asset_id)
    transfer_assets([row], place, by=actor(), request_id=given.request_id, notes=given.notes)
    say(f"{row.tag} is in {place.name} now.")
    return go_to(url_for("inventory.asset", asset_id=asset_id))


@blueprint.get("/assets/<int:asset_id>/retirement")
@requires(Permission.ASSETS_MANAGE)
def asset_retire(asset_id: int) -> Response:
    """The form that retires an asset."""
    return page(
        "inventory/asset_retire.html",
        part="inventory/_asset_retire.html",
        asset=find(Asset, asset_id, Asset.product),
        request_id=new_request_id(),
    )


@blueprint.post("/assets/<int:asset_id>/retirement")
@requires(Permission.ASSETS_MANAGE)
@shown_again_by(asset_retire)
def retire(asset_id: int) -> Response:
    """Take an asset out of stock for good."""
    given = read_form(RetirementForm)
    row = find(Asset, asset_id)
    retire_asset(row, given.reason, by=actor(), request_id=given.request_id)
    say(f"{row.tag} was retired.")
    return go_to(url_for("inventory.asset", asset_id=asset_id))
