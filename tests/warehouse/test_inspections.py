"""Inspections: what was found stands with its certificate, and what is due is worked out, never kept."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Activity,
    Asset,
    Category,
    Condition,
    Inspection,
    InspectionType,
    Product,
    Repair,
    StoredFile,
    Tracking,
)
from app.queries.inspection_content import thing_of
from app.queries.inspections import Due, DueFilters, due_of, due_page, to_do
from app.refusals import Refused
from app.rules.inspections import AnswerKind, Question, Standing
from app.rules.verdicts import Situation
from app.services.inspection_types import (
    TypeFacts,
    add_inspection_type,
    change_inspection_type,
    plan_inspections,
)
from app.services.inspections import Answers, NotAnswered, inspect, repair_failed, void_inspection
from app.services.repair_endings import Ending, close_repair
from tests import factories
from tests.factories import me
from tests.people import House
from tests.tasks import do_tasks
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall"]

EARTH = Question("Earth", AnswerKind.READING, "Ω", highest=Decimal("0.3"))
CHECKLIST = (Question("Housing in order"), EARTH)
GOOD, BAD = ("yes", "0.2"), ("yes", "0.9")


@dataclass
class Bench:
    """A house whose two lamps and 40 shackles are tested every year, and the lamps after every five shows."""

    house: House
    kind: int
    lamp: int
    shackle: int
    tags: list[str]

    def asset(self, place: int = 0) -> Asset:
        """One of the lamps."""
        return db.session.scalars(select(Asset).where(Asset.tag == self.tags[place])).one()

    def inspect(
        self, answers: tuple[str, ...] = GOOD, *, place: int = 0, days_ago: int = 0, **more: object
    ) -> int:
        """Tess tests a lamp; the id of what she found."""
        by, request_id = self.house.actor("Tess"), str(more.pop("request_id", uuid.uuid4()))
        day = self.house.today() - timedelta(days=days_ago)
        with self.house.writing():
            kind = db.session.get_one(InspectionType, self.kind)
            product, asset = db.session.get_one(Product, self.lamp), self.asset(place)
            said = Answers(answers, inspected_on=day, **more)  # type: ignore[arg-type]
            return inspect(kind, product, asset, said, by=by, request_id=request_id).id

    def due(self, place: int = 0) -> Due:
        """How a lamp stands."""
        with self.house.reading():
            [line] = due_of(self.asset(place).id, self.lamp)
            return line

    def condition(self, place: int = 0) -> Condition:
        """The condition of a lamp."""
        with self.house.reading():
            return self.asset(place).condition


@pytest.fixture
def bench(house: House) -> Bench:
    """The house of these tests."""
    with house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED, stock=2, at=house.warehouse_id)
        shackle = factories.product("Shackle", stock=40, at=house.warehouse_id)
        kind = add_inspection_type(TypeFacts("Electrical safety", "pat", CHECKLIST), by=me())
        plan = [db.session.get_one(Product, lamp.id)]
        tags = list(db.session.scalars(select(Asset.tag).order_by(Asset.id)))
        ids = (kind.id, lamp.id, shackle.id)
        plan_inspections(plan, kind, 365, 5, by=me())
    with house.writing():
        kind = db.session.get_one(InspectionType, ids[0])
        plan_inspections([db.session.get_one(Product, ids[2])], kind, 365, None, by=me())
    return Bench(house, *ids, tags)


def test_what_passed_counts_to_the_end_of_its_last_day(bench: Bench) -> None:
    bench.inspect(days_ago=365)
    line = bench.due()
    assert (line.standing, line.due_on, line.uses_left) == (Standing.DUE_SOON, bench.house.today(), 5)
    bench.inspect(days_ago=366, place=1)
    assert bench.due(1).standing is Standing.OVERDUE
    bench.inspect(place=1)
    line = bench.due(1)
    assert line.standing is Standing.OK and line.due_on == bench.house.today() + timedelta(days=365)


def test_what_was_never_inspected_counts_from_the_day_it_was_acquired(bench: Bench) -> None:
    with bench.house.writing():
        bench.asset(0).acquired_on = bench.house.today() - timedelta(days=400)
    with bench.house.reading():
        never = due_page(DueFilters("never")).items
    assert {line.tag: line.standing for line in never} == {
        bench.tags[0]: Standing.OVERDUE, bench.tags[1]: Standing.OK, None: Standing.OK,
    }  # fmt: skip


def test_the_older_of_two_does_not_decide_whichever_was_written_down_later(bench: Bench) -> None:
    bench.inspect()
    bench.inspect(BAD, days_ago=30)
    assert bench.due().standing is Standing.OK and bench.condition() is Condition.GOOD


def test_a_failed_one_needs_attention_until_it_passes(bench: Bench) -> None:
    bench.inspect(BAD)
    assert (bench.due().standing, bench.condition()) == (Standing.FAILED, Condition.NEEDS_ATTENTION)
    bench.inspect()
    assert (bench.due().standing, bench.condition()) == (Standing.OK, Condition.GOOD)


def test_a_pass_does_not_mend_what_needs_attention_for_another_reason(bench: Bench) -> None:
    with bench.house.writing():
        bench.asset().condition = Condition.NEEDS_ATTENTION
    bench.inspect()
    assert bench.condition() is Condition.NEEDS_ATTENTION


def test_a_voided_one_stays_on_record_and_the_one_before_decides(bench: Bench) -> None:
    bench.inspect(days_ago=10)
    failed = bench.inspect(BAD)
    for reason in ("Wrong lamp", "Again"):
        with bench.house.writing():
            void_inspection(db.session.get_one(Inspection, failed), reason, by=me())
    assert (bench.due().standing, bench.condition()) == (Standing.OK, Condition.GOOD)
    with bench.house.reading():
        assert db.session.get_one(Inspection, failed).voided_reason == "Wrong lamp"
        verbs = list(db.session.scalars(select(Activity.verb).where(Activity.subject_type == "inspection")))
        assert verbs == ["inspection.passed", "inspection.failed", "inspection.voided"]


def test_the_same_request_is_one_inspection_and_numbers_have_no_gaps(bench: Bench) -> None:
    first = bench.inspect(request_id="same-request")
    assert bench.inspect(request_id="same-request") == first
    with pytest.raises(NotAnswered):
        bench.inspect(("yes",))
    bench.inspect(place=1)
    with bench.house.reading():
        numbers = list(db.session.scalars(select(Inspection.number).order_by(Inspection.id)))
    year = bench.house.today().year
    assert numbers == [f"INS-{year}-0001", f"INS-{year}-0002"]


@pytest.mark.parametrize(
    ("answers", "boxes"),
    [(("yes", ""), ["answer-1"]), (("", ""), ["answer-0", "answer-1"]), (("yes", "little"), ["answer-1"])],
)
def test_what_is_not_answered_is_told_beside_its_box(
    bench: Bench, answers: tuple[str, ...], boxes: list[str]
) -> None:
    with pytest.raises(NotAnswered) as refused:
        bench.inspect(answers)
    assert list(refused.value.errors) == boxes


def test_a_fault_ends_the_test_and_the_rest_may_stay_open(bench: Bench) -> None:
    found = bench.inspect(("no",))
    with bench.house.reading():
        row = db.session.get_one(Inspection, found)
        assert not row.passed and row.answers == ["no", ""]


def test_an_inspection_keeps_the_checklist_that_was_read(bench: Bench) -> None:
    found = bench.inspect()
    with bench.house.writing():
        kind = db.session.get_one(InspectionType, bench.kind)
        change_inspection_type(kind, TypeFacts("Electrical safety", "PAT", (Question("Works"),)), by=me())
    with bench.house.reading():
        kept = db.session.get_one(Inspection, found).judged
        assert [one.said for one in kept.findings] == [
            "Housing in order: yes",
            "Earth: 0.2 Ω (at most 0.3 Ω)",
        ]
    with pytest.raises(Refused, match="has changed meanwhile"):
        bench.inspect(("yes", "0.2"), version=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inspected_on_ahead": 1}, "still to come"),
        ({"retired": True}, "retired"),
        ({"archived": True}, "out of use"),
    ],
)
def test_what_cannot_be_inspected_is_refused(bench: Bench, change: dict[str, int], message: str) -> None:
    with bench.house.writing():
        if change.get("retired"):
            bench.asset().retired_at = factories.SOON
        if change.get("archived"):
            db.session.get_one(InspectionType, bench.kind).archived_at = factories.SOON
    with pytest.raises(Refused, match=message):
        bench.inspect(days_ago=-change.get("inspected_on_ahead", 0))


def test_use_wears_an_inspection(hall: Hall) -> None:
    with hall.house.writing():
        kind = add_inspection_type(TypeFacts("Visual", "VIS", (Question("Whole"),)), by=me())
        plan_inspections([db.session.get_one(Product, hall.spot)], kind, None, 2, by=me())
    for expected in (Standing.DUE_SOON, Standing.OVERDUE):
        hall.scan(hall.tags[0])
        hall.scan(hall.tags[0], "in")
        with hall.house.reading():
            [line] = due_of(hall.asset(0).id, hall.spot)
        assert line.standing is expected
    refused = hall.scan(hall.tags[0])
    assert refused.situation is Situation.INSPECTION_OVERDUE and "often enough" in refused.message


def test_a_test_that_runs_out_before_the_gear_leaves_is_too_old_at_prep(hall: Hall) -> None:
    with hall.house.writing():
        kind = add_inspection_type(TypeFacts("Visual", "VIS", (Question("Whole"),)), by=me())
        days = (factories.SOON.date() - hall.house.today()).days
        plan_inspections([db.session.get_one(Product, hall.spot)], kind, days - 1, None, by=me())
    answer = hall.scan(hall.tags[0], "prep")
    assert answer.situation is Situation.INSPECTION_OVERDUE and "was due" in answer.message
    with hall.house.reading():
        [line] = due_of(hall.asset(0).id, hall.spot)
        assert line.standing is not Standing.OVERDUE


def test_a_test_that_runs_out_on_the_day_the_gear_leaves_is_good_enough(hall: Hall) -> None:
    with hall.house.writing():
        kind = add_inspection_type(TypeFacts("Visual", "VIS", (Question("Whole"),)), by=me())
        days = (factories.SOON.date() - hall.house.today()).days
        plan_inspections([db.session.get_one(Product, hall.spot)], kind, days, None, by=me())
    with hall.house.writing():
        hall.asset(0).acquired_on = hall.house.today()
    assert hall.scan(hall.tags[0], "prep").situation is Situation.PLANNED


def test_a_sort_that_does_not_block_lets_go_and_an_override_is_logged(hall: Hall) -> None:
    with hall.house.writing():
        kind = add_inspection_type(TypeFacts("Visual", "VIS", (Question("Whole"),)), by=me())
        plan_inspections([db.session.get_one(Product, hall.spot)], kind, 1, None, by=me())
    assert hall.scan(hall.tags[0], "prep").situation is Situation.INSPECTION_OVERDUE
    assert "may not" in hall.scan(hall.tags[0], "prep", "Bob", override=True).message
    assert hall.scan(hall.tags[0], "prep", override=True).situation is Situation.PLANNED
    with hall.house.reading():
        logged = db.session.scalars(select(Activity).where(Activity.verb == "inspection.overridden")).one()
        assert logged.event_id == hall.here and "was due" in logged.facts["summary"]
    with hall.house.writing():
        kind = db.session.scalars(select(InspectionType)).one()
        change_inspection_type(kind, TypeFacts("Visual", "VIS", kind.questions, is_blocking=False), by=me())
    assert hall.scan(hall.tags[1], "prep").situation is Situation.PLANNED


def test_what_failed_goes_to_repair_and_is_tested_after(bench: Bench) -> None:
    failed = bench.inspect(BAD)
    with bench.house.writing():
        repair = repair_failed(db.session.get_one(Inspection, failed), by=me())
        repair_id = repair.id
        assert "Earth: 0.9 Ω" in repair.note
    assert bench.condition() is Condition.DAMAGED
    with bench.house.writing():
        close_repair(db.session.get_one(Repair, repair_id), Ending(True, "New cord", tested="Works"), by=me())
    assert bench.due().standing is Standing.FAILED
    bench.inspect(repair_id=repair_id)
    assert (bench.due().standing, bench.condition()) == (Standing.OK, Condition.GOOD)
    with pytest.raises(Refused, match="something else"):
        bench.inspect(place=1, repair_id=repair_id)


def test_counted_pieces_are_inspected_together_and_those_that_failed_do_not_decide(bench: Bench) -> None:
    with bench.house.writing():
        kind, shackle = (
            db.session.get_one(InspectionType, bench.kind), db.session.get_one(Product, bench.shackle)
        )  # fmt: skip
        inspect(kind, shackle, None, Answers(GOOD, quantity=38), by=me(), request_id="pieces-1")
    with bench.house.writing():
        kind, shackle = (
            db.session.get_one(InspectionType, bench.kind), db.session.get_one(Product, bench.shackle)
        )  # fmt: skip
        inspect(kind, shackle, None, Answers(BAD, quantity=2), by=me(), request_id="pieces-2")
    with bench.house.reading():
        [line] = due_of(None, bench.shackle)
    assert (line.standing, line.pieces, line.number and line.number[-4:]) == (Standing.OK, 40, "0001")
    with bench.house.writing(), pytest.raises(Refused, match="only 40"):
        kind, shackle = (
            db.session.get_one(InspectionType, bench.kind), db.session.get_one(Product, bench.shackle)
        )  # fmt: skip
        inspect(kind, shackle, None, Answers(GOOD, quantity=41), by=me(), request_id="pieces-3")


def test_the_certificate_is_printed_and_stored(bench: Bench) -> None:
    found = bench.inspect()
    do_tasks(bench.house)
    with bench.house.reading():
        row = db.session.get_one(Inspection, found)
        assert db.session.get_one(StoredFile, row.pdf_id).content.startswith(b"%PDF")
    answer = bench.house.browser("Tess").get(f"/warehouse/inspections/{found}/pdf")
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"


def test_the_maker_stands_once_on_the_certificate_also_where_the_name_begins_with_it(bench: Bench) -> None:
    with bench.house.writing():
        lamp = factories.product("Acme Spot 9", manufacturer="ACME")
        other = factories.product("Spot 9", manufacturer="Acme")
        names = [thing_of(Inspection(quantity=2), product, None)[0][1] for product in (lamp, other)]
    assert names == ["2 × Acme Spot 9", "2 × Acme Spot 9"]


def test_what_is_to_do_is_counted_for_the_home_of_the_warehouse(bench: Bench) -> None:
    bench.inspect(BAD)
    bench.inspect(days_ago=400, place=1)
    with bench.house.reading():
        assert to_do() == (1, 1, 0)


def test_lists_take_as_many_statements_for_one_as_for_twenty(
    bench: Bench, statements: Callable[[], list[str]]
) -> None:
    counts = []
    for more in (0, 20):
        with bench.house.writing():
            for _ in range(more):
                factories.asset(db.session.get_one(Product, bench.lamp), at=bench.house.warehouse_id)
        bench.inspect()
        browser = bench.house.browser("Walter")
        for address in ("/warehouse/inspections?state=all", "/warehouse/inspections/done"):
            statements()
            assert browser.get(address).status_code == 200
            counts.append(len(statements()))
    assert counts[:2] == counts[2:]


def test_a_technician_inspects_by_scan_one_after_the_other(bench: Bench) -> None:
    browser, station = bench.house.browser("Tess"), "/warehouse/inspections/inspect"
    shown = unescape(browser.get(f"{station}?code={bench.tags[0]}").text)
    assert "Housing in order" in shown and "at most 0.3 Ω" in shown
    with bench.house.reading():
        form = {
            "type_id": bench.kind,
            "asset_id": bench.asset().id,
            "version": 1,
            "request_id": str(uuid.uuid4()),
        }
    refused = browser.post(station, data=form | {"answer-0": "yes", "answer-1": "a lot"})
    assert refused.status_code == 422 and 'value="a lot"' in refused.text and "not a number" in refused.text
    saved = browser.post(
        station, data=form | {"answer-0": "yes", "answer-1": "0,2", "instrument": "Secutest"}
    )
    assert saved.status_code == 303
    after = unescape(browser.get(saved.location).text)
    assert "Passed" in after and "INS-" in after and 'value="Secutest"' in after
    unknown = browser.get(f"{station}?code=NO-SUCH-1")
    assert unknown.status_code == 200 and "Nothing to inspect here is called NO-SUCH-1" in unescape(
        unknown.text
    )


def test_the_marks_follow_the_answers_before_anything_is_saved(bench: Bench) -> None:
    browser = bench.house.browser("Tess")
    for answers, words in ((("yes", ""), "1 of 2"), (GOOD, "Passes"), (BAD, "Fails")):
        query = f"type_id={bench.kind}&answer-0={answers[0]}&answer-1={answers[1]}"
        assert words in browser.get(f"/warehouse/inspections/marks?{query}").text
    with bench.house.reading():
        assert db.session.scalar(select(func.count(Inspection.id))) == 0


def test_a_sort_is_set_up_with_its_checklist_and_planned_for_a_category(bench: Bench) -> None:
    browser = bench.house.browser("Serge")
    boxes = {"text-0": "Whole", "text-3": "Load", "kind-3": "reading", "unit-3": "kg", "lowest-3": "250"}
    bad = browser.post(
        "/warehouse/inspection-types/new", data={"name": "Rigging", "code": "RIG", "highest-3": "1", **boxes}
    )
    assert bad.status_code == 422 and "lowest is above" in bad.text and 'value="250"' in bad.text
    made = browser.post("/warehouse/inspection-types/new", data={"name": "Rigging", "code": "rig", **boxes})
    assert made.status_code == 303
    with bench.house.reading():
        kind = db.session.scalars(select(InspectionType).where(InspectionType.code == "RIG")).one()
        assert [question.limits for question in kind.questions] == ["", "at least 250 kg"]
    twice = browser.post("/warehouse/inspection-types/new", data={"name": "Rigging", "code": "RIG", **boxes})
    assert twice.status_code == 422 and "this code already" in twice.text
    with bench.house.writing():
        row = Category(name="Lifting")
        db.session.add(row)
        db.session.flush()
        category = db.session.get_one(Product, bench.shackle).category_id = row.id
    planned = browser.post(f"{made.location}/plans", data={"category_id": category, "every_days": "180"})
    assert planned.status_code == 303
    assert "Shackle" in browser.get(made.location).text
    uses = browser.post(f"{made.location}/plans", data={"product": "Shackle", "every_uses": "3"})
    assert uses.status_code == 422 and "cannot be told apart" in uses.text
