"""Who may do what: all roles and permissions on one page."""

from dataclasses import dataclass
from itertools import groupby

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.accounts import blueprint
from app.blueprints.accounts.proof import proven
from app.edge import actor
from app.fields import Input
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Role
from app.permissions import Permission, requires
from app.queries.accounts import all_roles, holders_by_role
from app.services.accounts import change_role

MODULES = {"accounts": "Accounts", "inventory": "Inventory", "planning": "Events", "warehouse": "Warehouse",
           "crm": "CRM", "insight": "Insight"}  # fmt: skip


class RoleForm(Input):
    """What a role allows."""

    permissions: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class Allowed:
    """One permission, as people read it."""

    key: str
    label: str


def permissions_by_module() -> list[tuple[str, list[Allowed]]]:
    """Every permission under its module."""

    def module_of(permission: Permission) -> str:
        return str(permission).partition(":")[0]

    return [
        (MODULES.get(module, module.capitalize()), [as_words(permission) for permission in group])
        for module, group in groupby(Permission, module_of)
    ]


def as_words(permission: Permission) -> Allowed:
    """`inventory:stock:adjust` reads: Stock: adjust."""
    _, noun, deed = str(permission).split(":")
    return Allowed(str(permission), f"{noun.capitalize()}: {deed}")


@blueprint.get("/settings/roles")
@requires(Permission.USERS_READ)
def roles(role_id: int | None = None) -> Response:
    """The whole table, and one role of it to edit."""
    everything = all_roles()
    chosen = role_id or request.args.get("role", 0, int)
    return page(
        "accounts/roles.html",
        roles=everything,
        chosen=next((role for role in everything if role.id == chosen), None),
        modules=permissions_by_module(),
        holders=holders_by_role(),
    )


@blueprint.post("/settings/roles/<int:role_id>")
@requires(Permission.USERS_MANAGE)
@shown_again_by(roles)
@proven
def save_role(role_id: int) -> Response:
    """Let a role allow exactly what is ticked."""
    role = find(Role, role_id)
    change_role(role, read_form(RoleForm).permissions, by=actor())
    say(f"{role.name} was changed. It counts from the next click of everybody who holds it.")
    return go_to(url_for("accounts.roles"))
