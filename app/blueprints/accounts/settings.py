"""The organization's own settings, its taxes and its factor tables."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from flask import Response, g, request, url_for
from pydantic import Field

from app.blueprints.accounts import blueprint
from app.edge import actor
from app.extensions import db
from app.fields import Input
from app.finding import find
from app.forms import Form, current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import ChargeMode, FactorSchedule, Gate, Organization, TaxClass
from app.permissions import Permission, requires
from app.queries.accounts import factor_tables, tax_classes
from app.services.settings import (
    COLOURS,
    change_organization,
    drop_factor_table,
    drop_tax_class,
    save_factor_table,
    save_tax_class,
)

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
GATES = [("block", "Refuse"), ("warn", "Ask for a reason"), ("allow", "Allow")]
CHARGES = [("calendar", "Calendar days"), ("24h", "24 hours, with leeway")]


class OrganizationSettings(Input):
    """Everything of the organization that can be changed on screen."""

    name: str = Field(min_length=1, max_length=120)
    address: str = Field("", max_length=1000)
    vat_id: str = Field("", max_length=40)
    email: str = Field("", max_length=200, pattern=r"^$|^[^@\s]+@[^@\s]+$")
    phone: str = Field("", max_length=40)
    bank: str = Field("", max_length=1000)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    locale: str = Field(min_length=2, max_length=20)
    timezone: str = Field(min_length=1, max_length=60)
    colour: str = Field(max_length=20)
    quote_terms: str = ""
    quote_valid_days: int = Field(ge=1, le=365)
    payment_days: int = Field(ge=0, le=365)
    charge_mode: ChargeMode
    leeway_hours: int = Field(0, ge=0, le=23)
    working_weekdays: list[Literal["0", "1", "2", "3", "4", "5", "6"]] = Field(min_length=1)
    confirm_gate: Gate
    dispatch_gate: Gate
    trusts_planned_returns: bool = False


class TaxForm(Input):
    """A rate of tax."""

    name: str = Field(min_length=1, max_length=60)
    rate: Decimal = Field(ge=0, le=100, decimal_places=2)
    is_default: bool = False


class FactorForm(Input):
    """A factor table, its steps one a line."""

    name: str = Field(min_length=1, max_length=60)
    steps: str = Field(min_length=1, max_length=2000)
    is_default: bool = False


@dataclass(frozen=True)
class SettingsChoices:
    """What the selects offer."""

    colour_options: tuple[tuple[str, str], ...] = tuple((name, name.capitalize()) for name in COLOURS)
    weekdays: tuple[str, ...] = WEEKDAYS
    gates: tuple[tuple[str, str], ...] = tuple(GATES)
    charges: tuple[tuple[str, str], ...] = tuple(CHARGES)


def form_of(endpoint: str, row_id: int | None = None) -> Form:
    """What was typed into this one of several forms on a page, after it was refused."""
    arguments = set((request.view_args or {}).values())
    is_it = request.endpoint == endpoint and arguments == ({row_id} if row_id is not None else set())
    return current_form() if is_it else Form()


@blueprint.get("/settings")
@requires(Permission.USERS_READ)
def settings(**_row: int) -> Response:
    """Everything about the organization on one page."""
    return page(
        "accounts/settings.html",
        company=g.organization,
        choices=SettingsChoices(),
        taxes=tax_classes(),
        tables=factor_tables(),
        form_of=form_of,
    )


@blueprint.post("/settings")
@requires(Permission.ORGANIZATION_MANAGE)
@shown_again_by(settings)
def change_settings() -> Response:
    """Change the organization."""
    given = read_form(OrganizationSettings)
    values = given.model_dump() | {"working_weekdays": "".join(sorted(set(given.working_weekdays)))}
    change_organization(db.session.get_one(Organization, actor().organization_id), values, by=actor())
    say("Saved.")
    return go_to(url_for("accounts.settings"))


@blueprint.post("/settings/tax-classes")
@requires(Permission.ORGANIZATION_MANAGE)
@shown_again_by(settings)
def add_tax_class() -> Response:
    """Add a rate of tax."""
    given = read_form(TaxForm)
    save_tax_class(None, given.name, given.rate, is_default=given.is_default, by=actor())
    return back(f"{given.name} was added.")


@blueprint.post("/settings/tax-classes/<int:tax_class_id>")
@requires(Permission.ORGANIZATION_MANAGE)
@shown_again_by(settings)
def change_tax_class(tax_class_id: int) -> Response:
    """Change a rate of tax."""
    row = find(TaxClass, tax_class_id)
    given = read_form(TaxForm)
    save_tax_class(row, given.name, given.rate, is_default=given.is_default, by=actor())
    return back(f"{given.name} was changed. Lines that were written keep the rate they had.")


@blueprint.post("/settings/tax-classes/<int:tax_class_id>/removal")
@requires(Permission.ORGANIZATION_MANAGE)
@shown_again_by(settings)
def remove_tax_class(tax_class_id: int) -> Response:
    """Take a rate of tax out of use."""
    drop_tax_class(find(TaxClass, tax_class_id), by=actor())
    return back("The tax class is gone. Lines that were written keep their rate.")


@blueprint.post("/settings/factor-tables")
@requires(Permission.ORGANIZATION_MANAGE)
@shown_again_by(settings)
def add_factor_table() -> Response:
    """Add a factor table."""
    given = read_form(FactorForm)
    save_factor_table(None, given.name, given.steps, is_default=given.is_default, by=actor())
    return back(f"{given.name} was added.")


@blueprint.post("/settings/factor-tables/<int:factor_table_id>")
@requires(Permission.ORGANIZATION_MANAGE)
@shown_again_by(settings)
def change_factor_table(factor_table_id: int) -> Response:
    """Change a factor table."""
    row = find(FactorSchedule, factor_table_id)
    given = read_form(FactorForm)
    save_factor_table(row, given.name, given.steps, is_default=given.is_default, by=actor())
    return back(f"{given.name} was changed. Lines that were written keep their factor.")


@blueprint.post("/settings/factor-tables/<int:factor_table_id>/removal")
@requires(Permission.ORGANIZATION_MANAGE)
@shown_again_by(settings)
def remove_factor_table(factor_table_id: int) -> Response:
    """Take a factor table out of use."""
    drop_factor_table(find(FactorSchedule, factor_table_id), by=actor())
    return back("The factor table is gone.")


def back(said: str) -> Response:
    """To the page again, with a word about what was done."""
    say(said)
    return go_to(url_for("accounts.settings"))
