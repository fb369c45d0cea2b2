"""Kinds of input that several of CRM's forms share."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from flask import g, request
from pydantic import AfterValidator, BeforeValidator, Field

from app.blueprints.inventory.fields import (
    Money,
    Name,
    RequestId,
    ShortText,
    new_request_id,
    page_number,
    whole,
)
from app.models import Organization
from app.rules.calendars import from_local, local_day
from app.rules.money import round_money
from app.rules.typed_numbers import read_number

LongText = Annotated[str, Field(max_length=5_000)]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


def typed_percent(value: Any) -> Any:
    """A percentage with or without its sign."""
    return read_number(value.replace("%", "")) if isinstance(value, str) else value


def to_hundredths(value: Decimal) -> Decimal:
    """Two decimals."""
    return round_money(value)


def typed_factor(value: Any) -> Any:
    """A factor, perhaps written as × 1.5."""
    return read_number(value.replace("×", "").replace("x", "")) if isinstance(value, str) else value


def to_factor(value: Decimal) -> Decimal:
    """Four decimals."""
    return round_money(value, 4)


Percentage = Annotated[
    Decimal, BeforeValidator(typed_percent), Field(ge=0, le=100), AfterValidator(to_hundredths)
]
Multiplier = Annotated[
    Decimal, BeforeValidator(typed_factor), Field(ge=0, le=10_000), AfterValidator(to_factor)
]
ChargeUnits = Annotated[
    Decimal, BeforeValidator(typed_percent), Field(gt=0, le=3_660), AfterValidator(to_hundredths)
]


def organization() -> Organization:
    """Whose people these are."""
    found: Organization = g.organization
    return found


def instant(typed: datetime | None) -> datetime | None:
    """A clock time that was typed, in the organization's zone."""
    if typed is None or typed.tzinfo is not None:
        return typed
    return from_local(typed, organization().timezone)


def today() -> date:
    """The organization's own day."""
    return local_day(datetime.now().astimezone(), organization().timezone)


def searched() -> str:
    """What is looked for in a list."""
    return request.args.get("find", "").strip()[:200]


__all__ = [
    "ChargeUnits", "Email", "LongText", "Money", "Multiplier", "Name", "Percentage", "RequestId", "ShortText",
    "instant", "new_request_id", "organization", "page_number", "searched", "today", "whole",
]  # fmt: skip
