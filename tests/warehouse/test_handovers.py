"""Delivery and return notes: what moved is written down once, whatever differs has its reason, and then it stands."""

import io
import uuid
from threading import Barrier, Thread
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from app.extensions import db
from app.gateways.pdf import pictured
from app.models import Condition, Event, Handover, OutboxRow, Repair, Scan, ScanMode, StoredFile
from app.queries.handovers import differences_now, open_span, stated
from app.queries.handovers import on_note as written
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.conditions import Finding, report_condition
from app.services.handovers import Closing, NoReason, hand_over, void_handover
from app.services.losses import mark_lost
from app.services.repair_endings import Ending, close_repair
from app.services.scans import undo
from tests.api.conftest import Program, refuses
from tests.tasks import do_tasks
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall"]

BECAUSE = Closing(reason_for_all="Follows later")


def finish_up(hall: Hall, mode: str = "out", closing: Closing = BECAUSE, request_id: str = "") -> int:
    """Walter closes the movement; the id of the note."""
    by = hall.house.actor("Walter")
    with hall.house.writing():
        event = db.session.get_one(Event, hall.here)
        return hand_over(event, ScanMode(mode), closing, by=by, request_id=request_id or str(uuid.uuid4())).id


def on_note(hall: Hall, note_id: int) -> list[tuple[str, str | None, int]]:
    """What a note covers."""
    with hall.house.reading():
        rows = written(db.session.get_one(Handover, note_id))
        return [(row.product, row.tag, row.quantity) for row in rows]


def differs(hall: Hall, mode: str = "out") -> list[tuple[str, str, int, str]]:
    """How what moved differs now."""
    with hall.house.reading():
        found = differences_now(open_span(hall.here, ScanMode(mode)))
        return [(one.sort.value, one.product, one.quantity, one.known_reason) for one in found]


def leave(hall: Hall) -> None:
    """Both spots and all cable leave."""
    for tag in hall.tags[:2]:
        hall.scan(tag)
    hall.scan("20*XLR-05M")


