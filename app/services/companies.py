"""Clients: companies, their contacts, and the venues where they play."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import func, select

from app.actors import Actor
from app.extensions import db
from app.fields import Days, Email, Facts, LongText, Name, Percentage, ShortText
from app.models import Company, Contact, Venue
from app.refusals import Refused
from app.services.activities import record


class CompanyFacts(Facts):
    """All that is said about a company."""

    name: Name
    email: Email = ""
    phone: ShortText = ""
    address: LongText = ""
    vat_id: ShortText = ""
    payment_days: Days | None = None
    discount_percent: Percentage = Decimal(0)
    is_stopped: bool = False
    is_supplier: bool = False
    popup_note: ShortText = ""
    notes: LongText = ""


@dataclass(frozen=True)
class ContactFacts:
    """All that is said about a person."""

    name: str
    email: str = ""
    phone: str = ""
    role: str = ""


def add_company(facts: CompanyFacts, *, by: Actor) -> Company:
    """Add a company. Raises Refused when one of this name exists: it would be two lists of deals."""
    refuse_same_name(facts.name)
    company = Company(created_at=datetime.now(UTC), **vars(facts))
    db.session.add(company)
    db.session.flush()
    record("company.added", company, by=by)
    return company


def change_company(company: Company, facts: CompanyFacts, *, by: Actor) -> Company:
    """Change a company. Stopping or releasing its account stands in the log by itself."""
    refuse_same_name(facts.name, besides=company.id)
    was_stopped = company.is_stopped
    changed = [name for name, value in vars(facts).items() if getattr(company, name) != value]
    for name, value in vars(facts).items():
        setattr(company, name, value)
    db.session.flush()
    if changed:
        record("company.changed", company, by=by, changed=changed)
    if facts.is_stopped != was_stopped:
        record("company.stopped" if facts.is_stopped else "company.released", company, by=by)
    return company


def refuse_same_name(name: str, besides: int | None = None) -> None:
    """Raises Refused when another company has this name."""
    other = company_called(name)
    if other is not None and other.id != besides:
        raise Refused("A company with this name exists already.", "name")


def company_called(name: str) -> Company | None:
    """The company of this name, whatever the letter case."""
    query = select(Company).where(
        func.lower(Company.name) == name.strip().lower(), Company.archived_at.is_(None)
    )
    return db.session.scalars(query.order_by(Company.id)).first()


def named_company(name: str, *, by: Actor) -> Company:
    """The company of this name, made when there is none."""
    return company_called(name) or add_company(CompanyFacts(name=name), by=by)


def add_contact(company: Company | None, facts: ContactFacts, *, by: Actor) -> Contact:
    """Add a person to a company, or on their own."""
    company_id = company.id if company else None
    contact = Contact(company_id=company_id, created_at=datetime.now(UTC), **vars(facts))
    db.session.add(contact)
    db.session.flush()
    record("contact.added", contact, by=by, company_id=company_id)
    return contact


def change_contact(contact: Contact, company: Company | None, facts: ContactFacts, *, by: Actor) -> Contact:
    """Change a person."""
    contact.company_id = company.id if company else None
    for name, value in vars(facts).items():
        setattr(contact, name, value)
    db.session.flush()
    record("contact.changed", contact, by=by)
    return contact


def named_contact(company: Company, facts: ContactFacts, *, by: Actor) -> Contact | None:
    """The person of this name at a company, made when there is none; nobody for an empty name.

    An email or phone number that is new is added to what is known, nothing is overwritten.
    """
    if not facts.name.strip():
        return None
    query = select(Contact).where(
        Contact.company_id == company.id, func.lower(Contact.name) == facts.name.strip().lower()
    )
    contact = db.session.scalars(query.order_by(Contact.id)).first()
    if contact is None:
        return add_contact(company, facts, by=by)
    contact.email = contact.email or facts.email
    contact.phone = contact.phone or facts.phone
    return contact


def named_venue(name: str, *, by: Actor) -> Venue | None:
    """The venue of this name, made when there is none; none for an empty name."""
    if not name.strip():
        return None
    venue = db.session.scalars(select(Venue).where(func.lower(Venue.name) == name.strip().lower())).first()
    if venue is None:
        venue = Venue(name=name.strip())
        db.session.add(venue)
        db.session.flush()
        record("venue.added", venue, by=by)
    return venue
