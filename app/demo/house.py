"""The demo's house: founded, staffed and stocked."""

from datetime import datetime, time
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.actors import system_actor
from app.demo.bundles import BUNDLES, CONSUMED
from app.demo.catalogue import SOUTH, held_by_shelf, import_everything, put_away, send_south
from app.demo.company import TIMEZONE, found_company
from app.demo.extras import add_accessories, fill_hazers, make_bundle, say_when_to_reorder, take_delivery
from app.demo.people import Login, cast_of, hire_everybody
from app.demo.places import GOODS_IN, make_places, place
from app.demo.stage import SEED, Stage
from app.extensions import db
from app.models import User
from app.scope import organization_scope
from app.transactions import commit, finish, start_writing


def open_house() -> tuple[Stage, list[Login]]:
    """Found the company and hire everybody."""
    start_writing()
    organization = found_company()
    with organization_scope(organization.id):
        logins = hire_everybody(by=system_actor(organization.id))
        emails = dict(db.session.execute(select(User.email, User.id)).all())
        commit()
        zone = ZoneInfo(TIMEZONE)
        cast = cast_of({login.role: emails[login.email] for login in logins})
        stage = Stage(organization.id, cast, datetime.now(zone).date(), zone, Random(SEED))
    finish()
    return stage, logins


def fill_shelves(stage: Stage) -> None:
    """Build the places, import the catalogue and put everything where it belongs."""
    keeper = stage.cast["inventory_manager"]
    with stage.deed():
        make_places(by=keeper)
    with stage.deed():
        import_everything(place(GOODS_IN), by=keeper)
    with stage.deed():
        goods_in = place(GOODS_IN).id
        by_shelf = held_by_shelf(goods_in)
    for code, moves in by_shelf.items():
        with stage.deed():
            put_away(moves, place(code), by=stage.cast["warehouse_manager"])
    for sku, pieces, code in SOUTH:
        with stage.deed():
            send_south(sku, pieces, place(code), by=stage.cast["warehouse_manager"])


def finish_catalogue(stage: Stage) -> None:
    """Say what belongs together, what is packaged, and what must be reordered when."""
    keeper = stage.cast["inventory_manager"]
    for sku, reorder_level, order_up_to, coming in CONSUMED:
        with stage.deed():
            say_when_to_reorder(sku, reorder_level, order_up_to, by=keeper)
        if coming:
            with stage.deed():
                take_delivery(sku, coming, "D1", stage.at(-60, time(9, 30)), by=keeper)
    fill_hazers(stage)
    with stage.deed():
        add_accessories(by=keeper)
        for bundle in BUNDLES:
            make_bundle(bundle, by=keeper)
