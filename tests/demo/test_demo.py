"""The demo company: what whoever starts it can count on."""

import stat
from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from app.demo.extras import HAZE
from app.demo.files import rows_of
from app.demo.today import STRAY
from app.extensions import db
from app.models import (
    Alert,
    AlertKind,
    AlertState,
    Delivery,
    DeliveryState,
    Discrepancy,
    Event,
    Handover,
    Inspection,
    Invoice,
    Lead,
    LeadState,
    Organization,
    OutboxRow,
    OutboxState,
    Phase,
    Priority,
    Product,
    PullLine,
    Quarantine,
    QuarantineReason,
    Quote,
    QuoteState,
    Repair,
    RepairSending,
    RepairState,
    ReturnReminder,
    Scan,
    ScanMode,
    ScanResult,
    Stage,
    User,
)
from app.models import Deal as DealRow
from app.permissions import ROLES
from app.queries.inspections import to_do
from app.queries.quote_content import content_hash
from app.queries.repair_page import repair_board
from app.queries.shortages import explained
from app.queries.standings import short_lines
from app.services.overdue import overdue_events
from app.services.quotes import lines_of
from app.services.verify import broken_invariants
from app.serving import LOGINS
from tests.demo.company import Demo
from tests.tasks import do_tasks

ARENA, CLUB = "Arena show, two trucks", "Club lighting, same weekend as PL4"


def test_every_invariant_holds(demo: Demo) -> None:
    with demo.app.app_context():
        broken = {found.invariant.id: found.rows[:3] for found in broken_invariants()}
    assert broken == {}


def test_the_company_says_that_it_is_a_demo(demo: Demo) -> None:
    with demo.reading():
        assert db.session.get_one(Organization, demo.organization_id).is_demo


