"""Kinds of input that several of inventory's forms share."""

import re
import uuid
from decimal import Decimal
from typing import Annotated, Any

from flask import request
from pydantic import AfterValidator, BeforeValidator, Field

from app.finding import find
from app.models import Location, Product
from app.permissions import Permission, can
from app.queries.choices import product_typed
from app.refusals import NotFound, Refused
from app.rules.money import round_money
from app.rules.typed_numbers import read_number

MOST = 1_000_000


def typed(value: Any) -> Any:
    """A number as people write it, with a comma or a point."""
    return read_number(value) if isinstance(value, str) else value


def as_amount(value: Decimal) -> Decimal:
    """To the cent."""
    return round_money(value)


def as_cost(value: Decimal) -> Decimal:
    """To the hundredth of a cent."""
    return round_money(value, 4)


def as_weight(value: Decimal) -> Decimal:
    """To the gram."""
    return round_money(value, 3)


Positive = Field(ge=0, le=10_000_000)
Money = Annotated[Decimal, BeforeValidator(typed), Positive, AfterValidator(as_amount)]
UnitCostIn = Annotated[Decimal, BeforeValidator(typed), Positive, AfterValidator(as_cost)]
Kilograms = Annotated[Decimal, BeforeValidator(typed), Field(ge=0, le=100_000), AfterValidator(as_weight)]
Count = Annotated[int, BeforeValidator(typed), Field(ge=0, le=MOST)]
Some = Annotated[int, BeforeValidator(typed), Field(ge=1, le=MOST)]
Days = Annotated[int, BeforeValidator(typed), Field(ge=0, le=365)]
Hours = Annotated[int, BeforeValidator(typed), Field(ge=0, le=720)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
ShortText = Annotated[str, Field(max_length=200)]
LongText = Annotated[str, Field(max_length=5_000)]
RequestId = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]


def new_request_id() -> str:
    """The id of a deed that a form will ask for: sent twice, it is done once."""
    return str(uuid.uuid4())


def chosen_product(text: str, field: str = "product") -> Product:
    """The product that was typed or scanned. Raises Refused."""
    product = product_typed(text)
    if product is None:
        raise Refused(f"No single product fits “{text}”. Choose one from the list.", field)
    return product


def chosen_place(location_id: int, field: str) -> Location:
    """The place that was chosen. Raises Refused when it is gone."""
    try:
        location = find(Location, location_id)
    except NotFound as error:
        raise Refused("This place does not exist any more.", field) from error
    if location.archived_at is not None:
        raise Refused(f"{location.name} is archived.", field)
    return location


def tags_of(text: str) -> list[str]:
    """Tags as typed or scanned: one a line, or with commas or semicolons between."""
    return [tag for line in re.split(r"[\n,;\t]", text) if (tag := line.strip())]


def whole(name: str) -> int | None:
    """A whole number from the address; nothing for anything else."""
    given = request.args.get(name, "")
    return int(given) if given.isdigit() and len(given) < 10 else None


def page_number() -> int:
    """Which page of a list is asked for."""
    return whole("page") or 1


def sees_costs() -> bool:
    """True for people who may see what things cost us."""
    return can(Permission.COSTS_READ)
