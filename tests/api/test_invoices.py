"""What a program can do to invoices, and how it is told no."""

from decimal import Decimal
from typing import Any

import pytest

from app.services.events import open_event
from tests import factories
from tests.api.conftest import Program, refuses
from tests.factories import me
from tests.people import House


@pytest.fixture
def draft(house: House, program: Program) -> dict[str, Any]:
    """The final invoice of an event of 1000, as a draft."""
    with house.writing():
        event = open_event(factories.deal(house.warehouse_id), by=me())
        event.revenue = Decimal(1000)
        event_id = event.id
    made = program.post("/crm/invoices", event_id=event_id, kind="final")
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json
    return found


def at(invoice: dict[str, Any]) -> str:
    return f"/crm/invoices/{invoice['id']}"


def test_a_draft_is_changed_and_gets_and_loses_lines(program: Program, draft: dict[str, Any]) -> None:
    said = program.put(at(draft), address="Lindenau\nHall 3", introduction="Thank you", due_on="2090-01-01")
    assert (said.json["address"], said.json["due_on"]) == ("Lindenau\nHall 3", "2090-01-01"), said.text
    line = program.post(f"{at(draft)}/lines", description="Late return", net="50.00", tax_rate="0")
    assert line.status_code == 201 and line.json["net"] == "50.00", line.text
    assert program.get(at(draft)).json["net"] == "1050.00"
    assert [one["net"] for one in program.get(f"{at(draft)}/lines").json["items"]] == ["1000.00", "50.00"]
    assert program.ask("DELETE", f"{at(draft)}/lines/{line.json['id']}").status_code == 204
    assert program.get(at(draft)).json["net"] == "1000.00"


def test_an_issued_invoice_is_frozen_paid_and_credited(program: Program, draft: dict[str, Any]) -> None:
    assert program.get(f"{at(draft)}/pdf").status_code == 404
    issued = program.post(f"{at(draft)}/issue").json
    assert program.put(at(draft), address="Elsewhere").status_code == 422
    assert program.post(f"{at(draft)}/lines", description="More", net=1, tax_rate=0).status_code == 422
    assert program.ask("DELETE", at(draft)).status_code == 422
    paid = program.post(f"{at(draft)}/payments", amount="100.00", paid_on="2027-06-01", method="Card")
    assert program.get(f"{at(draft)}/payments").json["items"] == [paid.json]
    credit = program.post(f"{at(draft)}/credit")
    assert credit.status_code == 201 and credit.json["credits_id"] == issued["id"], credit.text
    assert Decimal(credit.json["gross"]) == -Decimal(issued["gross"])
    assert program.get(f"{at(draft)}/pdf").status_code == 503


def test_a_draft_is_thrown_away(program: Program, draft: dict[str, Any]) -> None:
    assert program.post(f"{at(draft)}/credit").status_code == 422
    assert program.ask("DELETE", at(draft)).status_code == 204
    assert program.get(at(draft)).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"net": "1.00", "tax_rate": 0}, "description"),
        ({"description": "More", "net": "1.001", "tax_rate": 0}, "net"),
        ({"description": "More", "net": "1.00", "tax_rate": 101}, "tax_rate"),
        ({"description": "More", "net": "1.00", "tax_rate": 0, "request_id": "x"}, "request_id"),
    ],
)
def test_what_does_not_fit_a_line_is_named(
    program: Program, draft: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    assert refuses(program.post(f"{at(draft)}/lines", **body), field)
    assert refuses(program.put(at(draft), address=""), "address")


def test_a_line_of_another_invoice_is_not_found(program: Program, draft: dict[str, Any]) -> None:
    line = program.get(f"{at(draft)}/lines").json["items"][0]
    program.post(f"{at(draft)}/issue")
    credit = program.post(f"{at(draft)}/credit").json
    assert program.ask("DELETE", f"{at(credit)}/lines/{line['id']}").status_code == 404


def test_invoices_are_written_by_sales_and_read_by_planners(house: House, draft: dict[str, Any]) -> None:
    planner, hand = Program(house, "Alice"), Program(house, "Bob")
    assert planner.get(f"{at(draft)}/lines").status_code == 200
    assert planner.ask("DELETE", at(draft)).status_code == 403
    assert hand.get(f"{at(draft)}/payments").status_code == 403


def test_rates_and_factor_tables_are_listed(program: Program) -> None:
    rates = program.get("/crm/tax-rates").json["items"]
    assert rates and rates[0]["is_default"] is True
    assert isinstance(program.get("/inventory/factor-tables").json["items"], list)
