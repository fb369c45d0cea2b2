"""Contacts: the people we talk to."""

from dataclasses import asdict
from typing import Any

from flask import Response, request, url_for

from app.blueprints.crm import blueprint
from app.blueprints.crm.fields import page_number, searched
from app.edge import actor
from app.fields import Email, Input, Name, ShortText
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Company, Contact
from app.permissions import Permission, requires
from app.queries import crm_clients as queries
from app.services import companies as services


class Person(Input):
    """Who a person is."""

    name: Name
    email: Email = ""
    phone: ShortText = ""
    role: ShortText = ""

    def facts(self) -> services.ContactFacts:
        """The same as services take it."""
        return services.ContactFacts(self.name, self.email, self.phone, self.role)


class ContactForm(Person):
    """A person and the company they belong to, by its name: an unknown one is added."""

    company: ShortText = ""

    def of_company(self) -> Company | None:
        """The company that was named."""
        return services.named_company(self.company, by=actor()) if self.company else None


@blueprint.get("/contacts")
@requires(Permission.CLIENTS_READ)
def contacts() -> Response:
    """The list of people."""
    return page(
        "crm/contacts.html",
        part="crm/_contact_list.html",
        page=queries.contact_lines(searched(), page_number()),
        find=searched(),
    )


@blueprint.get("/contacts/<int:contact_id>")
@requires(Permission.CLIENTS_READ)
def contact(contact_id: int) -> Response:
    """One person."""
    row = queries.contact_page(contact_id)
    return page("crm/contact.html", contact=row)


@blueprint.get("/contacts/new")
@requires(Permission.CLIENTS_MANAGE)
def contact_new() -> Response:
    """The empty form, for a company when one is named."""
    known = asdict(services.ContactFacts("")) | {"company": request.args.get("company", "")[:200]}
    return contact_form(None, known)


@blueprint.post("/contacts/new")
@requires(Permission.CLIENTS_MANAGE)
@shown_again_by(contact_new)
def add_contact() -> Response:
    """Add a person."""
    given = read_form(ContactForm)
    row = services.add_contact(given.of_company(), given.facts(), by=actor())
    say(f"{row.name} was added.")
    return go_to(url_for("crm.contact", contact_id=row.id))


@blueprint.get("/contacts/<int:contact_id>/edit")
@requires(Permission.CLIENTS_MANAGE)
def contact_edit(contact_id: int) -> Response:
    """The form with what is known."""
    row = queries.contact_page(contact_id)
    known = {name: getattr(row, name) for name in ("name", "email", "phone", "role")}
    return contact_form(row, known | {"company": row.company.name if row.company else ""})


@blueprint.post("/contacts/<int:contact_id>/edit")
@requires(Permission.CLIENTS_MANAGE)
@shown_again_by(contact_edit)
def change_contact(contact_id: int) -> Response:
    """Change a person."""
    row = find(Contact, contact_id)
    given = read_form(ContactForm)
    services.change_contact(row, given.of_company(), given.facts(), by=actor())
    say(f"{row.name} was saved.")
    return go_to(url_for("crm.contact", contact_id=contact_id))


def contact_form(row: Contact | None, known: dict[str, Any]) -> Response:
    """The form, for a new person or a known one."""
    names = queries.offered_companies("")
    return page("crm/contact_form.html", contact=row, known=known, form=current_form(), names=names)
