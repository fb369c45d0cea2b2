"""The API's contract: each operation is declared once, checked on the way in and out, and documented from it."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from flask import Response, jsonify, make_response, request, url_for
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from app.blueprints.api import blueprint
from app.edge import actor
from app.extensions import db
from app.fields import BIGGEST_ID, Input
from app.forms import Invalid, plain_errors, validate
from app.models import Base, IdempotentRequest
from app.permissions import MARK, ONLY_ASKS, Permission, can, who
from app.queries.paging import MOST_PER_PAGE, PER_PAGE, Page
from app.refusals import Busy, Forbidden, Refused
from app.transactions import commit, is_writing

View = TypeVar("View", bound=Callable[..., Any])
SAFE = ("GET", "HEAD")
MEGABYTE = 1024 * 1024
LARGEST_BODY = MEGABYTE
LONGEST_KEY = 200
KEY_LETTERS = "[!-~]+"


class Unauthorized(Refused):
    """No token, or one that does not work any more."""

    status = 401


class NotJson(Refused):
    """The body is not JSON."""

    status = 400


class Output(BaseModel):
    """The base of every answer; fields are listed, so nothing slips out by accident."""

    model_config = ConfigDict(from_attributes=True)


class Paging(Input):
    """Which page of a list."""

    page: int = Field(1, ge=1, le=1_000_000)
    per_page: int = Field(PER_PAGE, ge=1, le=MOST_PER_PAGE)


@dataclass(frozen=True)
class Operation:
    """One thing that a program can ask for."""

    name: str
    method: str
    path: str
    summary: str
    permission: Permission | None
    answer: type[BaseModel] | None
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    status: int
    is_list: bool
    is_idempotent: bool
    largest_body: int
    media_types: tuple[str, ...]


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    *,
    permission: Permission | None,
    answer: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    status: int = 200,
    is_list: bool = False,
    is_idempotent: bool = False,
    only_asks: bool = False,
    largest_body: int = LARGEST_BODY,
    media_types: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Declare an operation of the API. The view gets `body` and `query` as models and answers values.

    `only_asks` marks a POST that writes nothing: it has a body because a query string is too short for it.
    `is_idempotent` marks a POST that may be repeated with the same Idempotency-Key: it is done once and
    its answer replayed. `largest_body` is in bytes. `media_types` are those of an answer that is a file.
    """

    def declare(view: View) -> View:
        declared = Operation(
            name=view.__name__,
            method=method,
            path=path,
            summary=(view.__doc__ or "").strip().partition("\n")[0],
            permission=permission,
            answer=answer,
            body=body,
            query=query,
            status=status,
            is_list=is_list,
            is_idempotent=is_idempotent,
            largest_body=largest_body,
            media_types=media_types,
        )
        OPERATIONS.append(declared)

        @wraps(view)
        def answered(**arguments: Any) -> Response:
            return perform(declared, view, arguments)

        setattr(answered, MARK, str(permission) if permission else "signed in")
        setattr(answered, ONLY_ASKS, only_asks)
        blueprint.add_url_rule(path, view.__name__, answered, methods=[method])
        return view

    return declare


def perform(declared: Operation, view: Callable[..., Any], arguments: dict[str, Any]) -> Response:
    """Check who asks and what came, do the deed, keep it, answer."""
    check_caller(declared.permission)
    refuse_huge_ids(arguments)
    if declared.query is not None:
        arguments["query"] = read_arguments(declared.query)
    if declared.body is not None:
        arguments["body"] = read_body(declared.body, declared.largest_body)
    if declared.is_idempotent and (key := request.headers.get("Idempotency-Key")) is not None:
        return perform_once(declared, view, arguments, key)
    response = respond(declared, view(**arguments))
    settle()
    return response


def check_caller(permission: Permission | None) -> None:
    """Only a valid token gets in, and only with the permission. Raises Unauthorized, Forbidden."""
    if not who().is_authenticated:
        raise Unauthorized("Send a valid API token: Authorization: Bearer …")
    if permission is not None and not can(permission):
        raise Forbidden(f"This token may not do this: it lacks {permission}.")


def refuse_huge_ids(arguments: Mapping[str, Any]) -> None:
    """An id that no database can hold is simply not there."""
    if any(isinstance(value, int) and value > BIGGEST_ID for value in arguments.values()):
        raise NotThere("There is no such thing.")


class NotThere(Refused):
    """The address names nothing."""

    status = 404


