"""What is done on a repair: tests, work as a job, repairers outside the house; and the board of all repairs."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from flask import Response, g, url_for
from pydantic import Field

from app.blueprints.crm.documents import document_answer
from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.repairs import repair
from app.edge import actor
from app.fields import Input, LongText, Money, ShortText
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Repair, RepairSending
from app.permissions import Permission, can, requires
from app.queries.repair_page import repair_board
from app.refusals import Refused
from app.rules.calendars import from_local
from app.services.companies import company_called
from app.services.repair_jobs import plan_work
from app.services.repair_sendings import Parcel, send_away, take_back_sending
from app.services.repair_tests import keep_test


@blueprint.get("/repairs/board")
@requires(Permission.REPAIRS_READ)
def repair_columns() -> Response:
    """All open repairs by how far they have come."""
    return page("warehouse/repair_board.html", columns=repair_board(), now=datetime.now(UTC))


class RepairTestInput(Input):
    """How a test went."""

    is_passed: bool
    test_note: LongText = ""


@blueprint.post("/repairs/<int:repair_id>/tests")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def test_repair(repair_id: int) -> Response:
    """Keep how a test went."""
    given = read_form(RepairTestInput)
    keep_test(find(Repair, repair_id), given.is_passed, given.test_note, by=actor())
    say("It works: put it back below." if given.is_passed else "Noted: it stays in repair.")
    return go_to(url_for("warehouse.repair", repair_id=repair_id))


@blueprint.post("/repairs/<int:repair_id>/work")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def plan_repair_work(repair_id: int) -> Response:
    """Work on it as a job, on which parts are planned and used."""
    job = plan_work(find(Repair, repair_id), by=actor())
    if can(Permission.JOBS_MANAGE):
        say(f"{job.number} is the job of this repair: say here which parts it takes.")
        return go_to(url_for("jobs.job", job_id=job.id))
    say(f"{job.number} is the job of this repair. Whoever manages jobs says which parts it takes.")
    if job.technician_id == actor().id:
        return go_to(url_for("jobs.my_job_page", job_id=job.id))
    return go_to(url_for("warehouse.repair", repair_id=repair_id))


class SendingInput(Input):
    """To whom something is sent."""

    company: Annotated[str, Field(min_length=1, max_length=200)]
    rma_number: ShortText = ""
    tracking_number: ShortText = ""
    sending_note: LongText = ""


class SendingForm(SendingInput):
    """The same in a form, in the house's own time."""

    back_at: datetime | None = None


@blueprint.post("/repairs/<int:repair_id>/sendings")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def send_repair(repair_id: int) -> Response:
    """Send it to a repairer."""
    given = read_form(SendingForm)
    until = from_local(given.back_at, g.organization.timezone) if given.back_at else None
    sent = send_away(find(Repair, repair_id), parcel(given, until), by=actor())
    say(f"{sent.number} is written: put the slip in the parcel.")
    return go_to(url_for("warehouse.repair", repair_id=repair_id))


def parcel(given: SendingInput, until: datetime | None) -> Parcel:
    """What was typed, for the service."""
    company = company_called(given.company)
    if company is None:
        raise Refused("There is no company of this name: add it among the companies first.", "company")
    return Parcel(company, given.rma_number, given.tracking_number, given.sending_note, until)


class ReturnInput(Input):
    """What the repairer charges."""

    outside_cost: Money = Decimal(0)


@blueprint.post("/repairs/<int:repair_id>/sendings/return")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def take_repair_back(repair_id: int) -> Response:
    """It is back from the repairer."""
    given = read_form(ReturnInput)
    take_back_sending(find(Repair, repair_id), given.outside_cost, by=actor())
    say("It is back. Test it, then put it on its shelf.")
    return go_to(url_for("warehouse.repair", repair_id=repair_id))


@blueprint.get("/repair-sendings/<int:sending_id>/pdf")
@requires(Permission.REPAIRS_READ)
def sending_pdf(sending_id: int) -> Response:
    """The stored slip."""
    return document_answer(find(RepairSending, sending_id))
