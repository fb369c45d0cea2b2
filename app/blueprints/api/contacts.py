"""Contacts, for programs."""

from sqlalchemy import select

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import NamedQuery, named
from app.blueprints.crm.contacts import Person
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.models import Company, Contact
from app.models.base import plain_text
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.services.companies import add_contact, change_contact


class ContactOut(Output):
    """A person at a company."""

    id: int
    company_id: int | None
    name: str
    email: str
    phone: str
    role: str


@operation(
    "GET",
    "/crm/contacts",
    permission=Permission.CLIENTS_READ,
    answer=ContactOut,
    query=NamedQuery,
    is_list=True,
)
def list_contacts(query: NamedQuery) -> Page[Contact]:
    """Contacts, by name."""
    wanted = select(Contact).where(Contact.archived_at.is_(None)).order_by(Contact.name, Contact.id)
    for word in plain_text(query.q or "").split():
        wanted = wanted.where(Contact.search_text.contains(word, autoescape=True))
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/crm/contacts/<int:contact_id>", permission=Permission.CLIENTS_READ, answer=ContactOut)
def get_contact(contact_id: int) -> Contact:
    """One person."""
    return find(Contact, contact_id)


class ContactIn(Person):
    """A person as they shall be, at a company or on their own."""

    company_id: Id | None = None

    def company(self) -> Company | None:
        """The company of this person. Raises Refused for one that is not there."""
        return None if self.company_id is None else named(Company, self.company_id, "company_id")


@operation(
    "POST",
    "/crm/contacts",
    permission=Permission.CLIENTS_MANAGE,
    answer=ContactOut,
    body=ContactIn,
    status=201,
    is_idempotent=True,
)
def create_contact(body: ContactIn) -> Contact:
    """Add a person."""
    return add_contact(body.company(), body.facts(), by=actor())


@operation(
    "PUT",
    "/crm/contacts/<int:contact_id>",
    permission=Permission.CLIENTS_MANAGE,
    answer=ContactOut,
    body=ContactIn,
)
def replace_contact(contact_id: int, body: ContactIn) -> Contact:
    """Say anew who a person is."""
    return change_contact(find(Contact, contact_id), body.company(), body.facts(), by=actor())
