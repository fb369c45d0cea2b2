"""The people of the organization."""

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.accounts import blueprint
from app.blueprints.accounts.proof import proven
from app.edge import actor
from app.fields import Input
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import User
from app.permissions import Permission, requires
from app.queries.accounts import all_roles, people_page, role_keys_of
from app.refusals import Refused
from app.services.accounts import add_user, change_user
from app.services.password_resets import invite

EMAIL = r"^[^@\s]+@[^@\s]+$"


class NewPerson(Input):
    """Somebody to be invited."""

    name: str = Field(min_length=1, max_length=120)
    email: str = Field(min_length=3, max_length=200, pattern=EMAIL)
    roles: list[str] = Field(min_length=1)


class ChangedPerson(NewPerson):
    """Somebody who is there already."""

    is_active: bool = False


@blueprint.get("/settings/people")
@requires(Permission.USERS_READ)
def users() -> Response:
    """Everybody who can sign in, or could."""
    found = people_page(request.args.get("page", 1, int))
    return page("accounts/users.html", part="accounts/_user_list.html", page=found)


@blueprint.get("/settings/people/new")
@requires(Permission.USERS_MANAGE)
def new_user() -> Response:
    """The form that invites somebody."""
    return page("accounts/user_new.html", roles=all_roles())


@blueprint.post("/settings/people/new")
@requires(Permission.USERS_MANAGE)
@shown_again_by(new_user)
@proven
def invite_user() -> Response:
    """Add somebody and mail them a link to choose their password."""
    given = read_form(NewPerson)
    invite(add_user(given.name, given.email, given.roles, by=actor()))
    say(f"An invitation is on its way to {given.email}. The link works for 7 days.")
    return go_to(url_for("accounts.users"))


@blueprint.get("/settings/people/<int:user_id>")
@requires(Permission.USERS_READ)
def user(user_id: int) -> Response:
    """One person."""
    person = find(User, user_id)
    return page("accounts/user.html", person=person, roles=all_roles(), held=role_keys_of(user_id))


@blueprint.post("/settings/people/<int:user_id>")
@requires(Permission.USERS_MANAGE)
@shown_again_by(user)
@proven
def save_user(user_id: int) -> Response:
    """Change a person, or switch them off."""
    person = find(User, user_id)
    given = read_form(ChangedPerson)
    change_user(
        person, name=given.name, email=given.email, roles=given.roles, is_active=given.is_active, by=actor()
    )
    say(f"{given.name} was changed." if given.is_active else f"{given.name} can no longer sign in.")
    return go_to(url_for("accounts.users"))


@blueprint.post("/settings/people/<int:user_id>/invitation")
@requires(Permission.USERS_MANAGE)
@shown_again_by(user)
def invite_again(user_id: int) -> Response:
    """Send the invitation again; the older link ends."""
    person = find(User, user_id)
    if person.password_hash is not None or not person.is_active:
        raise Refused("This person has a password already, or may not sign in.")
    invite(person)
    say(f"A new invitation is on its way to {person.email}.")
    return go_to(url_for("accounts.user", user_id=user_id))
