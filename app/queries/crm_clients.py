"""Leads, companies and contacts as their lists and pages show them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.finding import find
from app.models import Company, Contact, Deal, Lead, LeadState, Stage, Venue
from app.models.base import plain_text
from app.queries.paging import Page, paged
from app.queries.rows import AnyRow

MOST_OFFERED: Final = 12
COMPANY_SORTS: Final[dict[str, Any]] = {"name": Company.name, "since": Company.created_at}
DEALS_SHOWN: Final = 25


class CompanyLine(NamedTuple):
    """One company of the list."""

    id: int
    name: str
    email: str
    phone: str
    is_stopped: bool
    created_at: datetime
    open_deals: int
    won_value: Decimal


def lead_lines(state: str, text: str, page: int = 1) -> Page[Lead]:
    """One page of leads, the newest first."""
    query = select(Lead)
    if state in set(LeadState):
        query = query.where(Lead.state == LeadState(state))
    for word in plain_text(text).split():
        query = query.where(Lead.search_text.contains(word, autoescape=True))
    return paged(query.order_by(Lead.id.desc()), page)


def lead_counts() -> dict[str, int]:
    """How many leads are in each state."""
    query = select(Lead.state, func.count(Lead.id)).group_by(Lead.state)
    return {str(state): count for state, count in db.session.execute(query)}


def deal_of_lead(lead: Lead) -> AnyRow | None:
    """The deal that a lead became."""
    if lead.deal_id is None:
        return None
    return db.session.execute(
        select(Deal.id, Deal.number, Deal.name).where(Deal.id == lead.deal_id)
    ).one_or_none()


def company_lines(text: str, sort: str, page: int = 1) -> Page[CompanyLine]:
    """One page of companies with their open deals and what they have been worth: three statements."""
    query = select(
        Company.id, Company.name, Company.email, Company.phone, Company.is_stopped, Company.created_at
    ).where(Company.archived_at.is_(None))
    for word in plain_text(text).split():
        query = query.where(Company.search_text.contains(word, autoescape=True))
    column = COMPANY_SORTS.get(sort.removeprefix("-"), Company.name)
    order = column.desc() if sort.startswith("-") else column.asc()
    found = paged(query.order_by(order, Company.id), page, scalars=False)
    worth = worth_of([row.id for row in found.items])
    items = [CompanyLine(*(*row, *worth.get(row.id, (0, Decimal(0))))) for row in found.items]
    return Page(items, found.page, found.per_page, found.total)


def worth_of(company_ids: Sequence[int]) -> dict[int, tuple[int, Decimal]]:
    """Company → how many deals are open, and what its won ones sum up to."""
    query = (
        select(Deal.company_id, Deal.stage, func.count(Deal.id), func.sum(Deal.value))
        .where(Deal.company_id.in_(company_ids))
        .group_by(Deal.company_id, Deal.stage)
    )
    worth: dict[int, tuple[int, Decimal]] = {}
    for company_id, stage, count, value in db.session.execute(query):
        open_deals, won = worth.get(company_id, (0, Decimal(0)))
        gained = (value or Decimal(0)) if stage is Stage.WON else Decimal(0)
        worth[company_id] = (open_deals + (count if stage.is_open else 0), won + gained)
    return worth


def company_page(company_id: int) -> Company:
    """One company. Raises NotFound."""
    return find(Company, company_id)


def contacts_of(company_id: int) -> Sequence[Contact]:
    """The people of a company."""
    query = select(Contact).where(Contact.company_id == company_id, Contact.archived_at.is_(None))
    return db.session.scalars(query.order_by(Contact.name, Contact.id)).all()


def deals_of(company_id: int) -> Sequence[AnyRow]:
    """The deals of a company, the latest dates first."""
    query = (
        select(Deal.id, Deal.number, Deal.name, Deal.stage, Deal.value, Deal.charged_from, Deal.charged_until)
        .where(Deal.company_id == company_id)
        .order_by(Deal.occupied_from.desc(), Deal.id)
    )
    return db.session.execute(query.limit(DEALS_SHOWN)).all()


def contact_page(contact_id: int) -> Contact:
    """One person with their company. Raises NotFound."""
    return find(Contact, contact_id, Contact.company)


def contact_lines(text: str, page: int = 1) -> Page[Contact]:
    """One page of people with their companies."""
    query = select(Contact).where(Contact.archived_at.is_(None)).options(joinedload(Contact.company))
    for word in plain_text(text).split():
        query = query.where(Contact.search_text.contains(word, autoescape=True))
    return paged(query.order_by(Contact.name, Contact.id), page)


def offered_companies(text: str) -> Sequence[str]:
    """Names of companies that fit what is being typed."""
    query = select(Company.name).where(Company.archived_at.is_(None))
    for word in plain_text(text).split():
        query = query.where(Company.search_text.contains(word, autoescape=True))
    return db.session.scalars(query.order_by(Company.name).limit(MOST_OFFERED)).all()


def offered_venues() -> Sequence[str]:
    """Names of venues."""
    return db.session.scalars(select(Venue.name).order_by(Venue.name).limit(500)).all()
