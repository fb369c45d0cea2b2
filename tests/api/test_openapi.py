"""Whatever a program sends, the API answers as its own document says."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.extensions import db
from app.models import User
from app.services.tokens import issue_token
from tests import factories
from tests.people import House


@schemathesis.hook
def before_load_schema(_context: Any, raw_schema: dict[str, Any]) -> None:
    """Every case carries a valid token, so tokens are not for the generator to vary."""
    raw_schema.pop("security")


@pytest.fixture
def api_schema(house: House) -> Any:
    """The document of a house that has a little of everything."""
    with house.writing():
        factories.product("Cable", stock=5, at=house.warehouse_id)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", house.app)


@pytest.fixture
def bearer(house: House) -> dict[str, str]:
    """The header of an administrator's token."""
    with house.writing():
        person = db.session.get_one(User, house.people["Ada"])
        return {"Authorization": f"Bearer {issue_token(person, 'test', by=factories.me())[1]}"}


def test_every_operation_obeys_the_document(api_schema: Any, bearer: dict[str, str]) -> None:
    for found in api_schema.get_all_operations():
        obey(found.ok(), bearer)


def obey(operation: Any, bearer: dict[str, str]) -> None:
    """Throw cases at one operation, fitting ones and broken ones; name it when an answer does not fit."""
    for mode in GenerationMode if takes_something(operation) else (GenerationMode.POSITIVE,):

        @settings(
            max_examples=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers_fit(case: schemathesis.Case) -> None:
            # A schema cannot say "the end is after the start": a fitting body may still be refused.
            case.call_and_validate(
                headers=bearer | {"Accept-Encoding": "identity"}, excluded_checks=[positive_data_acceptance]
            )

        answers_fit()


def takes_something(operation: Any) -> bool:
    """False for an operation that nothing can be wrong with: it has neither arguments nor a body."""
    described = operation.definition.raw
    return bool(described.get("parameters") or described.get("requestBody"))