def read_arguments(model: type[BaseModel]) -> BaseModel:
    """The query string as a model. Raises Invalid; unknown names are refused."""
    given = request.args.to_dict(flat=False)
    if repeated := [name for name, values in given.items() if len(values) > 1]:
        raise Invalid({name: ["This is given more than once."] for name in repeated})
    return validate(model, {name: values[0] for name, values in given.items()})


def read_body(model: type[BaseModel], largest: int = LARGEST_BODY) -> BaseModel:
    """The JSON body as a model, strictly typed. Raises NotJson, Invalid."""
    if request.mimetype != "application/json":
        raise NotJson("Send the body as application/json.")
    if (request.content_length or 0) > largest:
        raise NotJson(f"The body is larger than {largest // MEGABYTE} MB.")
    try:
        return model.model_validate_json(request.get_data(), strict=True)
    except ValidationError as error:
        details = error.errors()
        if details[0]["type"] == "json_invalid":
            raise NotJson("The body is not valid JSON.") from error
        raise Invalid(plain_errors(details)) from error


def perform_once(
    declared: Operation, view: Callable[..., Any], arguments: dict[str, Any], key: str
) -> Response:
    """Do it the first time, replay the answer every other time. The answer is kept with the deed."""
    if len(key) > LONGEST_KEY or not re.fullmatch(KEY_LETTERS, key):
        raise Refused("An Idempotency-Key has 1 to 200 visible ASCII characters.")
    if earlier := find_earlier(key):
        return replay(earlier)
    response = respond(declared, view(**arguments))
    db.session.add(remembered(key, response))
    try:
        settle()
    except IntegrityError as error:
        raise Busy("The same request is being worked on. Try again in a second.") from error
    return response


def find_earlier(key: str) -> IdempotentRequest | None:
    """What this caller asked with the same key before."""
    query = select(IdempotentRequest).where(
        IdempotentRequest.user_id == actor().id, IdempotentRequest.key == key
    )
    return db.session.scalars(query).one_or_none()


def body_hash() -> str:
    """What makes two requests the same."""
    return hashlib.sha256(request.get_data()).hexdigest()


def replay(earlier: IdempotentRequest) -> Response:
    """The earlier answer. Raises Refused when the key was used for something else."""
    same = (earlier.method, earlier.path, earlier.body_hash) == (request.method, request.path, body_hash())
    if not same:
        raise Refused("This Idempotency-Key was used for another request.")
    response = make_response(earlier.body, earlier.status)
    response.headers.update(earlier.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def remembered(key: str, response: Response) -> IdempotentRequest:
    """The row that lets this answer be replayed."""
    names = ("Content-Type", "Location")
    return IdempotentRequest(
        user_id=actor().id,
        key=key,
        method=request.method,
        path=request.path,
        body_hash=body_hash(),
        status=response.status_code,
        headers={name: response.headers[name] for name in names if name in response.headers},
        body=response.get_data(as_text=True),
        created_at=datetime.now(UTC),
    )


def respond(declared: Operation, value: Any) -> Response:
    """Values as JSON, in the shape that the operation declared."""
    if isinstance(value, Response):
        return value
    if declared.answer is None:
        return make_response("", 204)
    if isinstance(value, Page):
        return jsonify(page_of(declared.answer, value))
    if declared.is_list:
        response = jsonify({"items": [as_json(declared.answer, item) for item in value]})
    else:
        if is_writing() and isinstance(value, Base):
            read_back(declared.answer, value)
        response = jsonify(as_json(declared.answer, value))
    response.status_code = declared.status
    return response


def read_back(model: type[BaseModel], row: Base) -> None:
    """Let a row that was just written say what a later look says: 80 is 80.00 once it is kept."""
    names = {str(field.validation_alias or name) for name, field in model.model_fields.items()}
    db.session.flush()
    db.session.refresh(row, names & set(inspect(row).mapper.column_attrs.keys()))


def as_json(model: type[BaseModel], value: Any) -> Any:
    """One value in its declared shape: money as decimal strings, instants with their offset."""
    return model.model_validate(value).model_dump(mode="json")


def page_of(model: type[BaseModel], page: Page[Any]) -> dict[str, Any]:
    """A page of a list, with the address of the next."""
    return {
        "items": [as_json(model, item) for item in page.items],
        "page": page.page,
        "per_page": page.per_page,
        "total": page.total,
        "next": next_address(page) if page.has_next else None,
    }


def next_address(page: Page[Any]) -> str:
    """The same list, one page on."""
    arguments: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict(), "page": page.page + 1}
    return url_for(request.endpoint or "", **arguments)


def settle() -> None:
    """Keep what was written."""
    if is_writing():
        db.session.flush()
        commit()


__all__ = ["OPERATIONS", "Operation", "Output", "Paging", "operation"]
