"""Companies, for programs."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import NamedQuery
from app.edge import actor
from app.finding import find
from app.models import Company
from app.models.base import plain_text
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.services.companies import (
    CompanyFacts,
    add_company,
    change_company,
)


class CompanyOut(Output):
    """A company."""

    id: int
    name: str
    email: str
    phone: str
    address: str
    vat_id: str
    payment_days: int | None
    discount_percent: Decimal
    is_stopped: bool
    is_supplier: bool
    popup_note: str
    notes: str
    archived_at: datetime | None


@operation(
    "GET",
    "/crm/companies",
    permission=Permission.CLIENTS_READ,
    answer=CompanyOut,
    query=NamedQuery,
    is_list=True,
)
def list_companies(query: NamedQuery) -> Page[Company]:
    """Companies, by name."""
    wanted = select(Company).where(Company.archived_at.is_(None)).order_by(Company.name, Company.id)
    for word in plain_text(query.q or "").split():
        wanted = wanted.where(Company.search_text.contains(word, autoescape=True))
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/crm/companies/<int:company_id>", permission=Permission.CLIENTS_READ, answer=CompanyOut)
def get_company(company_id: int) -> Company:
    """One company."""
    return find(Company, company_id)


class CompanyIn(CompanyFacts):
    """A company as it shall be."""


@operation(
    "POST",
    "/crm/companies",
    permission=Permission.CLIENTS_MANAGE,
    answer=CompanyOut,
    body=CompanyIn,
    status=201,
    is_idempotent=True,
)
def create_company(body: CompanyIn) -> Company:
    """Add a company."""
    return add_company(body, by=actor())


@operation(
    "PUT",
    "/crm/companies/<int:company_id>",
    permission=Permission.CLIENTS_MANAGE,
    answer=CompanyOut,
    body=CompanyIn,
)
def replace_company(company_id: int, body: CompanyIn) -> Company:
    """Say anew what a company is: what is left out goes back to nothing."""
    return change_company(find(Company, company_id), body, by=actor())