def test_a_note_covers_what_left_and_the_next_one_what_left_later(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    hall.scan("5*XLR-05M")
    first = finish_up(hall)
    assert on_note(hall, first) == [("Cable", None, 5), ("Spot", hall.tags[0], 1)]
    hall.scan(hall.tags[1])
    hall.scan("15*XLR-05M")
    second = finish_up(hall)
    assert on_note(hall, second) == [("Cable", None, 15), ("Spot", hall.tags[1], 1)]
    assert on_note(hall, first) == [("Cable", None, 5), ("Spot", hall.tags[0], 1)]
    with hall.house.reading():
        numbers = db.session.scalars(select(Handover.number).order_by(Handover.id)).all()
        assert [number[-5:] for number in numbers] == ["-0001", "-0002"]
        assert stated(second) == []


def test_what_was_taken_back_before_is_on_no_note(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    hall.scan("5*XLR-05M")
    hall.scan("UNDO")
    assert on_note(hall, finish_up(hall)) == [("Spot", hall.tags[0], 1)]


def test_whatever_is_short_needs_a_reason_and_nothing_is_written_without(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    assert differs(hall) == [("short", "Spot", 1, ""), ("short", "Cable", 20, "")]
    key = f"short-{hall.spot}"
    with pytest.raises(NoReason) as refused:
        finish_up(hall, closing=Closing({key: "Broken"}))
    assert list(refused.value.errors) == [f"reasons.short-{hall.cable}"]
    with hall.house.reading():
        assert db.session.scalar(select(func.count(Handover.id))) == 0
    note = finish_up(hall, closing=Closing({key: "Broken"}, reason_for_all="Follows later"))
    with hall.house.reading():
        said = [(one.product, one.quantity, one.reason) for one in stated(note)]
    assert said == [("Spot", 1, "Broken"), ("Cable", 20, "Follows later")]


def test_what_was_put_on_the_list_and_stayed_is_neither_short_nor_extra(hall: Hall) -> None:
    for tag in hall.tags[:2]:
        hall.scan(tag)
    hall.scan("20*XLR-05M", "prep")
    hall.scan("3*XLR-05M", "prep", accept=True)
    hall.scan("21*XLR-05M")
    assert differs(hall) == [("extra", "Cable", 1, "")]
    hall.scan("XLR-05M")
    assert differs(hall) == [("extra", "Cable", 2, "")]


def test_an_extra_that_is_not_away_is_short_on_no_later_note_either(hall: Hall) -> None:
    leave(hall)
    hall.scan("3*XLR-05M", "prep", accept=True)
    finish_up(hall)
    hall.scan(hall.tags[0], "in")
    hall.scan(hall.tags[0])
    assert differs(hall) == []
    finish_up(hall)
    hall.scan("2*XLR-05M")
    assert differs(hall) == [("extra", "Cable", 2, "")]
    finish_up(hall)
    hall.scan("2*XLR-05M", "in")
    assert differs(hall) == []
    hall.scan("2*XLR-05M")
    assert differs(hall) == []


def test_what_is_planned_and_missing_is_short_beside_an_extra_on_every_note(hall: Hall) -> None:
    leave(hall)
    hall.scan("3*XLR-05M", accept=True)
    finish_up(hall)
    hall.scan("5*XLR-05M", "in")
    assert differs(hall) == [("short", "Cable", 2, "")]


def test_a_note_that_was_taken_back_has_told_no_extra(hall: Hall) -> None:
    leave(hall)
    hall.scan("3*XLR-05M", accept=True)
    note, by = finish_up(hall), hall.house.actor("Walter")
    with hall.house.writing():
        void_handover(db.session.get_one(Handover, note), "Wrong truck", by=by)
    assert differs(hall) == [("extra", "Cable", 3, "")]


def test_what_is_extra_and_what_was_swapped_is_told(hall: Hall) -> None:
    for tag in hall.tags[:2]:
        hall.scan(tag, "prep")
    hall.scan("20*XLR-05M")
    hall.scan(hall.tags[0])
    hall.scan(hall.tags[3])
    hall.scan("3*XLR-05M", accept=True)
    assert differs(hall) == [("extra", "Cable", 3, ""), ("swapped", "Spot", 1, "")]
    with hall.house.reading():
        swapped = differences_now(open_span(hall.here, ScanMode.OUT))[1]
    assert swapped.said == f"{hall.tags[3]} instead of {hall.tags[1]}"
    finish_up(hall)
    assert differs(hall) == []


def test_a_return_says_what_is_not_back_what_is_damaged_and_what_is_lost(hall: Hall) -> None:
    leave(hall)
    back = hall.scan(hall.tags[0], "in")
    hall.scan("12*XLR-05M", "in")
    by = hall.house.actor("Walter")
    with hall.house.writing():
        row = db.session.get_one(Scan, back.scan_id)
        report_condition(row, Finding(Condition.DAMAGED, "Lens cracked"), by=by)
    with hall.house.writing():
        mark_lost(hall.line(hall.spot), hall.asset(1), 1, 0, by=by, uuid="lost")
    assert differs(hall, "in") == [
        ("missing", "Cable", 8, ""), ("damaged", "Spot", 1, "Lens cracked"), ("lost", "Spot", 1, "Marked as lost"),
    ]  # fmt: skip
    note = finish_up(hall, "in", Closing({f"missing-{hall.cable}": "Left at the venue"}))
    assert on_note(hall, note) == [("Cable", None, 12), ("Spot", hall.tags[0], 1)]
    with hall.house.reading():
        assert db.session.get_one(Handover, note).number.startswith("RN-")
        assert [one.reason for one in stated(note)] == ["Left at the venue", "Lens cracked", "Marked as lost"]


def test_what_stands_on_a_note_is_not_taken_back(hall: Hall) -> None:
    out = hall.scan(hall.tags[0])
    note = finish_up(hall)
    by = hall.house.actor("Walter")
    with hall.house.writing(), pytest.raises(Refused, match=r"stands on DN-\d{4}-0001"):
        undo(db.session.get_one(Scan, out.scan_id), by=by, uuid="late")
    assert hall.scan("UNDO").message == "There is nothing to undo."
    with hall.house.writing():
        void_handover(db.session.get_one(Handover, note), "Wrong truck", by=by)
    assert hall.scan("UNDO").situation is Situation.UNDONE


def test_only_the_latest_note_is_taken_back_and_the_next_covers_it_again(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    first = finish_up(hall)
    hall.scan("20*XLR-05M")
    second = finish_up(hall)
    by = hall.house.actor("Walter")
    with hall.house.writing(), pytest.raises(Refused, match="Another note follows"):
        void_handover(db.session.get_one(Handover, first), "Wrong", by=by)
    with hall.house.writing(), pytest.raises(Refused, match="say why"):
        void_handover(db.session.get_one(Handover, second), " ", by=by)
    for _ in range(2):
        with hall.house.writing():
            void_handover(db.session.get_one(Handover, second), "Wrong truck", by=by)
    third = finish_up(hall)
    assert on_note(hall, third) == on_note(hall, second) == [("Cable", None, 20)]
    with hall.house.reading():
        assert db.session.get_one(Handover, third).number.endswith("-0003")


def test_the_same_request_writes_one_note_and_nothing_more_is_nothing(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    assert finish_up(hall, request_id="pressed twice") == finish_up(hall, request_id="pressed twice")
    with pytest.raises(Refused, match="Nothing has left"):
        finish_up(hall)
    with pytest.raises(Refused, match="Nothing has come back"):
        finish_up(hall, "in")


def test_what_was_scanned_out_again_is_on_the_note_once(hall: Hall) -> None:
    for mode in ("out", "in", "out"):
        hall.scan(hall.tags[0], mode)
    for code, mode in (("20*XLR-05M", "out"), ("20*XLR-05M", "in"), ("10*XLR-05M", "out")):
        hall.scan(code, mode)
    assert differs(hall) == [("short", "Spot", 1, ""), ("short", "Cable", 10, "")]
    first = finish_up(hall)
    assert on_note(hall, first) == [("Cable", None, 10), ("Spot", hall.tags[0], 1)]
    hall.scan(hall.tags[0], "in")
    hall.scan(hall.tags[0])
    assert differs(hall) == [("short", "Spot", 1, ""), ("short", "Cable", 10, "")]
    assert on_note(hall, finish_up(hall)) == [("Spot", hall.tags[0], 1)]
    assert on_note(hall, first) == [("Cable", None, 10), ("Spot", hall.tags[0], 1)]


def test_a_return_that_is_written_down_takes_nothing_off_the_next_delivery(hall: Hall) -> None:
    leave(hall)
    finish_up(hall)
    hall.scan("20*XLR-05M", "in")
    finish_up(hall, "in")
    hall.scan("5*XLR-05M")
    assert on_note(hall, finish_up(hall)) == [("Cable", None, 5)]


def test_a_report_about_a_return_that_was_taken_back_is_on_no_note(hall: Hall) -> None:
    leave(hall)
    back = hall.scan(hall.tags[0], "in")
    by = hall.house.actor("Walter")
    with hall.house.writing():
        row = db.session.get_one(Scan, back.scan_id)
        repair_id = report_condition(row, Finding(Condition.DAMAGED, "Dent"), by=by).repair_id
    with hall.house.writing():
        close_repair(db.session.get_one(Repair, repair_id), Ending(True, "Soldered", tested="Works"), by=by)
    with hall.house.writing():
        undo(db.session.get_one(Scan, back.scan_id), by=by, uuid="back")
    assert differs(hall, "in") == [("missing", "Spot", 2, ""), ("missing", "Cable", 20, "")]


def test_a_loss_alone_can_be_written_down(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    by = hall.house.actor("Walter")
    with hall.house.writing():
        mark_lost(hall.line(hall.spot), hall.asset(0), 1, 0, by=by, uuid="lost")
    note = finish_up(hall, "in")
    assert on_note(hall, note) == []
    with hall.house.reading():
        assert [one.sort.value for one in stated(note)] == ["lost"]


def test_undo_finds_the_next_when_another_event_has_written_the_return_down(hall: Hall) -> None:
    hall.scan(hall.tags[2], event=hall.there)
    hall.scan(hall.tags[0])
    hall.scan(hall.tags[2], accept=True)
    by = hall.house.actor("Walter")
    with hall.house.writing():
        there = db.session.get_one(Event, hall.there)
        hand_over(there, ScanMode.IN, BECAUSE, by=by, request_id="there")
    undone = hall.scan("UNDO")
    assert undone.situation is Situation.UNDONE and hall.tags[0] in undone.message


def test_odd_requests_are_refused_in_words(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    hall.scan(hall.tags[2], event=hall.there)
    finish_up(hall, request_id="once")
    by = hall.house.actor("Walter")
    with hall.house.writing(), pytest.raises(Refused, match="sent before"):
        there = db.session.get_one(Event, hall.there)
        hand_over(there, ScanMode.OUT, BECAUSE, by=by, request_id="once")
    hall.scan(hall.tags[1])
    walter, address = hall.house.browser("Walter"), f"/warehouse/events/{hall.here}/handover"
    boxes = {"mode": "prep", "request_id": "x", "reason_for_all": "Later"}
    assert walter.post(address, data=boxes).status_code == 422
    for reason in ("a\0b", "x" * 301):
        boxes = {"mode": "out", "request_id": "x", f"reasons.short-{hall.cable}": reason}
        assert walter.post(address, data=boxes).status_code == 422
    program = Program(hall.house, "Walter")
    said = program.post(address, mode="out", reasons={f"short-{hall.cable}": "a\0b"})
    assert said.status_code == 422


def test_two_who_finish_at_once_write_one_note(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    together, answers = Barrier(2), []

    def press() -> None:
        together.wait()
        try:
            answers.append(finish_up(hall))
        except Refused as refused:
            answers.append(refused.message)

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, answers))[1] == "Nothing has left." and len(answers) == 2
    with hall.house.reading():
        assert db.session.scalar(select(func.count(Handover.id))) == 1


def test_the_note_is_printed_with_tags_and_reasons_as_they_were_then(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    hall.scan("5*XLR-05M")
    note = finish_up(hall, closing=Closing(reason_for_all="Second truck", notes="Keys: Bob"))
    with hall.house.reading():
        said = db.session.scalars(
            select(OutboxRow.payload).where(OutboxRow.kind == "documents.typeset")
        ).one()["content"]
    assert (said["title"], said["notes"], said["total"], said["by"]) == (
        "Delivery note", "Keys: Bob", "6 pieces", "Walter",
    )  # fmt: skip
    assert [(line["name"], line["tags"], line["quantity"]) for line in said["lines"]] == [
        ("Cable", "", "5 pcs"), ("Spot", hall.tags[0], "1 pcs"),
    ]  # fmt: skip
    assert said["differences"][1] == {"sort": "Short", "what": "15 × Cable", "reason": "Second truck"}
    hall.scan(hall.tags[1])
    do_tasks(hall.house)
    with hall.house.reading():
        row = db.session.get_one(Handover, note)
        assert db.session.get_one(StoredFile, row.pdf_id).content.startswith(b"%PDF")


def test_a_long_name_of_an_event_takes_no_room_from_the_address(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    finish_up(hall, closing=Closing(reason_for_all="Second truck"))
    with hall.house.reading():
        said = db.session.scalars(
            select(OutboxRow.payload).where(OutboxRow.kind == "documents.typeset")
        ).one()["content"]
    said["client"] = "Interessengemeinschaft Kulturförderung Hafenrode-Süd e. V.\nÜberseestraße 118 b"
    short, long = (address_on(said | {"facts": [["Event", name]]}) for name in ("Gala", "Sommerbühne " * 12))
    assert short == long


def address_on(said: dict[str, Any]) -> bytes:
    """The part of the printed note where the address stands, in dots."""
    page = Image.open(io.BytesIO(pictured("handover", said, 72))).convert("L")
    millimetre = page.width / 210
    return page.crop(tuple(round(edge * millimetre) for edge in (20, 42, 80, 62))).tobytes()  # type: ignore[arg-type]


def test_the_screen_asks_for_reasons_keeps_what_was_typed_and_writes_once(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    walter, address = hall.house.browser("Walter"), f"/warehouse/events/{hall.here}/handover"
    shown = walter.get(f"{address}?mode=out").text
    assert f'name="reasons.short-{hall.cable}"' in shown and "1 of 2 have left" in shown
    boxes = {"mode": "out", "request_id": "r1", f"reasons.short-{hall.spot}": "Being mended"}
    refused = walter.post(address, data=boxes)
    assert refused.status_code == 422
    assert "Being mended" in refused.text and "Why is that?" in refused.text and 'value="r1"' in refused.text
    boxes |= {f"reasons.short-{hall.cable}": "Second truck"}
    answers = [walter.post(address, data=boxes) for _ in range(2)]
    assert {one.status_code for one in answers} == {303} and len({one.location for one in answers}) == 1
    page = walter.get(answers[0].location).text
    assert "Being mended" in page and hall.tags[0] in page and "being prepared" in page
    assert "DN-" in walter.get("/warehouse/handovers?q=here").text
    assert "No note fits" in walter.get("/warehouse/handovers?q=nowhere").text
    assert hall.house.browser("Vic").post(address, data=boxes).status_code == 403


def test_the_card_that_says_done_leads_to_the_note(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    walter = hall.house.browser("Walter")
    sent = {"code": "DONE", "mode": "out", "scan_id": str(uuid.uuid4())}
    answer = walter.post(f"/warehouse/events/{hall.here}/scans", data=sent, headers={"HX-Request": "true"})
    assert f"/warehouse/events/{hall.here}/handover?mode=out" in answer.text


def test_programs_write_the_same_notes(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    program, address = Program(hall.house, "Walter"), f"/warehouse/events/{hall.here}/handover"
    draft: dict[str, Any] = program.get(f"{address}?mode=out").json
    keys = [one["key"] for one in draft["differences"]]
    assert keys == [f"short-{hall.spot}", f"short-{hall.cable}"]
    assert refuses(program.post(address, mode="out"), f"reasons.{keys[0]}")
    said = {"mode": "out", "reasons": dict.fromkeys(keys, "Second truck")}
    made = program.ask("POST", address, "key-1", **said)
    assert made.status_code == 201, made.text
    assert program.ask("POST", address, "key-1", **said).json == made.json
    assert [one["tag"] for one in made.json["moved"]] == [hall.tags[0]]
    do_tasks(hall.house)
    note = f"/warehouse/handovers/{made.json['id']}"
    assert program.get(f"{note}/pdf").data.startswith(b"%PDF")
    assert program.get("/warehouse/handovers?mode=in").json["items"] == []
    assert refuses(program.post(f"{note}/voiding", reason=""), "reason")
    assert program.post(f"{note}/voiding", reason="Wrong truck").json["voided_reason"] == "Wrong truck"


def test_a_note_costs_as_many_statements_whatever_is_on_it(hall: Hall, statements: Any) -> None:
    walter, address = hall.house.browser("Walter"), f"/warehouse/events/{hall.here}/handover"
    counts = []
    for codes in (hall.tags[:1], [*hall.tags[1:2], *["1*XLR-05M"] * 12]):
        for code in codes:
            hall.scan(code)
        statements()
        walter.get(address)
        counts.append(len(statements()))
    assert counts[0] == counts[1]