def test_there_is_one_login_for_each_role(demo: Demo) -> None:
    assert demo.logins.keys() == ROLES.keys()


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_login_signs_in(demo: Demo, role: str) -> None:
    email, password = demo.logins[role]
    browser = demo.app.test_client()
    answer = browser.post("/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 303
    assert browser.get("/", follow_redirects=True).status_code == 200


def test_only_their_owner_can_read_the_kept_logins(demo: Demo) -> None:
    assert stat.S_IMODE((demo.data_dir / LOGINS).stat().st_mode) == 0o600


def test_the_whole_catalogue_is_there_with_its_quantities(demo: Demo) -> None:
    published = {row["source_id"]: row for row in rows_of("catalogue.csv")}
    with demo.reading():
        known = set(db.session.scalars(select(Product.sku)))
    assert len(published) == 661
    assert published.keys() <= known


def test_every_phase_has_an_event(demo: Demo) -> None:
    assert present(demo, Event.phase) == set(Phase)


def test_every_state_of_a_quote_is_there(demo: Demo) -> None:
    assert present(demo, Quote.state) == set(QuoteState)


def test_every_quote_that_went_out_is_bound_to_what_it_says(demo: Demo) -> None:
    with demo.reading():
        for quote in db.session.scalars(select(Quote).where(Quote.state != QuoteState.DRAFT)):
            deal = db.session.get_one(DealRow, quote.deal_id)
            assert quote.content_hash == content_hash(quote, deal, lines_of(quote)), quote.number


def test_the_worker_sets_every_document_within_its_first_seconds_and_then_rests(demo: Demo) -> None:
    do_tasks(demo)
    with demo.reading():
        quotes = select(func.count(Quote.id)).where(Quote.state != QuoteState.DRAFT, Quote.pdf_id.is_(None))
        invoices = select(func.count(Invoice.id)).where(
            Invoice.issued_on.is_not(None), Invoice.pdf_id.is_(None)
        )
        due = select(func.count(OutboxRow.id)).where(OutboxRow.state != OutboxState.DONE)
        assert [db.session.scalar(query) for query in (quotes, invoices, due)] == [0, 0, 0]


def test_every_stage_of_a_deal_is_there(demo: Demo) -> None:
    assert present(demo, DealRow.stage) == set(Stage)


def test_leads_and_repairs_are_in_every_state(demo: Demo) -> None:
    assert present(demo, Lead.state) == set(LeadState)
    assert present(demo, Repair.state) == set(RepairState)


def test_every_column_of_the_repair_board_has_something_to_show(demo: Demo) -> None:
    with demo.reading():
        board = repair_board()
    assert all(column.repairs for column in board), [(one.column, one.total) for one in board]


def test_something_is_at_a_repairer_and_the_day_of_its_return_is_known(demo: Demo) -> None:
    with demo.reading():
        away = list(db.session.scalars(select(RepairSending).where(RepairSending.returned_at.is_(None))))
        days = [db.session.get_one(Repair, one.repair_id).expected_back_at for one in away]
    assert len(days) > 1 and all(days)


def test_something_is_kept_back_and_something_was_released(demo: Demo) -> None:
    with demo.reading():
        kept = list(db.session.scalars(select(Quarantine)))
        assert {one.reason for one in kept if one.released_at is None} > {QuarantineReason.RECALLED}
        assert any(one.released_at for one in kept)


def test_inspections_are_overdue_due_soon_failed_and_passed(demo: Demo) -> None:
    with demo.reading():
        waiting = to_do()
        assert waiting.failed and waiting.overdue and waiting.due_soon
        numbered = db.session.scalars(select(Inspection.inspected_on).order_by(Inspection.id)).all()
    assert list(numbered) == sorted(numbered)


def test_the_client_whose_gear_is_late_was_reminded_once(demo: Demo) -> None:
    with demo.reading():
        assert db.session.scalar(select(func.count(ReturnReminder.id))) == 1


def test_notes_say_what_left_and_what_came_back_and_why_something_did_not(demo: Demo) -> None:
    with demo.reading():
        assert present(demo, Handover.mode) == {ScanMode.OUT, ScanMode.IN}
        assert db.session.scalar(select(func.count(Discrepancy.id)).where(Discrepancy.reason != ""))


def present(demo: Demo, column: object) -> Collection[object]:
    """The values that a column has."""
    with demo.reading():
        return set(db.session.scalars(select(column).distinct()))  # type: ignore[call-overload]


def test_there_is_a_year_of_events(demo: Demo) -> None:
    with demo.reading():
        first, last, count = db.session.execute(
            select(func.min(Event.occupied_from), func.max(Event.occupied_until), func.count(Event.id))
        ).one()
    assert (last - first).days > 365
    assert count >= 75


def test_the_club_is_short_of_what_the_arena_has(demo: Demo) -> None:
    with demo.reading():
        arena, club = event_called(ARENA), event_called(CLUB)
        short = {line.product.sku: line for line in explained(short_lines(event_ids=[club.id]))}
        assert {sku: line.missing for sku, line in short.items()} == {"AR372": 4, "AR806": 6, "AR517": 12}
        for line in short.values():
            assert f"taken by {arena.number}" in line.sentence


def event_called(name: str) -> Event:
    """The event of this name."""
    return db.session.scalars(select(Event).where(Event.name == name)).one()


def test_scans_were_taken_but_for_the_stray_ones(demo: Demo) -> None:
    with demo.reading():
        refused = select(Scan.raw_code).where(Scan.result != ScanResult.APPLIED)
        assert set(db.session.scalars(refused)) == set(STRAY)


def test_what_is_late_is_out_past_its_end(demo: Demo) -> None:
    with demo.reading():
        late = overdue_events(datetime.now(UTC))
        assert [event.name for event in late] == ["Guest performance, Circus Fontana"]


def test_the_pull_lists_are_events_line_by_line(demo: Demo) -> None:
    rows = rows_of("pull_lists.csv")
    with demo.reading():
        planned = {
            (name, sku): quantity
            for name, sku, quantity in db.session.execute(
                select(Event.name, Product.sku, PullLine.quantity)
                .join(PullLine, PullLine.event_id == Event.id)
                .join(Product, Product.id == PullLine.product_id)
            )
        }
    missing = [row for row in rows if planned.get((row["event"], row["source_id"])) != int(row["quantity"])]
    assert missing == []


def test_no_letter_waits_to_leave(demo: Demo) -> None:
    with demo.reading():
        addresses = set(db.session.scalars(select(Delivery.address)))
        people = set(db.session.scalars(select(User.email)))
        waiting = db.session.scalar(
            select(func.count(Delivery.id)).where(Delivery.state == DeliveryState.WAITING)
        )
        due = set(db.session.scalars(select(OutboxRow.kind).where(OutboxRow.state != OutboxState.DONE)))
    assert all(address.endswith(".example") for address in addresses | people)
    assert waiting == 0 and due <= {"documents.typeset"}


def test_something_is_critical_and_something_will_run_short(demo: Demo) -> None:
    with demo.reading():
        waiting = list(db.session.scalars(select(Alert).where(Alert.closed_at.is_(None))))
        assert {alert.kind for alert in waiting} >= {AlertKind.LOW, AlertKind.AHEAD}
        [critical] = [alert for alert in waiting if alert.priority is Priority.CRITICAL]
        assert critical.state is AlertState.OPEN
        assert db.session.get_one(Product, critical.product_id).sku == HAZE


def test_some_invoices_are_paid_and_some_are_overdue(demo: Demo) -> None:
    with demo.reading():
        paid = db.session.scalar(select(func.count(Invoice.id)).where(Invoice.paid == Invoice.gross))
        late = db.session.scalar(
            select(func.count(Invoice.id)).where(
                Invoice.paid < Invoice.gross, Invoice.due_on < func.current_date()
            )
        )
    assert paid and late
