"""What people type: validated by a pydantic model, and shown again with its errors when it will not do."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

from flask import g, request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict

from app.refusals import Refused
from app.transactions import rollback, start_reading

Model = TypeVar("Model", bound=BaseModel)
View = TypeVar("View", bound=Callable[..., Any])

PLAIN_WORDS = {
    "missing": "Please fill this in.",
    "string_too_short": "Please fill this in.",
    "int_parsing": "Please enter a whole number.",
    "int_from_float": "Please enter a whole number.",
    "int_type": "Please enter a whole number.",
    "greater_than_equal": "The least is {ge}.",
    "less_than_equal": "The most is {le}.",
    "decimal_parsing": "Please enter a number.",
    "decimal_max_places": "Too many decimal places.",
    "date_from_datetime_parsing": "Please enter a date.",
    "date_parsing": "Please enter a date.",
    "datetime_from_date_parsing": "Please enter a date and a time.",
    "datetime_parsing": "Please enter a date and a time.",
    "bool_parsing": "Please choose yes or no.",
    "extra_forbidden": "This field is not known.",
    "uuid_parsing": "This is not a valid id.",
}


class Form:
    """What was typed, and what is wrong with it, for the template that shows it again."""

    def __init__(
        self,
        typed: Mapping[str, Any] | None = None,
        errors: Mapping[str, list[str]] | None = None,
        allowed_by: str = "",
    ):
        self.typed = typed or {}
        self.errors = dict(errors or {})
        self.allowed_by = allowed_by

    def __bool__(self) -> bool:
        return bool(self.typed or self.errors)

    def value(self, name: str, default: Any = "") -> Any:
        """What was typed into a field, or what it holds now."""
        if self.typed:
            return self.typed.get(name, "")
        return "" if default is None else default

    def values(self, name: str) -> list[str]:
        """What was typed into the fields of this name, in order."""
        return self.typed.getlist(name) if isinstance(self.typed, MultiDict) else []

    def offers(self, name: str) -> bool:
        """True when ticking this field would let through what was refused, or it is ticked already."""
        return self.allowed_by == name or bool(self.typed.get(name))

    def error(self, name: str) -> str:
        """What is wrong with a field, in words; empty when nothing is."""
        return " ".join(self.errors.get(name, []))


class Invalid(Refused):
    """What was typed will not do, field by field."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__("Please look at the marked fields.")
        self.errors = dict(errors)


def current_form() -> Form:
    """The form of this request: with what was typed and its errors after a refusal, else empty."""
    form: Form = getattr(g, "form", None) or Form()
    return form


def read_form(model: type[Model]) -> Model:
    """What was typed, as this model. Raises Invalid."""
    return validate(model, form_values(model, request.form))


def read_rows(model: type[Model], *, needs: str = "") -> dict[int, Model]:
    """The rows of a table that can be typed into: its boxes are called `field-7`, by the id of their row.

    Rows in which nothing stands are left out; with `needs`, those in which that box is empty. Raises
    Invalid, naming each box.
    """
    typed: dict[int, dict[str, str]] = {}
    for key, value in request.form.items():
        name, _, row = key.rpartition("-")
        if name in model.model_fields and row.isdecimal() and len(row) < 10 and value.strip():
            typed.setdefault(int(row), {})[name] = value.strip()
    rows: dict[int, Model] = {}
    errors: dict[str, list[str]] = {}
    for row_id, values in typed.items():
        if needs and needs not in values:
            continue
        try:
            rows[row_id] = validate(model, values)
        except Invalid as error:
            errors |= {f"{box_of(name, model)}-{row_id}": texts for name, texts in error.errors.items()}
    if errors:
        raise Invalid(errors)
    return rows


def box_of(name: str, model: type[BaseModel]) -> str:
    """Where a problem is told: beside its own box, or beside the first one when it is of the whole row."""
    return name if name in model.model_fields else next(iter(model.model_fields))


def read_query(model: type[Model]) -> Model:
    """The query string as this model, what does not fit left at its default."""
    values = form_values(model, request.args)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            values.pop(str(detail["loc"][0]), None)
        return model.model_validate(values)


def form_values(model: type[BaseModel], typed: MultiDict[str, str]) -> dict[str, Any]:
    """Typed text by field; an empty box is a value not given; a repeated name is a list."""
    values: dict[str, Any] = {}
    for name in model.model_fields:
        if name not in typed:
            continue
        given = typed.getlist(name)
        values[name] = given if _is_list(model, name) else given[-1].strip()
        if values[name] == "":
            del values[name]
    return values


def _is_list(model: type[BaseModel], name: str) -> bool:
    return getattr(model.model_fields[name].annotation, "__origin__", None) is list


def validate(model: type[Model], values: Any, *, strict: bool | None = None) -> Model:
    """Values as this model. Raises Invalid with plain words beside each field."""
    try:
        return model.model_validate(values, strict=strict)
    except ValidationError as error:
        raise Invalid(plain_errors(error.errors())) from error


def plain_errors(details: Iterable[ErrorDetails]) -> dict[str, list[str]]:
    """Pydantic's findings as sentences by field; a nested field is named like `lines.2.quantity`."""
    errors: dict[str, list[str]] = {}
    for detail in details:
        field = ".".join(str(part) for part in detail["loc"]) or "form"
        errors.setdefault(field, []).append(plain_sentence(detail))
    return errors


def plain_sentence(detail: ErrorDetails) -> str:
    """One finding of pydantic in words that fit a person."""
    if words := PLAIN_WORDS.get(detail["type"]):
        return words.format_map(detail.get("ctx", {}))
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return message.replace("Input should", "This should")


def shown_again_by(show: Callable[..., Any]) -> Callable[[View], View]:
    """Mark a POST view: when it is refused, `show` answers with what was typed and what is wrong."""

    def mark(view: View) -> View:
        @wraps(view)
        def attempted(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except Refused as refused:
                if refused.status not in (409, 422):
                    raise
                show_again(refused)
                return show(*args, **kwargs)

        return attempted  # type: ignore[return-value]

    return mark


def show_again(refused: Refused) -> None:
    """Undo what the deed wrote and keep what was typed for the answer."""
    rollback()
    start_reading()
    errors = refused.errors or {"form": [refused.message]}
    g.form = Form(request.form, errors, refused.allowed_by)
    g.answer_status = refused.status
