"""Calling routes, as a browser or as a program, and saying which one misbehaved."""

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import User
from app.services.sessions import actor_of_user
from app.services.tokens import issue_token
from tests.bodies import body_for
from tests.people import House
from tests.routes import Route


def token_of(house: House, name: str) -> str:
    """An API token of a person."""
    with house.writing():
        user = db.session.get_one(User, house.people[name])
        actor = actor_of_user(user.id)
        assert actor is not None
        return issue_token(user, "test", by=actor, lives=timedelta(days=1))[1]


class Walker:
    """One person, in a browser for pages and with a token for the API."""

    def __init__(self, house: House, name: str) -> None:
        self.house, self.name = house, name
        self.token = token_of(house, name)

    def call(self, route: Route, url: str, **more: Any) -> TestResponse:
        """Ask for it, in a browser that is signed in now whatever the last call did."""
        if route.is_api:
            browser: FlaskClient = self.house.app.test_client()
            more.setdefault("headers", {})["Authorization"] = f"Bearer {self.token}"
            if route.method != "GET":
                more.setdefault("json", body_for(route.endpoint))
        else:
            browser = self.house.browser(self.name)
        return browser.open(url, method=route.method, **more)


def was_refused(response: TestResponse) -> bool:
    """True when the answer is that this person may not."""
    leads_to_sign_in = "/sign-in?next=" in response.headers.get("Location", "")
    return response.status_code in (401, 403) or leads_to_sign_in


def complain(failures: list[str]) -> None:
    """Fail with every route that misbehaved, one a line."""
    assert not failures, f"{len(failures)} routes:\n" + "\n".join(failures)
