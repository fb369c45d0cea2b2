"""What people see and change about themselves."""

from flask import Response, url_for
from pydantic import Field, SecretStr

from app.blueprints.accounts import blueprint
from app.blueprints.accounts.settings import form_of
from app.edge import actor
from app.fields import Input
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import SignIn, User
from app.permissions import signed_in
from app.queries.accounts import open_sessions
from app.refusals import NotFound, Refused
from app.rules.devices import device_name
from app.services.preferences import my_ways
from app.services.profiles import (
    change_password,
    choose_notifications,
    digests,
    end_other_sessions,
    end_session,
    notification_kinds,
    rename,
)
from app.services.sessions import password_fits
from app.transactions import reading_first


class Myself(Input):
    """How I am called and reached."""

    name: str = Field(min_length=1, max_length=120)
    phone: str = Field("", max_length=40)


class PasswordChange(Input):
    """The password I have and the one I want."""

    current: SecretStr
    password: SecretStr


class Wanted(Input):
    """What I want to hear of, as kind:channel, or kind:channel:digest."""

    wanted: list[str] = Field(default_factory=list)


@blueprint.get("/profile")
@signed_in
def profile(**_row: int) -> Response:
    """My own page."""
    me = find(User, actor().id or 0)
    return page(
        "accounts/profile.html",
        person=me,
        sessions=open_sessions(me.id),
        device_name=device_name,
        session_id=actor().session_id,
        kinds=notification_kinds(),
        ways=my_ways(me.id, digests()),
        digests=digests(),
        form_of=form_of,
    )


@blueprint.post("/profile")
@signed_in
@shown_again_by(profile)
def save_profile() -> Response:
    """Change my name and phone."""
    given = read_form(Myself)
    rename(find(User, actor().id or 0), given.name, given.phone, by=actor())
    return back("Saved.")


@blueprint.post("/profile/password")
@signed_in
@shown_again_by(profile)
def save_password() -> Response:
    """Change my password; the current one is checked outside the write lock."""
    given = read_form(PasswordChange)
    with reading_first():
        fits = password_fits(given.current.get_secret_value(), find(User, actor().id or 0).password_hash)
    if not fits:
        raise Refused("This is not your current password.", "current")
    change_password(find(User, actor().id or 0), given.password.get_secret_value(), by=actor())
    return back("Your password was changed. Every other device is signed out.")


@blueprint.post("/profile/sessions/<int:session_id>/end")
@signed_in
@shown_again_by(profile)
def close_one_session(session_id: int) -> Response:
    """Sign one device out."""
    session = find(SignIn, session_id)
    if session.user_id != actor().id:
        raise NotFound("This session does not exist.")
    end_session(session, by=actor())
    return back("That device is signed out.")


@blueprint.post("/profile/sessions/others/end")
@signed_in
@shown_again_by(profile)
def close_other_sessions() -> Response:
    """Sign every device out but this one."""
    end_other_sessions(actor())
    return back("Every other device is signed out.")


@blueprint.post("/profile/notifications")
@signed_in
@shown_again_by(profile)
def save_notifications() -> Response:
    """Choose what to hear of, and how."""
    choose_notifications(read_form(Wanted).wanted, by=actor())
    return back("Saved.")


def back(said: str) -> Response:
    """To my page again, with a word about what was done."""
    say(said)
    return go_to(url_for("accounts.profile"))
