"""Every row of the verdict table: what was scanned, what is said, what is kept; the books agree after each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Asset,
    Case,
    CheckInMode,
    Condition,
    Event,
    Gate,
    InspectionType,
    Location,
    LocationKind,
    Organization,
    PackagePart,
    Product,
    PullLine,
    Reservation,
    Scan,
    ScanMode,
    Tracking,
    TransactionKind,
)
from app.rules.inspections import Question
from app.rules.verdicts import TABLE, Situation
from app.services.case_seals import seal
from app.services.cases import CaseFacts, add_case, set_slot
from app.services.inspection_types import TypeFacts, add_inspection_type, plan_inspections
from app.services.inspections import Answers, inspect
from app.services.ledger import Cause, Movement, post
from app.services.locations import add_location
from app.services.losses import mark_lost
from app.services.pull_lines import Wanted, add_lines
from app.services.repairs import Damage, open_repair
from app.services.reservations import Overbooking
from app.services.verify import broken_invariants
from app.transactions import finish
from tests import factories
from tests.factories import me
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall"]

Before = Callable[[Hall], None]


def nothing(_hall: Hall) -> None:
    """As it stands: two spots planned here, one there, four in the house."""


def both_prepped(hall: Hall) -> None:
    """The first two spots are chosen for this event."""
    for tag in hall.tags[:2]:
        hall.scan(tag, "prep")


def both_out(hall: Hall) -> None:
    """The first two spots have left."""
    for tag in hall.tags[:2]:
        hall.scan(tag)


def taken_there(hall: Hall) -> None:
    """The third is chosen for the other event."""
    hall.scan(hall.tags[2], "prep", event=hall.there)


def out_there(hall: Hall) -> None:
    """The third has left for the other event."""
    hall.scan(hall.tags[2], event=hall.there)


def all_promised(hall: Hall) -> None:
    """The two that this event does not need are promised to the other."""
    both_out(hall)
    with hall.house.writing():
        add_lines(db.session.get_one(Event, hall.there), [Wanted(hall.spot, 1)], by=me())


def in_repair(hall: Hall) -> None:
    """The third is being mended."""
    by = hall.house.actor("Walter")
    with hall.house.writing():
        open_repair(
            db.session.get_one(Product, hall.spot), hall.asset(2), 1, Damage("No light"), by=by
        )  # fmt: skip


def damaged(hall: Hall) -> None:
    """Somebody wrote that the third is damaged, and opened no repair."""
    with hall.house.writing():
        hall.asset(2).condition = Condition.DAMAGED


def needs_test(hall: Hall, *, days: int | None = 365, uses: int | None = None) -> InspectionType:
    """The spots need a check every so often."""
    with hall.house.writing():
        kind = add_inspection_type(TypeFacts("Safety", "PAT", (Question("In order"),)), by=me())
        plan_inspections([db.session.get_one(Product, hall.spot)], kind, days, uses, by=me())
        return kind


def was_tested(hall: Hall, kind: InspectionType, answer: str, days_ago: int) -> None:
    """The third was tested so long ago."""
    with hall.house.writing():
        answers = Answers([answer], inspected_on=hall.house.today() - timedelta(days=days_ago))
        asset = hall.asset(2)
        product = db.session.get_one(Product, asset.product_id)
        inspect(
            db.session.get_one(InspectionType, kind.id),
            product,
            asset,
            answers,
            by=me(),
            request_id=str(uuid4()),
        )


def failed_test(hall: Hall) -> None:
    """The third failed its test."""
    was_tested(hall, needs_test(hall), "no", 0)


def old_test(hall: Hall) -> None:
    """The test of the third is too old."""
    was_tested(hall, needs_test(hall), "yes", 400)


def worn(hall: Hall) -> None:
    """The third has been out as often as it may be without a test."""
    needs_test(hall, days=None, uses=1)
    third_out_and_back(hall)


def third_out_and_back(hall: Hall) -> None:
    """The third was out and has come back."""
    hall.scan(hall.tags[2])
    hall.scan(hall.tags[2], "in")


def retired(hall: Hall) -> None:
    """The third is in the books no more."""
    with hall.house.writing():
        hall.asset(2).retired_at = factories.SOON


def third_back(hall: Hall) -> None:
    """The first was out and has come back."""
    hall.scan(hall.tags[0])
    hall.scan(hall.tags[0], "in")


def third_lost(hall: Hall) -> None:
    """The third left and was written off."""
    hall.scan(hall.tags[2])
    by = hall.house.actor("Walter")
    with hall.house.writing():
        mark_lost(hall.line(hall.spot), hall.asset(2), 1, factories.money(120), by=by, uuid="lost")


def cables_lost(hall: Hall) -> None:
    """Five cables left, three are back and two were written off."""
    hall.scan("5*XLR-05M")
    hall.scan("3*XLR-05M", "in")
    by = hall.house.actor("Walter")
    with hall.house.writing():
        mark_lost(hall.line(hall.cable), None, 2, factories.money(60), by=by, uuid="lost")


def short_and(gate: Gate) -> Before:
    """One of two spots here was promised although the other event has them all; and what the house wants then."""

    def set_up(hall: Hall) -> None:
        with hall.house.writing():
            db.session.get_one(Organization, hall.house.organization_id).dispatch_gate = gate
            there = db.session.get_one(Event, hall.there)
            add_lines(there, [Wanted(hall.spot, 1)], by=me())
            here = db.session.get_one(Event, hall.here)
            add_lines(here, [Wanted(hall.spot, 1)], by=me(), overbook=Overbooking(me(), "hired in later"))
        both_out(hall)

    return set_up


def far_away(hall: Hall) -> None:
    """The third is in another warehouse."""
    with hall.house.writing():
        other = add_location("Kiel", "KIEL", LocationKind.WAREHOUSE, None, by=me())
        hall.tags[2] = factories.asset(db.session.get_one(Product, hall.spot), at=other.id).tag


def boxed() -> Case:
    """The case."""
    return db.session.scalars(select(Case).join(Location, Location.id == Case.location_id)).one()


def case_filled(hall: Hall) -> None:
    """The third lies in the case."""
    with hall.house.writing():
        spot, root = hall.asset(2), hall.house.warehouse_id
        moved = Movement(spot.product_id, 1, spot.id, root, boxed().location_id)
        post(TransactionKind.TRANSFER, [moved], Cause(me(), request_id="into the case"))


def case_said(**said: object) -> Before:
    """The same, out here, with something said about the case."""

    def set_up(hall: Hall) -> None:
        case_out(hall)
        with hall.house.writing():
            for name, value in said.items():
                setattr(boxed(), name, value)

    return set_up


def case_out(hall: Hall) -> None:
    """The case has left with the third."""
    case_filled(hall)
    hall.scan("C-9")


def case_there(hall: Hall) -> None:
    """The case has left for the other event."""
    case_filled(hall)
    hall.scan("C-9", event=hall.there)


def case_short(hall: Hall) -> None:
    """Two belong into the case, one is in it."""
    case_filled(hall)
    with hall.house.writing():
        set_slot(boxed(), db.session.get_one(Product, hall.spot), 2, by=me())


def case_unplanned(hall: Hall) -> None:
    """Something that nobody has planned lies in the case, too."""
    case_filled(hall)
    with hall.house.writing():
        factories.product("Gaffer", stock=3, at=boxed().location_id)


def case_broken(hall: Hall) -> None:
    """What lies in the case is damaged."""
    case_filled(hall)
    damaged(hall)


def case_sealed(hall: Hall) -> None:
    """The third lies in the case, and that is sealed."""
    case_filled(hall)
    with hall.house.writing():
        seal(boxed(), by=me())


case_each = case_said(check_in=CheckInMode.EACH)
case_verified = case_said(check_in=CheckInMode.VERIFY)


@dataclass(frozen=True)
class Row:
    """One row of the table: before it, what is scanned in which mode, what is found; then what agreeing does."""

    name: str
    before: Before
    code: str
    mode: str
    found: Situation
    result: str
    yes: dict[str, bool] | None = None
    then: Situation | None = None
    after: tuple[int, int] | None = None
    """How many spots count as prepped or out here in the end, and how many there."""


S = Situation
YES, OVER = {"accept": True}, {"override": True}
AGREED = ("refused", YES, S.PLANNED)
OVERRIDDEN = ("refused", OVER, S.PLANNED)

ROWS = (
    Row("planned and free", nothing, "0", "prep", S.PLANNED, "applied", after=(1, 0)),
    Row("planned and free, without prep", nothing, "0", "out", S.PLANNED, "applied", after=(1, 0)),
    Row("prepped before", both_prepped, "0", "out", S.PLANNED, "applied", after=(1, 0)),
    Row("another than pre-assigned", both_prepped, "2", "out", S.SWAPPED, "applied", after=(1, 0)),
    Row(
        "not planned but free", nothing, "HAZE", "out", S.NOT_PLANNED, *AGREED,
    ),
    Row("already met", both_out, "2", "out", S.ALREADY_MET, *AGREED, (3, 0)),
    Row("already met, prep", both_prepped, "2", "prep", S.ALREADY_MET, *AGREED, (3, 0)),
    Row("promised to another", all_promised, "2", "out", S.CLAIMED_ELSEWHERE, *OVERRIDDEN, (3, 0)),
    Row("chosen for another", taken_there, "2", "prep", S.CLAIMED_ELSEWHERE, *OVERRIDDEN, (1, 0)),
    Row("chosen for another, out", taken_there, "2", "out", S.CLAIMED_ELSEWHERE, *OVERRIDDEN, (1, 0)),
    Row("short, the house warns", short_and(Gate.WARN), "2", "out", S.SHORT, "applied", after=(3, 0)),
    Row("short, the house blocks", short_and(Gate.BLOCK), "2", "out", S.CLAIMED_ELSEWHERE, *OVERRIDDEN, (3, 0)),
    Row("short, the house allows", short_and(Gate.ALLOW), "2", "out", S.PLANNED, "applied", after=(3, 0)),
    Row("still out elsewhere", out_there, "2", "out", S.OUT_ELSEWHERE, *AGREED, (1, 1)),
    Row("still out elsewhere, prep", out_there, "2", "prep", S.OUT_ELSEWHERE, *AGREED, (1, 1)),
    Row("in repair", in_repair, "2", "out", S.IN_REPAIR, *OVERRIDDEN, (1, 0)),
    Row("damaged", damaged, "2", "prep", S.IN_REPAIR, *OVERRIDDEN, (1, 0)),
    Row("failed its inspection", failed_test, "2", "prep", S.INSPECTION_FAILED, *OVERRIDDEN, (1, 0)),
    Row("failed its inspection, out", failed_test, "2", "out", S.INSPECTION_FAILED, *OVERRIDDEN, (1, 0)),
    Row("inspection overdue", old_test, "2", "prep", S.INSPECTION_OVERDUE, *OVERRIDDEN, (1, 0)),
    Row("inspection overdue, out", old_test, "2", "out", S.INSPECTION_OVERDUE, *OVERRIDDEN, (1, 0)),
    Row("out too often since its inspection", worn, "2", "out", S.INSPECTION_OVERDUE, *OVERRIDDEN),
    Row("retired", retired, "2", "out", S.RETIRED, "refused"),
    Row("of another warehouse", far_away, "2", "out", S.OTHER_WAREHOUSE, *OVERRIDDEN, (1, 0)),
    Row("same again", both_out, "0", "out", S.SAME_AGAIN, "duplicate", after=(2, 0)),
    Row("same again, prep", both_prepped, "0", "prep", S.SAME_AGAIN, "duplicate", after=(2, 0)),
    Row("coming back", both_out, "0", "in", S.PLANNED, "applied", after=(2, 0)),
    Row("back already", third_back, "0", "in", S.SAME_AGAIN, "duplicate", after=(1, 0)),
    Row("out on another event", out_there, "2", "in", S.NOT_OUT_HERE, *AGREED, (0, 1)),
    Row("out on no event", nothing, "0", "in", S.NOT_OUT, "refused"),
    Row("lost", third_lost, "2", "in", S.LOST, "refused"),
    Row("counted goods that were lost", cables_lost, "2*XLR-05M", "in", S.LOST, "refused"),
    Row("more than the shelves hold", nothing, "60*XLR-05M", "out", S.NOT_ON_SHELF, "refused"),
    Row("the product of single pieces", nothing, "SPOT", "out", S.NEEDS_PIECE, "refused"),
    Row("a package", nothing, "SET", "out", S.NEEDS_PIECE, "refused", YES, S.NEEDS_PIECE),
    Row("a place", nothing, "S-9", "in", S.LOCATION, "applied"),
    Row("a place, out", nothing, "S-9", "out", S.LOCATION, "applied"),
    Row("a case, opened for packing", nothing, "C-9", "prep", S.PACKING, "applied"),
    Row("a case with all that is in it", case_filled, "C-9", "out", S.PLANNED, "applied", after=(1, 0)),
    Row("a case back", case_out, "C-9", "in", S.PLANNED, "applied", after=(1, 0)),
    Row("a case that is out already", case_out, "C-9", "out", S.SAME_AGAIN, "duplicate", after=(1, 0)),
    Row("a case with an empty slot", case_short, "C-9", "out", S.INCOMPLETE, "applied", after=(1, 0)),
    Row("a case with what is not planned", case_unplanned, "C-9", "out", S.NOT_PLANNED, *AGREED, (1, 0)),
    Row("a case with a broken thing", case_broken, "C-9", "out", S.IN_REPAIR, *OVERRIDDEN, (1, 0)),
    Row("a case out on another event", case_there, "C-9", "out", S.OUT_ELSEWHERE, *AGREED, (1, 1)),
    Row("a case of another event comes in", case_there, "C-9", "in", S.NOT_OUT_HERE, *AGREED, (0, 1)),
    Row("a case to be checked in thing by thing", case_each, "C-9", "in", S.EACH, "applied", after=(1, 0)),
    Row("a case to be looked through", case_verified, "C-9", "in", S.VERIFY, "applied", after=(1, 0)),
    Row("in a sealed case", case_sealed, "2", "out", S.SEALED, "refused", YES, S.PLANNED, (1, 0)),
    Row("a case that stands here", case_filled, "C-9", "in", S.LOCATION, "applied"),
    Row("a number", nothing, "12", "out", S.QUANTITY, "applied"),
    Row("a card", nothing, "OUT", "prep", S.COMMAND, "applied"),
    Row("unknown", nothing, "NO-SUCH-1", "out", S.UNKNOWN, "unresolved"),
    Row("unreadable", nothing, "x" * 400, "out", S.UNREADABLE, "refused"),
)  # fmt: skip


@pytest.fixture
def stocked(hall: Hall) -> Hall:
    """The hall with a hazer, a package, a shelf, and a code on the spots themselves."""
    with hall.house.writing():
        here = hall.house.warehouse_id
        hazer = factories.product("Hazer", tracking=Tracking.SERIALIZED)
        factories.asset(hazer, at=here, tag="HAZE")
        factories.code_for(db.session.get_one(Product, hall.spot), "SPOT")
        package = factories.product("Set")
        package.is_package = True
        db.session.add(PackagePart(package_id=package.id, product_id=hall.cable, quantity=2))
        factories.code_for(package, "SET")
        shelf = add_location(
            "Shelf 9", "S-9", LocationKind.SHELF, db.session.get_one(Location, here), by=me()
        )
        add_case(CaseFacts(name="Case 9", code="C-9", home_id=shelf.id), by=me())
    return hall


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_table(stocked: Hall, row: Row) -> None:
    row.before(stocked)
    code = stocked.tags[int(row.code)] if row.code.isdigit() and len(row.code) == 1 else row.code
    kept = kept_scans(stocked)
    answer = stocked.scan(code, row.mode)
    assert (answer.situation, str(answer.result)) == (row.found, row.result), answer.message
    assert answer.verdict.value == TABLE[row.found].verdict and answer.message
    if row.yes is not None:
        answer = stocked.scan(code, row.mode, **row.yes)
        assert answer.situation is row.then, answer.message
    assert kept_scans(stocked) > kept
    if row.after is not None:
        with stocked.house.reading():
            here, there = (stocked.claim(stocked.spot, event) for event in (stocked.here, stocked.there))
            count = here.prepped_quantity if row.mode == "prep" else here.out_quantity
            assert (count, there.out_quantity) == row.after
    assert_the_books_agree(stocked)


def kept_scans(hall: Hall) -> int:
    """How many scans are kept."""
    with hall.house.reading():
        return db.session.scalar(select(func.count(Scan.id))) or 0


def assert_the_books_agree(hall: Hall) -> None:
    """Every invariant holds, and every count is the sum of its rows."""
    finish()
    with hall.house.app.app_context():
        broken = broken_invariants()
    assert not broken, [(found.invariant.id, found.rows) for found in broken]
    with hall.house.reading():
        for claim in db.session.scalars(select(Reservation).where(Reservation.line_id.is_not(None))):
            counted = (claim.prepped_quantity, claim.out_quantity, claim.returned_quantity)
            assert counted == tuple(summed(claim.line_id, mode) for mode in ScanMode)


def summed(line_id: int | None, mode: ScanMode) -> int:
    """What the rows of a line sum to."""
    query = select(func.coalesce(func.sum(Scan.change), 0)).where(Scan.line_id == line_id, Scan.mode == mode)
    return db.session.scalar(query) or 0


def test_every_situation_stands_in_the_table() -> None:
    assert set(TABLE) == set(Situation)


def test_an_override_needs_its_permission_and_adding_another(stocked: Hall) -> None:
    in_repair(stocked)
    for code, who, agreed in (
        (stocked.tags[2], "Bob", {"override": True}),
        ("HAZE", "Vic", {"accept": True}),
    ):
        answer = stocked.scan(code, who=who, **agreed)
        assert answer.situation is Situation.REFUSED and "may not" in answer.message
    assert_the_books_agree(stocked)


def test_a_number_is_for_the_next_scan_alone(stocked: Hall) -> None:
    stocked.scan("12")
    assert stocked.scan("XLR-05M").counters.out == 12  # type: ignore[union-attr]
    assert stocked.scan("XLR-05M").counters.out == 13  # type: ignore[union-attr]
    stocked.scan("3")
    piece = stocked.scan(stocked.tags[0])
    assert piece.counters and piece.counters.out == 1 and "counts once" in piece.message


def test_of_a_burst_what_will_not_do_is_kept_as_refused_and_the_rest_is_done(stocked: Hall) -> None:
    answer = stocked.scan(f"{stocked.tags[0]}\nHAZE\n{stocked.tags[1]}", who="Vic", accept=True)
    assert answer.situation is Situation.PLANNED
    with stocked.house.reading():
        results = list(db.session.scalars(select(Scan.result).order_by(Scan.id)))
        assert [str(result) for result in results] == ["applied", "refused", "applied"]
        assert stocked.claim(stocked.spot).out_quantity == 2
    assert_the_books_agree(stocked)


def test_a_return_is_not_taken_back_once_the_piece_is_chosen_elsewhere(stocked: Hall) -> None:
    stocked.scan(stocked.tags[0])
    stocked.scan(stocked.tags[0], "in")
    stocked.scan(stocked.tags[0], "prep", event=stocked.there)
    assert "There meanwhile" in stocked.scan("UNDO", "in").message


def test_buffers_count_when_a_piece_is_chosen_twice(stocked: Hall) -> None:
    with stocked.house.writing():
        db.session.get_one(Product, stocked.spot).turnaround_hours = 48
        first = stocked.event("First", days=3, lines=[Wanted(stocked.spot, 1)])
        after = stocked.event("After", days=3, lines=[Wanted(stocked.spot, 1)], begins_after_days=4)
    stocked.scan(stocked.tags[0], "prep", event=first)
    answer = stocked.scan(stocked.tags[0], "prep", event=after)
    assert answer.situation is Situation.CLAIMED_ELSEWHERE and "First" in answer.message


def test_a_piece_that_comes_with_others_is_a_line_of_its_own_only_once(stocked: Hall) -> None:
    stocked.scan("HAZE", accept=True)
    with stocked.house.reading():
        line = db.session.scalars(
            select(PullLine).where(PullLine.event_id == stocked.here).order_by(PullLine.id.desc())
        ).first()
        assert line is not None and line.is_added_at_prep and line.quantity == 1
        asset = db.session.scalars(select(Asset).where(Asset.tag == "HAZE")).one()
        assert asset.location_id == db.session.get_one(Event, stocked.here).site_id
