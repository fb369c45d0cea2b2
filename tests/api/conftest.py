"""Programs, as the tests of the API write them."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.people import House
from tests.walks import token_of


class Program:
    """A program with the token of one person."""

    def __init__(self, house: House, name: str = "Ada") -> None:
        self.house = house
        self.headers = {"Authorization": f"Bearer {token_of(house, name)}"}

    def ask(self, method: str, path: str, /, key: str | None = None, **body: Any) -> TestResponse:
        """Send one request below /api/v1, with these fields as its body."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        sent = {} if method == "GET" else {"json": body}
        return self.house.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **sent)

    def get(self, path: str) -> TestResponse:
        """Look at something."""
        return self.ask("GET", path)

    def post(self, path: str, /, **body: Any) -> TestResponse:
        """Add something, or do a deed."""
        return self.ask("POST", path, **body)

    def put(self, path: str, /, **body: Any) -> TestResponse:
        """Say something anew."""
        return self.ask("PUT", path, **body)


@pytest.fixture
def program(house: House) -> Program:
    """An administrator's program."""
    return Program(house)


def refuses(answer: TestResponse, field: str, status: int = 422) -> bool:
    """True when the answer says no, and beside which field."""
    assert answer.status_code == status, answer.text
    return field in (answer.json or {}).get("errors", {})
