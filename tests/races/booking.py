"""A web application with two deeds: to book one piece, and to issue one. Served by gunicorn for the races.

With RACE_WITHOUT_GUARD=1 it does what a careless program would do: look first, write later, without lock
and without the database's guard. Only an instance under test may do that.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from flask import Flask, Response, current_app, request
from sqlalchemy import select, update

from app.actors import system_actor
from app.application import create_app
from app.config import Settings
from app.extensions import db
from app.models import Product, Reservation, ReservationKind, StockLevel, TransactionKind
from app.permissions import public
from app.queries.availability import availability
from app.refusals import Refused
from app.scope import organization_scope
from app.services.reservations import Wish, reserve
from app.services.stock import post_stock
from app.services.stock_requests import StockRequest
from app.transactions import finish, lock, write_transaction

DAY = datetime(2027, 6, 7, tzinfo=UTC)


def make() -> Flask:
    """The application, under test whatever the environment says."""
    app = create_app(replace(Settings.from_environment(), testing=True))
    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule(
        "/issue/<int:organization_id>/<int:warehouse_id>/<int:product_id>", view_func=issue, methods=["POST"]
    )
    app.add_url_rule(
        "/race/<int:organization_id>/<int:warehouse_id>/<int:product_id>", view_func=book, methods=["POST"]
    )
    return app


@public
def book(organization_id: int, warehouse_id: int, product_id: int) -> Response:
    """Book one piece for the day that the round is played on: 201 when it was free, 409 when not."""
    starts_at = DAY + timedelta(days=request.args.get("day", 0, int))
    wish = Wish(product_id, warehouse_id, 1, starts_at, starts_at + timedelta(hours=8))
    deed = book_carelessly if os.environ.get("RACE_WITHOUT_GUARD") == "1" else book_well
    try:
        deed(wish, organization_id)
    except Refused:
        return Response(status=409)
    return Response(status=201)


def book_well(wish: Wish, organization_id: int) -> None:
    """As every deed does it: lock, look, write."""
    with write_transaction(organization_id):
        lock({Product: [wish.product_id]})
        reserve([wish], by=system_actor(organization_id))


def book_carelessly(wish: Wish, organization_id: int) -> None:
    """Look, and believe it: what was free when somebody looked is written later. Refused outside of tests."""
    settings: Settings = current_app.config["SETTINGS"]
    assert settings.testing
    finish()
    with organization_scope(organization_id):
        found = availability([wish.product_id], wish.warehouse_id, wish.starts_at, wish.ends_at)
    finish()
    if found[wish.product_id].free < 1:
        raise Refused("taken")
    times = {"starts_at": wish.starts_at, "ends_at": wish.ends_at, "created_at": datetime.now(UTC)}
    place = {"product_id": wish.product_id, "warehouse_id": wish.warehouse_id}
    with write_transaction(organization_id):
        db.session.add(Reservation(quantity=1, kind=ReservationKind.EVENT, **place, **times))


@public
def issue(organization_id: int, warehouse_id: int, product_id: int) -> Response:
    """Issue the last piece: 201 when there was one, 409 when not. The round before it has put one there."""
    deed = issue_carelessly if os.environ.get("RACE_WITHOUT_GUARD") == "1" else issue_well
    try:
        deed(organization_id, warehouse_id, product_id)
    except Refused:
        return Response(status=409)
    return Response(status=201)


def issue_well(organization_id: int, warehouse_id: int, product_id: int) -> None:
    """As every deed of the stock room does it: lock, look, write."""
    wanted = StockRequest(TransactionKind.ISSUE, product_id, warehouse_id, quantity=1)
    with write_transaction(organization_id):
        post_stock(wanted, by=system_actor(organization_id), request_id=str(uuid4()))


def issue_carelessly(organization_id: int, warehouse_id: int, product_id: int) -> None:
    """Look, and write what was seen less one later, without a lock. Refused outside of tests."""
    settings: Settings = current_app.config["SETTINGS"]
    assert settings.testing
    here = (StockLevel.product_id == product_id, StockLevel.location_id == warehouse_id)
    finish()
    with organization_scope(organization_id):
        level = db.session.scalar(select(StockLevel.quantity).where(*here))
    finish()
    if not level:
        raise Refused("none left")
    with write_transaction(organization_id):
        db.session.execute(update(StockLevel).where(*here).values(quantity=level - 1))


app = make() if os.environ.get("RACE_OF_A_TEST") == "1" else None
