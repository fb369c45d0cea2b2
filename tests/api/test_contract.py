"""The API keeps its contract: tokens, errors that name the field, one deed per key, and its own document."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import StockLevel, User
from app.services.tokens import issue_token
from tests import factories
from tests.people import House


def token_of(house: House, name: str, **more: object) -> str:
    with house.writing():
        person = db.session.get_one(User, house.people[name])
        return issue_token(person, "test", by=factories.me(), **more)[1]


@pytest.fixture
def bearer(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(house, 'Ada')}"}


def test_nobody_gets_in_without_a_token(client: FlaskClient, house: House) -> None:
    answer = client.get("/api/v1/inventory/products")
    assert answer.status_code == 401 and answer.content_type == "application/problem+json"


def test_a_session_cookie_opens_nothing_on_the_api(house: House) -> None:
    assert house.browser("Ada").get("/api/v1/inventory/products").status_code == 401


def test_a_token_does_no_more_than_its_person(client: FlaskClient, house: House) -> None:
    viewer = {"Authorization": f"Bearer {token_of(house, 'Vic')}"}
    assert client.get("/api/v1/inventory/products", headers=viewer).status_code == 200
    refused = client.post("/api/v1/inventory/transactions", headers=viewer, json={})
    assert refused.status_code == 403


def test_a_narrow_token_does_less(client: FlaskClient, house: House) -> None:
    narrow = {"Authorization": f"Bearer {token_of(house, 'Ada', permissions=[])}"}
    assert client.get("/api/v1/inventory/products", headers=narrow).status_code == 403


def test_an_expired_token_opens_nothing(client: FlaskClient, house: House) -> None:
    short = {"Authorization": f"Bearer {token_of(house, 'Ada', lives=timedelta(microseconds=1))}"}
    assert client.get("/api/v1/inventory/products", headers=short).status_code == 401


def receipt(product: int, **changes: object) -> dict[str, object]:
    return {
        "product_id": product,
        "transaction_type": "receipt",
        "quantity": 100,
        "unit": "pcs",
        "location": "warehouse",
        "reference_type": "purchase",
        "reference_number": "PO-2024-001",
        "notes": "Weekly stock replenishment",
        "unit_cost": 0.10,
        "total_cost": 10.00,
    } | changes


def test_the_receipt_of_the_guide_is_taken_as_printed(
    client: FlaskClient, house: House, bearer: dict[str, str]
) -> None:
    with house.writing():
        product_id = factories.product("Screw").id
    answer = client.post("/api/v1/inventory/transactions", json=receipt(product_id), headers=bearer)
    assert answer.status_code == 201, answer.text
    assert (
        Decimal(answer.json["unit_cost"]) == Decimal("0.1") and answer.json["transaction_type"] == "receipt"
    )
    with house.reading():
        assert db.session.scalars(select(StockLevel.quantity)).all() == [100]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": "100"}, "quantity"),
        ({"product_id": 999_999}, "product_id"),
        ({"location": "the moon"}, "location"),
        ({"total_cost": 12}, "total_cost"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    client: FlaskClient, house: House, bearer: dict[str, str], changes: dict[str, object], field: str
) -> None:
    with house.writing():
        product_id = factories.product("Screw").id
    answer = client.post(
        "/api/v1/inventory/transactions", json=receipt(product_id, **changes), headers=bearer
    )
    assert answer.status_code == 422 and field in answer.json["errors"], answer.text
    with house.reading():
        assert db.session.scalars(select(StockLevel)).all() == []


def test_the_same_key_is_one_deed_and_another_body_is_refused(
    client: FlaskClient, house: House, bearer: dict[str, str]
) -> None:
    with house.writing():
        product_id = factories.product("Screw").id
    keyed = bearer | {"Idempotency-Key": "delivery-7"}
    first = client.post("/api/v1/inventory/transactions", json=receipt(product_id), headers=keyed)
    again = client.post("/api/v1/inventory/transactions", json=receipt(product_id), headers=keyed)
    other = client.post("/api/v1/inventory/transactions", json=receipt(product_id, notes="x"), headers=keyed)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    with house.reading():
        assert db.session.scalars(select(StockLevel.quantity)).all() == [100]


def test_availability_answers_for_many_products_at_once(
    client: FlaskClient, house: House, bearer: dict[str, str]
) -> None:
    with house.writing():
        ids = [factories.product(stock=3, at=house.warehouse_id).id for _ in range(3)]
    body = {
        "from": "2027-06-07T08:00:00+02:00",
        "until": "2027-06-08T08:00:00+02:00",
        "lines": [{"product_id": product_id} for product_id in ids],
    }
    answer = client.post("/api/v1/inventory/availability", json=body, headers=bearer)
    assert [item["free"] for item in answer.json["items"]] == [3, 3, 3], answer.text


def test_asking_for_availability_waits_for_nobody_who_writes(
    app: Flask, house: House, bearer: dict[str, str]
) -> None:
    with house.writing():
        product_id = factories.product(stock=3, at=house.warehouse_id).id
    body = {
        "from": "2027-06-07T08:00:00+02:00",
        "until": "2027-06-08T08:00:00+02:00",
        "lines": [{"product_id": product_id}],
    }

    def ask() -> int:
        client = app.test_client()
        return client.post("/api/v1/inventory/availability", json=body, headers=bearer).status_code

    with house.writing(), ThreadPoolExecutor(1) as another:
        db.session.get_one(User, house.people["Ada"]).name = "Ada, writing"
        db.session.flush()
        assert another.submit(ask).result(timeout=4) == 200


def test_every_deed_takes_a_key_and_the_document_says_what_comes_of_it(
    client: FlaskClient, house: House
) -> None:
    paths = client.get("/api/v1/openapi.json").json["paths"]
    deeds = {path: found["post"] for path, found in paths.items() if "post" in found}
    questions = {"/inventory/availability"}
    for path in deeds.keys() - questions:
        keys = [one for one in deeds[path]["parameters"] if one["name"] == "Idempotency-Key"]
        assert len(keys) == 1 and keys[0]["required"] is False and "replay" in keys[0]["description"], path
        assert {"422", "503"} <= deeds[path]["responses"].keys(), path
    for path in questions:
        assert not [one for one in deeds[path]["parameters"] if one["in"] == "header"]
