"""What is done on a repair, for programs: tests, work as a job, repairers outside the house, the board."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Response

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import fields_called, named
from app.blueprints.api.files import PDF
from app.blueprints.api.repairs import RepairOut
from app.blueprints.warehouse.repair_works import RepairTestInput, sending_pdf
from app.edge import actor
from app.fields import Id, Input, Instant, LongText, Money, ShortText
from app.finding import find
from app.models import Company, Job, Repair, RepairSending, RepairTest
from app.permissions import Permission
from app.queries.repair_page import Column, repair_board, story_of
from app.services.repair_jobs import plan_work
from app.services.repair_sendings import Parcel, send_away, take_back_sending
from app.services.repair_tests import keep_test


class RepairTestOut(Output):
    """Who has tested something, and how it went."""

    id: int
    is_passed: bool
    note: str
    by_name: str
    tested_at: datetime


@operation(
    "GET",
    "/inventory/repairs/<int:repair_id>/tests",
    permission=Permission.REPAIRS_READ,
    answer=RepairTestOut,
    is_list=True,
)
def list_repair_tests(repair_id: int) -> list[RepairTest]:
    """The tests of a repair, the latest first."""
    return list(story_of(find(Repair, repair_id).id).tests)


class RepairTestIn(RepairTestInput):
    """How a test went; what fails stays in repair, and its note says what still fails."""


@operation(
    "POST",
    "/inventory/repairs/<int:repair_id>/tests",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairTestOut,
    body=RepairTestIn,
    status=201,
    is_idempotent=True,
)
def create_repair_test(repair_id: int, body: RepairTestIn) -> RepairTest:
    """Keep how a test after a repair went."""
    return keep_test(find(Repair, repair_id), body.is_passed, body.test_note, by=actor())


class SendingOut(Output):
    """The way of something to a repairer outside the house, and back."""

    id: int
    number: str
    repair_id: int
    company_id: int
    rma_number: str
    tracking_number: str
    note: str
    sent_by_name: str
    sent_at: datetime
    returned_at: datetime | None
    cost: Decimal | None


@operation(
    "GET",
    "/inventory/repairs/<int:repair_id>/sendings",
    permission=Permission.REPAIRS_READ,
    answer=SendingOut,
    is_list=True,
)
def list_repair_sendings(repair_id: int) -> list[RepairSending]:
    """Where a thing in repair was sent, the latest first."""
    return list(story_of(find(Repair, repair_id).id).sendings)


class SendingIn(Input):
    """To whom something is sent, and when it should be back."""

    company_id: Id
    rma_number: ShortText = ""
    tracking_number: ShortText = ""
    note: LongText = ""
    expected_back_at: Instant | None = None


@operation(
    "POST",
    "/inventory/repairs/<int:repair_id>/sendings",
    permission=Permission.REPAIRS_MANAGE,
    answer=SendingOut,
    body=SendingIn,
    status=201,
    is_idempotent=True,
)
def create_repair_sending(repair_id: int, body: SendingIn) -> RepairSending:
    """Send something to a repairer; its slip is a PDF some seconds later."""
    company = named(Company, body.company_id, "company_id")
    parcel = Parcel(company, body.rma_number, body.tracking_number, body.note, body.expected_back_at)
    with fields_called(company="company_id"):
        return send_away(find(Repair, repair_id), parcel, by=actor())


class SendingReturnIn(Input):
    """What the repairer charges."""

    cost: Money = Decimal(0)


@operation(
    "POST",
    "/inventory/repairs/<int:repair_id>/sendings/return",
    permission=Permission.REPAIRS_MANAGE,
    answer=SendingOut,
    body=SendingReturnIn,
    is_idempotent=True,
)
def return_repair_sending(repair_id: int, body: SendingReturnIn) -> RepairSending:
    """It is back from the repairer."""
    return take_back_sending(find(Repair, repair_id), body.cost, by=actor())


@operation(
    "GET",
    "/inventory/repair-sendings/<int:sending_id>/pdf",
    permission=Permission.REPAIRS_READ,
    media_types=(PDF,),
)
def get_sending_pdf(sending_id: int) -> Response:
    """The delivery slip as it was printed."""
    answer: Response = sending_pdf(sending_id)
    return answer


class RepairWorkOut(Output):
    """The job of a repair, on which parts are planned and used."""

    id: int
    number: str
    technician_id: int | None


@operation(
    "POST",
    "/inventory/repairs/<int:repair_id>/work",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairWorkOut,
    is_idempotent=True,
)
def create_repair_work(repair_id: int) -> Job:
    """The open job of a repair, planned now when there is none."""
    return plan_work(find(Repair, repair_id), by=actor())


class BoardColumnOut(Output):
    """A column of the board: how many repairs stand there, and the first of them."""

    column: Column
    total: int
    repairs: list[RepairOut]


@operation(
    "GET",
    "/inventory/repair-board",
    permission=Permission.REPAIRS_READ,
    answer=BoardColumnOut,
    is_list=True,
)
def get_repair_board() -> list[Any]:
    """All open repairs by how far they have come."""
    return list(repair_board())
