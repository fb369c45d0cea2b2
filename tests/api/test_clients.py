"""What a program can do to companies, contacts and quotes, and how it is told no."""

import pytest

from tests.api.conftest import Program, refuses
from tests.crm.offers import products, sent
from tests.people import House, found_house


@pytest.fixture
def quote(house: House) -> int:
    """A quote that is with the client."""
    with house.writing():
        return sent(house, [(products(house, 1)[0].id, 2)]).id


def test_a_company_can_be_read_changed_and_sent_back(program: Program) -> None:
    made = program.post("/crm/companies", name="Lindenau", email="hi@lindenau.example", payment_days=14)
    assert made.status_code == 201, made.text
    said = {name: value for name, value in made.json.items() if name not in ("id", "archived_at")}
    changed = said | {"name": "Lindenau Film", "is_stopped": True, "discount_percent": "7.50"}
    answer = program.put(f"/crm/companies/{made.json['id']}", **changed)
    assert answer.status_code == 200 and answer.json == made.json | changed, answer.text


def test_what_does_not_fit_a_company_is_named(program: Program) -> None:
    program.post("/crm/companies", name="Lindenau")
    other = program.post("/crm/companies", name="Other").json["id"]
    assert refuses(program.put(f"/crm/companies/{other}", name="lindenau"), "name")
    for field, value in (("email", "nobody"), ("payment_days", 400), ("discount_percent", "101")):
        assert refuses(program.put(f"/crm/companies/{other}", **{"name": "Other", field: value}), field)


def test_a_contact_is_added_and_changes_companies(program: Program) -> None:
    first, second = (program.post("/crm/companies", name=name).json["id"] for name in ("One", "Two"))
    made = program.post("/crm/contacts", name="Nora", company_id=first, role="Producer")
    assert made.status_code == 201 and made.json["company_id"] == first, made.text
    path = f"/crm/contacts/{made.json['id']}"
    moved = program.put(path, name="Nora B.", company_id=second, email="nora@two.example")
    assert moved.json == made.json | {
        "name": "Nora B.", "company_id": second, "email": "nora@two.example", "role": "",
    }  # fmt: skip
    assert program.get(path).json == moved.json


def test_what_does_not_fit_a_contact_is_named(house: House, program: Program) -> None:
    theirs = Program(found_house(house.app, "Other Lights", "other")).post("/crm/companies", name="Theirs")
    assert refuses(program.post("/crm/contacts", name="Nora", company_id=theirs.json["id"]), "company_id")
    assert refuses(program.post("/crm/contacts", name=""), "name")
    assert refuses(program.post("/crm/contacts", name="Nora", email="nora at home"), "email")


def test_a_quote_is_declined_for_its_client_once(program: Program, quote: int) -> None:
    said = {"name": "Nora", "reason": "Too dear"}
    first, again = (program.post(f"/crm/quotes/{quote}/refusal", **said) for _ in range(2))
    assert first.status_code == 200 and first.json["state"] == "declined", first.text
    assert again.json == first.json and first.json["answered_by"] == "Nora"


def test_a_refusal_needs_a_name_and_a_reason_and_a_quote_that_is_open(program: Program, quote: int) -> None:
    path = f"/crm/quotes/{quote}"
    assert refuses(program.post(f"{path}/refusal", name="Nora", reason=" "), "reason")
    assert refuses(program.post(f"{path}/refusal", reason="Too dear"), "name")
    program.post(f"{path}/acceptance", name="Nora")
    assert program.post(f"{path}/refusal", name="Nora", reason="Changed our minds").status_code == 422
