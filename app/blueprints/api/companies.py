"""Companies, for programs."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Input, Output, operation
from app.blueprints.api.fields import Email, LongText, Name, NamedQuery, ShortText
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


class CompanyIn(Input):
    """A company as it shall be."""

    name: Name
    email: Email = ""
    phone: ShortText = ""
    address: LongText = ""
    vat_id: ShortText = ""
    payment_days: Annotated[int, Field(ge=0, le=365)] | None = None
    discount_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] = Decimal(0)
    is_stopped: bool = False
    popup_note: ShortText = ""
    notes: LongText = ""

    def facts(self) -> CompanyFacts:
        """The same as services take it."""
        return CompanyFacts(**self.model_dump())


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
    return add_company(body.facts(), by=actor())


@operation(
    "PUT",
    "/crm/companies/<int:company_id>",
    permission=Permission.CLIENTS_MANAGE,
    answer=CompanyOut,
    body=CompanyIn,
)
def replace_company(company_id: int, body: CompanyIn) -> Company:
    """Say anew what a company is: what is left out goes back to nothing."""
    return change_company(find(Company, company_id), body.facts(), by=actor())
