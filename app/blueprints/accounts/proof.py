"""Showing again that it is really you, before something that decides who gets in."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from flask import request, session

from app.blueprints.accounts import blueprint
from app.blueprints.accounts.sign_in import PROVEN_KEY, checked_user, note_proof
from app.edge import actor
from app.refusals import Refused

View = TypeVar("View", bound=Callable[..., Any])
FRESH: Final = 10 * 60
"""Seconds for which a password that was typed counts."""
FIELD: Final = "my_password"


@blueprint.app_template_global()
def needs_proof() -> bool:
    """True when the password was typed too long ago; forms then ask for it."""
    return bool(time.time() - session.get(PROVEN_KEY, 0) > FRESH)


def proven(view: View) -> View:
    """Mark a POST view: it wants the password again, unless it was typed in the last ten minutes."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if needs_proof():
            prove(request.form.get(FIELD, ""))
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]


def prove(typed: str) -> None:
    """Check the password of whoever is signed in. Raises Refused beside its field."""
    if not typed:
        raise Refused("Please type your password again: this decides who gets in.", FIELD)
    checked_user(actor().email, typed, FIELD, "This is not your password.")
    note_proof()
