"""Keys with which programs use the API."""

from datetime import UTC, date, datetime, timedelta

from flask import Response, url_for
from pydantic import Field

from app.blueprints.accounts import blueprint
from app.blueprints.accounts.proof import proven
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import ApiToken, User
from app.permissions import Permission, requires
from app.queries.accounts import active_people
from app.queries.accounts import tokens as all_tokens
from app.services.tokens import issue_token, revoke_token


class NewToken(Input):
    """What a token is for, whose rights it has, and until when."""

    name: str = Field(min_length=1, max_length=120)
    user_id: Id
    expires_on: date


@blueprint.get("/settings/tokens")
@requires(Permission.TOKENS_MANAGE)
def tokens(token_id: int | None = None, *, secret: str = "") -> Response:
    """Every token; a secret is shown once, right after it was made."""
    now = datetime.now(UTC)
    return page(
        "accounts/tokens.html",
        tokens=all_tokens(),
        people=active_people(),
        now=now,
        default_expiry=(now + timedelta(days=90)).date(),
        secret=secret,
    )


@blueprint.post("/settings/tokens")
@requires(Permission.TOKENS_MANAGE)
@shown_again_by(tokens)
@proven
def add_token() -> Response:
    """Make a token and show its secret, this once."""
    given = read_form(NewToken)
    owner = find(User, given.user_id)
    lives = given.expires_on - datetime.now(UTC).date()
    _, secret = issue_token(owner, given.name, by=actor(), lives=lives)
    db.session.flush()
    return tokens(secret=secret)


@blueprint.post("/settings/tokens/<int:token_id>/revocation")
@requires(Permission.TOKENS_MANAGE)
@shown_again_by(tokens)
def end_token(token_id: int) -> Response:
    """End a token at once."""
    row = find(ApiToken, token_id)
    revoke_token(row, by=actor())
    say(f"{row.name} opens nothing any more.")
    return go_to(url_for("accounts.tokens"))
