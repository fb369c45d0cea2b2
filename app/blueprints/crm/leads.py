"""Leads: the inbox of enquiries."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, request, url_for

from app.blueprints.crm import blueprint
from app.blueprints.crm.deals import DealForm, Reason, deal_form, nobody_knows
from app.blueprints.crm.fields import new_request_id, page_number, searched
from app.edge import actor
from app.fields import RequestId
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Lead
from app.permissions import Permission, requires
from app.queries import crm_clients as queries
from app.services import leads as services
from app.services.deals import add_deal

STATES = [("new", "New"), ("qualified", "Qualified"), ("disqualified", "Turned away"), ("", "All")]


class LeadForm(services.LeadFacts):
    """An enquiry that came by phone, letter or in person."""

    request_id: RequestId

    def facts(self) -> services.LeadFacts:
        """The same without what belongs to the form."""
        return services.LeadFacts(**self.model_dump(exclude={"request_id"}))


@blueprint.get("/leads")
@requires(Permission.LEADS_READ)
def leads() -> Response:
    """The inbox."""
    state = request.args.get("state", "new")
    return page(
        "crm/leads.html",
        part="crm/_lead_list.html",
        page=queries.lead_lines(state, searched(), page_number()),
        counts=queries.lead_counts(),
        state=state,
        states=STATES,
        find=searched(),
    )


@blueprint.get("/leads/<int:lead_id>")
@requires(Permission.LEADS_READ)
def lead(lead_id: int) -> Response:
    """One enquiry, in its own words."""
    row = find(Lead, lead_id)
    return page("crm/lead.html", lead=row, deal=queries.deal_of_lead(row), form=current_form())


@blueprint.get("/leads/new")
@requires(Permission.LEADS_MANAGE)
def lead_new() -> Response:
    """The empty form."""
    return page("crm/lead_form.html", form=current_form(), request_id=new_request_id())


@blueprint.post("/leads/new")
@requires(Permission.LEADS_MANAGE)
@shown_again_by(lead_new)
def add_lead() -> Response:
    """Write an enquiry down."""
    given = read_form(LeadForm)
    row = services.receive_lead(given.facts(), by=actor(), request_id=given.request_id)
    say(f"{row.number} was written down. Sales is told.")
    return go_to(url_for("crm.lead", lead_id=row.id))


@blueprint.post("/leads/<int:lead_id>/disqualification")
@requires(Permission.LEADS_MANAGE)
@shown_again_by(lead)
def disqualify_lead(lead_id: int) -> Response:
    """Turn an enquiry away."""
    row = find(Lead, lead_id)
    services.disqualify(row, read_form(Reason).reason, by=actor())
    say(f"{row.number} was turned away.")
    return go_to(url_for("crm.leads"))


@blueprint.post("/leads/<int:lead_id>/reopening")
@requires(Permission.LEADS_MANAGE)
def reopen_lead(lead_id: int) -> Response:
    """Take it up again."""
    row = find(Lead, lead_id)
    services.reopen_lead(row, by=actor())
    say(f"{row.number} is open again.")
    return go_to(url_for("crm.lead", lead_id=lead_id))


@blueprint.get("/leads/<int:lead_id>/deal")
@requires(Permission.DEALS_MANAGE)
def lead_deal(lead_id: int) -> Response:
    """The form of a new deal, with what the enquiry says."""
    row = find(Lead, lead_id)
    if row.deal_id is not None:
        return go_to(url_for("crm.deal", deal_id=row.deal_id))
    return deal_form(None, wishes_of(row), lead=row)


@blueprint.post("/leads/<int:lead_id>/deal")
@requires(Permission.DEALS_MANAGE)
@shown_again_by(lead_deal)
def qualify_lead(lead_id: int) -> Response:
    """Make a deal of it."""
    row = find(Lead, lead_id)
    deal = add_deal(read_form(DealForm).facts(), by=actor(), lead=row)
    say(f"{row.number} is now deal {deal.number}.")
    return go_to(url_for("crm.deal", deal_id=deal.id))


def wishes_of(row: Lead) -> dict[str, Any]:
    """What the enquiry says, in the fields of a deal."""
    first, last = row.wanted_from, row.wanted_until or row.wanted_from
    known = {
        "name": f"{row.company_name or row.name}, {first:%-d %B}" if first else row.company_name or row.name,
        "company": row.company_name or row.name,
        "contact_name": row.name,
        "contact_email": row.email,
        "contact_phone": row.phone,
    }
    if first and last:
        known["occupied_from"] = clock_time(first - timedelta(days=1), 12)
        known["occupied_until"] = clock_time(last + timedelta(days=1), 12)
        known["charged_from"], known["charged_until"] = clock_time(first, 8), clock_time(last, 23)
    return nobody_knows() | known


def clock_time(day: date, hour: int) -> str:
    """A day and an hour as a date box holds them."""
    return datetime.combine(day, time(hour)).strftime("%Y-%m-%dT%H:%M")
