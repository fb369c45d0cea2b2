"""The roles of stock and parts, as the guide of the trade tells them: who does what, and who only looks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Job, JobType, Product, Tracking
from app.permissions import PUBLIC, ROLES, SIGNED_IN, Permission
from app.services.job_parts import PartWanted, allocate_all, plan_part
from app.services.jobs import JobFacts, add_job
from tests import factories
from tests.factories import me
from tests.people import House
from tests.routes import UNSAFE, routes
from tests.walks import complain, token_of

API = "/api/v1/inventory"
OWN_AFFAIRS = ("accounts.", "insight.", "health.")
"""Their own profile, session and notifications are everybody's to change."""
ASKED_FOR = {"reports.run_report", "api.create_report_run", "inventory.run_labels"}
"""A report that takes long is worked out apart, and so are many labels: what they read stays as it is."""


def call(house: House, name: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """What a person's program gets."""
    headers = {
        "Authorization": f"Bearer {token_of(house, name)}",
        "Idempotency-Key": f"k-{datetime.now(UTC):%f%s}",
    }
    return house.app.test_client().open(API + path, method=method, json=body, headers=headers)


def stocked(house: House) -> int:
    with house.writing():
        return factories.product("Tape", tracking=Tracking.CONSUMABLE, stock=50, at=house.warehouse_id).id


def job_for(house: House, name: str, product_id: int) -> tuple[int, int]:
    """A job of a technician with ten pieces set aside: its id, and its part's."""
    with house.writing():
        starts_at = datetime.now(UTC) + timedelta(hours=1)
        facts = JobFacts(
            title="Hang the screens", job_type_id=db.session.scalars(select(JobType.id)).all()[0],
            warehouse_id=house.warehouse_id, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3),
            technician_id=house.people[name],
        )  # fmt: skip
        job_id = add_job(facts, by=me()).id
    with house.writing():
        part_id = plan_part(db.session.get_one(Job, job_id), PartWanted(product_id, 10), by=me()).id
    with house.writing():
        allocate_all(db.session.get_one(Job, job_id), by=me())
    return job_id, part_id


def transaction(kind: str, product_id: int, **more: Any) -> dict[str, Any]:
    return {"product_id": product_id, "transaction_type": kind, "location": "warehouse", **more}


@pytest.mark.parametrize(
    ("kind", "more", "status"),
    [
        ("receipt", {"quantity": 5, "unit_cost": 0.10}, 201),
        ("adjustment", {"counted": 48, "notes": "Looked"}, 201),
        ("issue", {"quantity": 5, "notes": "Sold"}, 403),
        ("transfer", {"quantity": 5, "to_location": "S-1"}, 403),
    ],
)
def test_a_service_manager_makes_receipts_and_adjustments_and_no_other_movements(
    house: House, kind: str, more: dict[str, Any], status: int
) -> None:
    product_id = stocked(house)
    answer = call(house, "Serge", "POST", "/transactions", transaction(kind, product_id, **more))
    assert answer.status_code == status, answer.text
    with house.reading():
        assert (db.session.get_one(Product, product_id).on_hand == 50) is (status == 403)


def test_a_service_manager_assigns_parts_and_reads_usage_but_neither_counts_nor_orders(house: House) -> None:
    product_id = stocked(house)
    job_id, _ = job_for(house, "Tess", product_id)
    planned = {"job_id": job_id, "product_id": product_id, "quantity_required": 5}
    assert call(house, "Serge", "POST", "/job-parts", planned).status_code == 201
    browser = house.browser("Serge")
    assert browser.get("/reports/usage").status_code == 200
    for path in ("/inventory/counts", "/inventory/levels", "/inventory/imports", "/set-up"):
        assert browser.get(path).status_code == 403, path
    refused = {Permission.COUNTS_WRITE, Permission.COUNTS_MANAGE, Permission.ORDERS_MANAGE,
               Permission.ALERTS_MANAGE, Permission.STOCK_TRANSFER, Permission.STOCK_ISSUE,
               Permission.PRODUCTS_MANAGE}  # fmt: skip
    assert not refused & ROLES["service_manager"][1]


def test_a_technician_sees_and_uses_the_parts_of_their_own_jobs_only(house: House) -> None:
    product_id = stocked(house)
    own_job, own_part = job_for(house, "Tess", product_id)
    other_job, other_part = job_for(house, "Serge", product_id)
    listed = call(house, "Tess", "GET", "/jobs").get_json()["items"]
    assert [job["id"] for job in listed] == [own_job]
    assert call(house, "Tess", "GET", f"/jobs/{other_job}").status_code == 404
    used = {"quantity_used": 4, "status": "used"}
    assert call(house, "Tess", "PUT", f"/job-parts/{other_part}", used).status_code == 404
    assert call(house, "Tess", "PUT", f"/job-parts/{own_part}", used).status_code == 200
    for path in ("/transactions", "/stock-levels", "/alerts", "/purchase-orders", "/counts"):
        assert call(house, "Tess", "GET", path).status_code == 403, path
    body = transaction("receipt", product_id, quantity=5)
    assert call(house, "Tess", "POST", "/transactions", body).status_code == 403


def test_an_inventory_manager_does_everything_in_inventory() -> None:
    everything = {permission for permission in Permission if permission.startswith("inventory:")}
    assert everything <= ROLES["inventory_manager"][1]


def test_a_viewer_reads_levels_transactions_and_reports(house: House) -> None:
    stocked(house)
    browser = house.browser("Vic")
    for path in ("/inventory/stock-levels", "/inventory/transactions", "/inventory/alerts", "/inventory/orders",
                 "/inventory/counts", "/reports/usage", "/reports/valuation"):  # fmt: skip
        assert browser.get(path).status_code == 200, path


def test_no_route_that_changes_anything_is_open_to_a_viewer(app: Flask) -> None:
    open_to_viewer = [
        str(route)
        for route in routes(app, UNSAFE)
        if route.is_open_to("viewer") and route.mark != PUBLIC and not is_own_affair(route.endpoint, route.mark)
        and route.endpoint not in ASKED_FOR
        and not getattr(app.view_functions[route.endpoint], "only_asks", False)
    ]  # fmt: skip
    complain(open_to_viewer)


def is_own_affair(endpoint: str, mark: str | None) -> bool:
    """True for what everybody who is signed in may change of what is their own."""
    return mark == SIGNED_IN and (endpoint.startswith(OWN_AFFAIRS) or endpoint.startswith("api."))
