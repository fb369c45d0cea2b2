"""Companies: the list, one, and its form."""

from decimal import Decimal
from typing import Any

from flask import Response, request, url_for

from app.blueprints.crm import blueprint
from app.blueprints.crm.fields import page_number, searched
from app.edge import actor
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Company
from app.permissions import Permission, requires
from app.queries import crm_clients as queries
from app.queries.crm_deals import LABELS
from app.services import companies as services


@blueprint.get("/companies")
@requires(Permission.CLIENTS_READ)
def companies() -> Response:
    """The list of companies."""
    sort = request.args.get("sort", "name")
    return page(
        "crm/companies.html",
        part="crm/_company_list.html",
        page=queries.company_lines(searched(), sort, page_number()),
        sort=sort,
        find=searched(),
    )


@blueprint.get("/companies/<int:company_id>")
@requires(Permission.CLIENTS_READ)
def company(company_id: int) -> Response:
    """One company: its people, its deals, what it is worth."""
    row = queries.company_page(company_id)
    open_deals, won = queries.worth_of([row.id]).get(row.id, (0, Decimal(0)))
    return page(
        "crm/company.html",
        company=row,
        contacts=queries.contacts_of(row.id),
        deals=queries.deals_of(row.id),
        labels=LABELS,
        open_deals=open_deals,
        won=won,
    )


@blueprint.get("/companies/new")
@requires(Permission.CLIENTS_MANAGE)
def company_new() -> Response:
    """The empty form."""
    return company_form(
        None, services.CompanyFacts.model_construct(name=request.args.get("name", "")[:200]).model_dump()
    )


@blueprint.post("/companies/new")
@requires(Permission.CLIENTS_MANAGE)
@shown_again_by(company_new)
def add_company() -> Response:
    """Add a company."""
    row = services.add_company(read_form(services.CompanyFacts), by=actor())
    say(f"{row.name} was added.")
    return go_to(url_for("crm.company", company_id=row.id))


@blueprint.get("/companies/<int:company_id>/edit")
@requires(Permission.CLIENTS_MANAGE)
def company_edit(company_id: int) -> Response:
    """The form with what is known."""
    row = queries.company_page(company_id)
    return company_form(row, {name: getattr(row, name) for name in services.CompanyFacts.model_fields})


@blueprint.post("/companies/<int:company_id>/edit")
@requires(Permission.CLIENTS_MANAGE)
@shown_again_by(company_edit)
def change_company(company_id: int) -> Response:
    """Change a company."""
    row = find(Company, company_id)
    services.change_company(row, read_form(services.CompanyFacts), by=actor())
    say(f"{row.name} was saved.")
    return go_to(url_for("crm.company", company_id=company_id))


def company_form(row: Company | None, known: dict[str, Any]) -> Response:
    """The form, for a new company or a known one."""
    return page("crm/company_form.html", company=row, known=known, form=current_form())
