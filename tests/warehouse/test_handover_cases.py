"""Cases on delivery and return notes: whoever drives signs for them, with what they weigh and what is in them."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.gateways.pdf import typeset
from app.models import Handover, Location, OutboxRow, Product, Scan
from app.queries.handover_cases import cases_on_note
from app.services.cases import CaseFacts, add_case
from app.services.handovers import void_handover
from app.services.scans import undo
from tests.api.conftest import Program
from tests.factories import me
from tests.warehouse.test_case_scans import agree, case_of, fill, pack, packed, sealed
from tests.warehouse.test_handovers import finish_up
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall", "packed"]


def said(hall: Hall) -> dict[str, Any]:
    """What the latest note says on paper."""
    with hall.house.reading():
        query = (
            select(OutboxRow.payload)
            .where(OutboxRow.kind == "documents.typeset")
            .order_by(OutboxRow.id.desc())
        )
        content: dict[str, Any] = db.session.scalars(query.limit(1)).one()["content"]
        return content


def listed(hall: Hall) -> list[tuple[str, str, str, str]]:
    """Its cases: code, the case around it, pieces, seal."""
    return [(one["code"], one["around"], one["pieces"], one["seal"]) for one in said(hall)["cases"]]


def weigh(hall: Hall) -> None:
    """The cases weigh eight and a half kilos each; a spot weighs ten; of the cables nobody knows."""
    with hall.house.writing():
        for code in ("CASE-1", "CASE-2"):
            case_of(code).own_weight_kg = Decimal("8.5")
        db.session.get_one(Product, hall.spot).weight_kg = Decimal(10)


def nest(hall: Hall) -> None:
    """Case 1 is packed into case 2."""
    opened = hall.scan("CASE-2", "prep")
    pack(hall)
    hall.scan("CASE-1", "prep", location_id=opened.location_id)


def test_the_delivery_note_lists_each_case_with_what_is_in_it_and_what_it_weighs(packed: Hall) -> None:
    weigh(packed)
    sealed(packed)
    packed.scan("CASE-1")
    packed.scan("CASE-2")
    packed.scan("3*XLR-05M")
    finish_up(packed)
    assert said(packed)["cases"] == [
        {
            "code": "CASE-1", "name": "Case 1", "depth": 0, "around": "", "seal": "Sealed", "pieces": "5",
            "weight": "more than 18.5 kg",
        },
        {
            "code": "CASE-2", "name": "Case 2", "depth": 0, "around": "", "seal": "Not sealed", "pieces": "0",
            "weight": "8.5 kg",
        },
    ]  # fmt: skip
    assert said(packed)["cases_total"] == "2 cases, more than 27 kg"
    assert typeset("handover", said(packed)).startswith(b"%PDF")


def test_a_case_in_a_case_stands_below_it_and_is_weighed_once(packed: Hall) -> None:
    weigh(packed)
    nest(packed)
    packed.scan("CASE-2")
    finish_up(packed)
    assert listed(packed) == [("CASE-2", "", "10", "Not sealed"), ("CASE-1", "CASE-2", "10", "Not sealed")]
    assert said(packed)["cases_total"] == "2 cases, 1 of them in another, more than 37 kg"


def test_each_note_lists_the_cases_of_its_own_truck(packed: Hall) -> None:
    fill(packed)
    packed.scan("CASE-1")
    first = finish_up(packed)
    packed.scan("CASE-2")
    second = finish_up(packed)
    assert [one[0] for one in listed(packed)] == ["CASE-2"]
    packed.scan("CASE-1", "in")
    finish_up(packed, "in")
    assert said(packed)["title"] == "Return note" and [one[0] for one in listed(packed)] == ["CASE-1"]
    with packed.house.reading():
        kept = [cases_on_note(db.session.get_one(Handover, note)) for note in (first, second)]
    assert [[(one.code, one.pieces) for one in cases] for cases in kept] == [[("CASE-1", 5)], [("CASE-2", 0)]]


def test_what_came_straight_back_or_was_taken_back_is_on_no_note(packed: Hall) -> None:
    fill(packed)
    packed.scan("CASE-1")
    packed.scan("CASE-1", "in")
    gone = packed.scan("CASE-2")
    by = packed.house.actor("Walter")
    with packed.house.writing():
        undo(db.session.get_one(Scan, gone.scan_id), by=by, uuid="not-that-one")
    packed.scan(packed.tags[1])
    finish_up(packed)
    assert listed(packed) == [] and said(packed)["cases_total"] == ""


def test_an_empty_case_alone_is_worth_a_note(packed: Hall) -> None:
    packed.scan("CASE-2")
    finish_up(packed)
    assert listed(packed) == [("CASE-2", "", "0", "Not sealed")]


def test_a_note_that_was_taken_back_gives_its_cases_to_the_next(packed: Hall) -> None:
    packed.scan("CASE-2")
    first, by = finish_up(packed), packed.house.actor("Ada")
    with packed.house.writing():
        void_handover(db.session.get_one(Handover, first), "Wrong truck", by=by)
    finish_up(packed)
    assert [one[0] for one in listed(packed)] == ["CASE-2"]


def test_a_case_that_another_event_returned_is_on_the_return_note(packed: Hall) -> None:
    pack(packed)
    packed.scan("CASE-1")
    packed.scan("CASE-1", "in", event=packed.there, accept=True)
    finish_up(packed, "in")
    assert listed(packed) == [("CASE-1", "", "10", "Not sealed")]
    agree(packed)


def test_a_packing_container_is_noted_as_emptied(packed: Hall) -> None:
    with packed.house.writing():
        case_of().dissolves = True
    pack(packed)
    packed.scan("CASE-1")
    finish_up(packed)
    assert listed(packed) == [("CASE-1", "", "10", "Not sealed")]
    packed.scan("CASE-1", "in")
    finish_up(packed, "in")
    assert listed(packed) == [("CASE-1", "", "0", "Emptied")]


def test_the_screens_and_programs_name_them_before_and_after(packed: Hall) -> None:
    sealed(packed)
    packed.scan("CASE-1")
    walter, address = packed.house.browser("Walter"), f"/warehouse/events/{packed.here}/handover"
    draft = walter.get(f"{address}?mode=out").text
    assert "Case 1</a>" in draft and "Sealed" in draft
    program = Program(packed.house, "Walter")
    with packed.house.reading():
        expected = [{"id": case_of().id, "code": "CASE-1", "name": "Case 1", "pieces": 5}]
    assert (program.get(f"{address}?mode=out").json or {})["cases"] == expected
    note = finish_up(packed)
    assert (program.get(f"/warehouse/handovers/{note}").json or {})["cases"] == expected
    shown = walter.get(f"/warehouse/handovers/{note}").text
    assert "Case 1</a>" in shown and "CASE-1" in shown


def test_a_note_costs_as_many_statements_with_ten_cases_as_with_one(packed: Hall, statements: Any) -> None:
    walter, address = packed.house.browser("Walter"), f"/warehouse/events/{packed.here}/handover?mode=out"
    fill(packed)
    packed.scan("CASE-1")
    statements()
    walter.get(address)
    one = len(statements())
    with packed.house.writing():
        shelf = db.session.scalars(select(Location).where(Location.code == "A-1")).one()
        for number in range(10, 20):
            add_case(CaseFacts(name=f"Case {number}", code=f"CASE-{number}", home_id=shelf.id), by=me())
    for number in range(10, 20):
        packed.scan(f"CASE-{number}")
    statements()
    assert "Case 19" in walter.get(address).text
    assert len(statements()) == one
