"""Signing in and out, invitations, forgotten passwords, and the first start."""

from datetime import UTC, datetime

from flask import Response, current_app, request, session, url_for
from flask_wtf.csrf import CSRFError
from pydantic import Field, SecretStr

from app.blueprints.accounts import blueprint
from app.edge import SEEN_KEY, TOKEN_KEY, actor, is_somebody
from app.extensions import csrf, limiter
from app.fields import Input
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import LinkPurpose, User
from app.permissions import public, signed_in
from app.refusals import Refused
from app.services.accounts import find_link, set_password, set_up
from app.services.password_resets import ask_for_reset
from app.services.sessions import (
    WRONG,
    close_all_sessions,
    close_session,
    find_user,
    open_session,
    password_fits,
    remember_failure,
    wait_for,
)
from app.transactions import commit, reading_first, start_writing

PROVEN_KEY = "proven"
"""When the password was typed last, in the signed cookie: an older cookie only proves less."""


class Credentials(Input):
    """What signing in takes."""

    email: str = Field(min_length=1)
    password: SecretStr
    next: str = "/"


class NewPassword(Input):
    """A password chosen by link."""

    password: SecretStr


class FirstStart(Input):
    """What the first administrator says about themselves and their company."""

    organization_name: str = Field(min_length=1, max_length=120)
    name: str = Field(min_length=1, max_length=120)
    email: str = Field(min_length=3, pattern=r"^[^@\s]+@[^@\s]+$")
    password: SecretStr


class ResetRequest(Input):
    """Whose password is forgotten."""

    email: str = Field(min_length=1)


@blueprint.get("/sign-in")
@public
def sign_in() -> Response:
    """The sign-in page."""
    if is_somebody():
        return go_to("/")
    return page("accounts/sign_in.html", next=local_path(request.args.get("next", "/")))


@blueprint.post("/sign-in")
@public
@limiter.limit("30/minute")
@shown_again_by(sign_in)
def sign_in_now() -> Response:
    """Check the password outside the write lock, then open a session."""
    require_own_form()
    given = read_form(Credentials)
    user = checked_user(given.email, given.password.get_secret_value())
    begin(user)
    return go_to(local_path(given.next))


csrf.exempt(sign_in_now)  # It looks itself.


def require_own_form() -> None:
    """See that the form is one that this browser was given last. Raises Refused, so that the form is shown again with
    what was typed: of several pages that were opened at once, only the last one has the cookie that is kept. Raises
    CSRFError where somebody is signed in."""
    if current_app.config["WTF_CSRF_ENABLED"]:
        try:
            csrf.protect()
        except CSRFError as error:
            if is_somebody():
                raise
            raise Refused(NOT_FRESH) from error


NOT_FRESH = "This page was open for too long, or in several tabs. Type your password once more."


def checked_user(email: str, password: str, field: str = "password", sentence: str = WRONG) -> User:
    """The person, if email and password fit. Raises Refused beside the field, after counting the failure."""
    now, address = datetime.now(UTC), request.remote_addr or ""
    folded = email.strip().lower()
    with reading_first():
        pause = wait_for(folded, address, now)
        user = find_user(folded)
        if pause:
            raise Refused(f"Too many tries. Please wait {int(pause.total_seconds()) + 1} seconds.", field)
        fits = password_fits(password, user.password_hash if user else None)
    if user is None or not fits:
        remember_failure(folded, address, now)
        commit()
        start_writing()
        raise Refused(sentence, field)
    return user


def begin(user: User) -> None:
    """A new session on this device; what the cookie held before is dropped."""
    session.clear()
    session[TOKEN_KEY] = open_session(user, request.user_agent.string)
    session[SEEN_KEY] = int(datetime.now(UTC).timestamp())
    session.permanent = True
    note_proof()


def note_proof() -> None:
    """This browser has just shown that it is really them."""
    session[PROVEN_KEY] = int(datetime.now(UTC).timestamp())


def local_path(url: str) -> str:
    """Where to go after signing in: a path of ours, nothing else."""
    is_ours = url.startswith("/") and not url.startswith(("//", "/\\"))
    return url if is_ours and "\n" not in url and "\r" not in url else "/"


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Response:
    """End this session, or all of mine."""
    if request.form.get("everywhere"):
        close_all_sessions(actor().id)
    close_session(session.get(TOKEN_KEY, ""))
    session.clear()
    say("You are signed out.")
    return go_to(url_for("accounts.sign_in"))


@blueprint.get("/welcome/<token>")
@public
def first_start(token: str) -> Response:
    """The page behind the set-up link."""
    find_link(token, LinkPurpose.SETUP)
    return page("accounts/first_start.html", token=token)


@blueprint.post("/welcome/<token>")
@public
@limiter.limit("10/minute")
@shown_again_by(first_start)
def start_first(token: str) -> Response:
    """Found the organization with its first administrator."""
    given = read_form(FirstStart)
    user = set_up(token, given.organization_name, given.name, given.email, given.password.get_secret_value())
    begin(user)
    say(
        f"{given.organization_name} is here. These steps lead to the first order; stop anywhere, and come back."
    )
    return go_to(url_for("insight.set_up_guide"))


@blueprint.get("/password/<token>")
@public
def new_password(token: str) -> Response:
    """The page behind an invitation or a reset link."""
    find_link(token, LinkPurpose.INVITATION, LinkPurpose.PASSWORD_RESET)
    return page("accounts/new_password.html", token=token)


@blueprint.post("/password/<token>")
@public
@limiter.limit("10/minute")
@shown_again_by(new_password)
def set_new_password(token: str) -> Response:
    """Set the password and sign in with it."""
    given = read_form(NewPassword)
    begin(set_password(token, given.password.get_secret_value()))
    return go_to("/")


@blueprint.get("/forgotten")
@public
def forgotten() -> Response:
    """The page for a forgotten password."""
    return page("accounts/forgotten.html")


@blueprint.post("/forgotten")
@public
@limiter.limit("5/minute")
@shown_again_by(forgotten)
def ask_reset() -> Response:
    """Send a reset link, if there is such a person; the answer does not tell."""
    given = read_form(ResetRequest)
    ask_for_reset(given.email)
    say("If this address belongs to somebody here, a link is on its way. It works for 30 minutes.")
    return go_to(url_for("accounts.sign_in"))
