"""The organization's own settings."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import FactorSchedule, Organization, TaxClass
from app.refusals import Refused
from app.services.settings import read_steps
from tests.people import House

GOOD = {
    "name": "Nightjar Audio GmbH", "address": "Hafen 3", "currency": "CHF", "locale": "de",
    "timezone": "Europe/Zurich", "colour": "teal", "quote_valid_days": "21", "payment_days": "30",
    "charge_mode": "24h", "leeway_hours": "2", "working_weekdays": ["0", "1", "2"], "confirm_gate": "block",
    "dispatch_gate": "allow",
}  # fmt: skip


def test_every_setting_is_kept(house: House) -> None:
    assert house.browser("Ada").post("/settings", data=GOOD).status_code == 303
    with house.reading():
        kept = db.session.get_one(Organization, house.organization_id)
        assert (kept.name, kept.currency, kept.timezone, kept.colour) == (
            "Nightjar Audio GmbH", "CHF", "Europe/Zurich", "teal",
        )  # fmt: skip
        assert (kept.working_weekdays, kept.confirm_gate.value, kept.leeway_hours) == ("012", "block", 2)
        assert kept.trusts_planned_returns is False


@pytest.mark.parametrize(
    ("field", "value"),
    [("currency", "XYZ"), ("timezone", "Mars/Base"), ("locale", "xx_YY_zz"), ("colour", "plaid"),
     ("payment_days", "-1"), ("quote_valid_days", "0"), ("name", ""), ("working_weekdays", []),
     ("working_weekdays", ["7"]), ("email", "no")],
)  # fmt: skip
def test_what_does_not_exist_is_refused_beside_its_field(house: House, field: str, value: object) -> None:
    answer = house.browser("Ada").post("/settings", data=GOOD | {field: value})
    assert answer.status_code == 422 and "Hafen 3" in answer.text
    with house.reading():
        assert db.session.get_one(Organization, house.organization_id).name == "Nightjar Audio"


def test_a_new_default_rate_takes_the_mark_off_the_old_one(house: House) -> None:
    ada = house.browser("Ada")
    data = {"name": "Swiss", "rate": "8.1", "is_default": "on"}
    assert ada.post("/settings/tax-classes", data=data).status_code == 303
    with house.reading():
        rows = {row.name: row for row in db.session.scalars(select(TaxClass))}
        assert [name for name, row in rows.items() if row.is_default] == ["Swiss"]
        assert rows["Swiss"].rate == Decimal("8.1")
        ids = {name: row.id for name, row in rows.items()}
    assert ada.post(f"/settings/tax-classes/{ids['Swiss']}/removal").status_code == 422
    assert ada.post(f"/settings/tax-classes/{ids['Standard']}/removal").status_code == 303


def test_a_factor_table_is_typed_as_people_write_it(house: House) -> None:
    ada = house.browser("Ada")
    data = {"name": "Tours", "steps": "1: 1\n2 = 1,5\n\n7: 3"}
    assert ada.post("/settings/factor-tables", data=data).status_code == 303
    with house.reading():
        table = db.session.scalars(select(FactorSchedule).where(FactorSchedule.name == "Tours")).one()
        assert table.steps == [[1, "1"], [2, "1.5"], [7, "3"]]
    assert ada.post("/settings/factor-tables", data=data).status_code == 422


@pytest.mark.parametrize(
    "typed", ["", "2: 1", "1: 1\n1: 2", "1: 2\n2: 1", "1: x", "1: 0", "one: 1", "1: 1\n3: 1.12345"]
)
def test_steps_that_make_no_sense_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        read_steps(typed)


def test_only_those_who_manage_the_organization_change_it(house: House) -> None:
    viewer = house.browser("Vic")
    assert viewer.get("/settings").status_code == 200
    assert viewer.post("/settings", data=GOOD).status_code == 403


RULES = {
    "notes_required": ["issue", "adjustment"], "job_buffer_percent": "12,5", "carrying_cost_percent": "25 %",
    "count_every_days": "30", "digest_hour": "6",
}  # fmt: skip


@pytest.mark.parametrize("name", ["Ada", "Ivy"])
def test_whoever_manages_the_inventory_says_how_stock_and_parts_are_kept(house: House, name: str) -> None:
    browser = house.browser(name)
    assert browser.post("/settings/stock", data=RULES).status_code == 303
    with house.reading():
        kept = db.session.get_one(Organization, house.organization_id)
        assert kept.notes_required == ["adjustment", "issue"]
        assert (kept.job_buffer_percent, kept.carrying_cost_percent) == (Decimal("12.5"), Decimal(25))
        assert (kept.count_every_days, kept.digest_hour) == (30, 6)
    page = browser.get("/settings/stock").text
    assert 'value="issue" checked' in page and 'value="12.50"' in page


@pytest.mark.parametrize("name", ["Walter", "Serge", "Tess", "Vic", "Bob"])
def test_nobody_else_says_how_stock_and_parts_are_kept(house: House, name: str) -> None:
    browser = house.browser(name)
    assert browser.get("/settings/stock").status_code == 403
    assert browser.post("/settings/stock", data=RULES).status_code == 403


def test_the_organizations_own_page_leaves_the_rules_of_stock_alone(house: House) -> None:
    ada = house.browser("Ada")
    ada.post("/settings/stock", data=RULES)
    ada.post("/settings", data=GOOD)
    with house.reading():
        assert db.session.get_one(Organization, house.organization_id).count_every_days == 30


@pytest.mark.parametrize(
    ("field", "value"),
    [("job_buffer_percent", "101"), ("job_buffer_percent", "9"),
     ("digest_hour", "24"), ("count_every_days", "0"), ("notes_required", ["x"])],
)  # fmt: skip
def test_a_rule_of_stock_that_makes_no_sense_is_refused(house: House, field: str, value: object) -> None:
    answer = house.browser("Ivy").post("/settings/stock", data=RULES | {field: value})
    assert answer.status_code == 422 and "another look" in answer.text
