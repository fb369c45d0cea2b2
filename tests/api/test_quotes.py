"""What a program can do to quotes and their lines, and how it is told no."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.extensions import db
from app.models import Quote, StoredFile
from tests import factories
from tests.api.conftest import Program, refuses
from tests.factories import SOON
from tests.people import House


@pytest.fixture
def quote(house: House, program: Program) -> dict[str, Any]:
    """A draft with 8 of the 5 cables, and a section."""
    with house.writing():
        cable = factories.product("Cable", stock=5, at=house.warehouse_id, day_rate="2.00").id
        deal = factories.deal(house.warehouse_id).id
    made = program.post("/crm/quotes", deal_id=deal)
    assert made.status_code == 201, made.text
    path = f"/crm/quotes/{made.json['id']}"
    program.post(f"{path}/lines", product_id=cable, quantity=8)
    program.post(f"{path}/lines", kind="section", description="Sound")
    found: dict[str, Any] = program.get(path).json
    return found


def at(quote: dict[str, Any]) -> str:
    return f"/crm/quotes/{quote['id']}"


def lines_of(program: Program, quote: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program.get(f"{at(quote)}/lines").json["items"]
    return found


def test_beside_every_line_stands_what_is_free_and_why_it_is_short(
    program: Program, quote: dict[str, Any]
) -> None:
    cable, section = lines_of(program, quote)
    assert (cable["stock"]["free"], cable["stock"]["total"], cable["stock"]["missing"]) == (5, 5, 3)
    assert "3 short" in cable["stock"]["reason"] and section["stock"] is None
    assert [cable["kind"], section["kind"]] == ["product", "section"]


def test_a_line_is_changed_in_part_and_the_totals_follow(program: Program, quote: dict[str, Any]) -> None:
    line = lines_of(program, quote)[0]
    path = f"{at(quote)}/lines/{line['id']}"
    answer = program.ask("PATCH", path, quantity=4, unit_price="3.00", factor="2", discount_percent=10)
    assert answer.status_code == 200, answer.text
    assert (answer.json["net"], answer.json["stock"]["missing"]) == ("21.60", 0)
    assert program.get(at(quote)).json["net"] == "21.60"
    assert program.ask("PATCH", path, description="Long cable").json["quantity"] == 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": "3"}, "quantity"),
        ({"unit_price": "-1"}, "unit_price"),
        ({"discount_percent": 101}, "discount_percent"),
        ({"description": ""}, "description"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_does_not_fit_a_line_is_named(
    program: Program, quote: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    line = lines_of(program, quote)[0]
    assert refuses(program.ask("PATCH", f"{at(quote)}/lines/{line['id']}", **changes), field)
    assert lines_of(program, quote)[0] == line


def test_lines_are_moved_and_taken_off(program: Program, quote: dict[str, Any]) -> None:
    cable, section = lines_of(program, quote)
    moved = program.post(f"{at(quote)}/lines/{section['id']}/place", position=0)
    assert moved.status_code == 200 and moved.json["position"] == 1, moved.text
    assert [one["id"] for one in lines_of(program, quote)] == [section["id"], cable["id"]]
    assert program.ask("DELETE", f"{at(quote)}/lines/{cable['id']}").status_code == 204
    assert program.ask("DELETE", f"{at(quote)}/lines/{cable['id']}").status_code == 404
    assert program.get(at(quote)).json["net"] == "0.00"


def test_a_line_of_another_quote_is_not_found(program: Program, quote: dict[str, Any]) -> None:
    line = lines_of(program, quote)[0]
    other = program.post(f"{at(quote)}/alternative").json
    path = f"{at(other)}/lines/{line['id']}"
    assert program.ask("PATCH", path, quantity=1).status_code == 404
    assert program.ask("DELETE", path).status_code == 404
    assert program.post(f"{path}/place", position=0).status_code == 404


def test_what_stands_around_the_lines_is_changed_in_the_version_that_was_read(
    program: Program, quote: dict[str, Any]
) -> None:
    body = {
        "version": quote["version"],
        "discount_percent": "5",
        "introduction": "Dear Nora",
        "valid_until": "2090-01-01",
    }
    changed = program.put(at(quote), **body)
    assert changed.status_code == 200 and changed.json["introduction"] == "Dear Nora", changed.text
    assert changed.json["version"] == quote["version"] + 1 and changed.json["net"] != quote["net"]
    assert program.put(at(quote), **body).status_code == 409
    assert refuses(program.put(at(quote), **body | {"discount_percent": 101}), "discount_percent")


def test_a_sent_quote_is_frozen_and_revised_instead(program: Program, quote: dict[str, Any]) -> None:
    line = lines_of(program, quote)[0]
    program.ask("PATCH", f"{at(quote)}/lines/{line['id']}", quantity=2)
    sent = program.post(f"{at(quote)}/dispatch", email="nora@lindenau.example", valid_until="2090-01-01")
    assert sent.status_code == 200 and sent.json["client_url"], sent.text
    assert program.ask("PATCH", f"{at(quote)}/lines/{line['id']}", quantity=3).status_code == 422
    assert program.ask("DELETE", at(quote)).status_code == 422
    first, again = (program.post(f"{at(quote)}/revision") for _ in range(2))
    assert first.status_code == 201 and (first.json["version_number"], first.json["state"]) == (2, "draft")
    assert again.json == first.json
    copy = lines_of(program, first.json)[0]
    program.ask("PATCH", f"{at(first.json)}/lines/{copy['id']}", quantity=3)
    found = program.get(f"{at(first.json)}/differences").json["items"]
    assert [(one["change"], one["before_id"], one["after_id"]) for one in found] == [
        ("changed", line["id"], copy["id"])
    ]
    assert found[0]["fields"] == ["net", "quantity"]
    assert program.ask("DELETE", at(first.json)).status_code == 204


def test_versions_are_compared_within_one_deal(house: House, program: Program, quote: dict[str, Any]) -> None:
    with house.writing():
        other_deal = factories.deal(house.warehouse_id, starts_at=SOON + timedelta(days=20)).id
    other = program.post("/crm/quotes", deal_id=other_deal).json
    assert refuses(program.get(f"{at(quote)}/differences?other_id={other['id']}"), "other_id")
    assert program.get(f"{at(quote)}/differences").json["items"] == []
    assert [one["id"] for one in program.get(f"/crm/quotes?deal_id={other_deal}").json["items"]] == [
        other["id"]
    ]


def test_prices_are_taken_afresh(house: House, program: Program, quote: dict[str, Any]) -> None:
    line = lines_of(program, quote)[0]
    program.ask("PATCH", f"{at(quote)}/lines/{line['id']}", unit_price="99.00")
    assert program.post(f"{at(quote)}/prices").status_code == 200
    assert lines_of(program, quote)[0]["unit_price"] == line["unit_price"] == "2.00"


def test_the_printed_form_is_there_once_it_is_set(
    house: House, program: Program, quote: dict[str, Any]
) -> None:
    assert program.get(f"{at(quote)}/pdf").status_code == 404
    with house.writing():
        file = StoredFile(
            name="q.pdf", media_type="application/pdf", sha256="0" * 64, content=b"%PDF-1", created_at=SOON
        )
        db.session.add(file)
        db.session.flush()
        db.session.execute(update(Quote).values(state="sent", sent_at=SOON, pdf_id=file.id))
    shown = program.get(f"{at(quote)}/pdf")
    assert (shown.mimetype, shown.data) == ("application/pdf", b"%PDF-1")


def test_costs_are_for_who_sees_margins(house: House, program: Program, quote: dict[str, Any]) -> None:
    line = lines_of(program, quote)[0]
    assert line["unit_cost"] == "0.00"
    assert lines_of(Program(house, "Alice"), quote)[0]["unit_cost"] is None
    assert (
        Program(house, "Alice").ask("PATCH", f"{at(quote)}/lines/{line['id']}", quantity=1).status_code == 403
    )


def test_reading_the_lines_costs_the_same_for_one_and_for_twenty(
    program: Program, quote: dict[str, Any], statements: Any
) -> None:
    def cost() -> int:
        statements()
        assert program.get(f"{at(quote)}/lines").status_code == 200
        return len(statements())

    one, product = cost(), lines_of(program, quote)[0]["product_id"]
    for _ in range(19):
        program.post(f"{at(quote)}/lines", product_id=product, quantity=1)
    assert cost() == one
    assert len(program.get(f"{at(quote)}/lines?per_page=5&page=2").json["items"]) == 5
