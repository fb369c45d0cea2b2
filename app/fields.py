"""Kinds of input: the base of what is said to us, and its kinds of fields, the same in forms and for programs."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    field_validator,
)
from pydantic_core import CoreSchema, core_schema

from app.rules.job_parts import LEAST_BUFFER, MOST_BUFFER
from app.rules.money import round_money
from app.rules.typed_numbers import read_number
from app.rules.units import packs_written

NUL: Final = "\x00"
BIGGEST_ID: Final = 2**31 - 1
MOST: Final = 1_000_000
MOST_MONEY: Final = 10_000_000


class Input(BaseModel):
    """The base of every form and JSON body: unknown fields are refused, blanks around text are dropped.

    Lines end as everywhere here, not as browsers send them: on paper each would be followed by an empty one.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, str_max_length=10_000)

    @field_validator("*", mode="after")
    @classmethod
    def _kept_text(cls, value: Any) -> Any:
        """Text as it is kept. A NUL is no letter, and PostgreSQL cannot keep one."""
        return kept_text(value)


def kept_text(value: Any) -> Any:
    """The same of whatever a field holds: text, or texts in a list or by name. Raises ValueError."""
    if isinstance(value, str):
        if NUL in value:
            raise ValueError("This contains a character that cannot be kept.")
        return value.replace("\r\n", "\n") if "\r\n" in value else value
    if isinstance(value, dict):
        return {kept_text(name): kept_text(one) for name, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(kept_text(one) for one in value)
    return value


class Facts(Input):
    """What is said about a thing, checked once, wherever it is said: a form, a program, our own code."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True)
class Typed:
    """A number that people type: with a comma or a point, with blanks and signs, rounded to what is kept.

    Programs send JSON, which is taken as it is: what would have to be rounded is refused there. Either way
    an amount comes out with all the digits that are kept: 2.5 is 2.50.
    """

    digits: int | None = None
    signs: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """JSON goes straight to the field's own rules, what was typed is read before."""
        plain = handler(source)
        typed = core_schema.no_info_before_validator_function(self.read, plain)
        exact = core_schema.no_info_after_validator_function(self.rounded, plain)
        return core_schema.json_or_python_schema(json_schema=exact, python_schema=typed)

    def read(self, value: Any) -> Any:
        """The number that was typed. Raises ValueError, in words."""
        for sign in self.signs if isinstance(value, str) else "":
            value = value.replace(sign, "")
        return self.rounded(read_number(value) if isinstance(value, str) else value)

    def rounded(self, number: Any) -> Any:
        """An amount with the digits that are kept; a count as it is."""
        if self.digits is None or not isinstance(number, Decimal):
            return number
        return round_money(number, self.digits)


def looks_like_email(value: str) -> str:
    """An address, or nothing. Said in code: blanks around it are dropped before, which no pattern can tell."""
    name, _, host = value.partition("@")
    if value and (not name or "." not in host.strip(".") or "@" in host or len(value.split()) > 1):
        raise ValueError("This is not an email address.")
    return value


Name = Annotated[str, Field(min_length=1, max_length=200)]
ShortText = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(max_length=300)]
"""A few words; why something is promised that is not free, or nothing."""
Words = Annotated[str, Field(min_length=1, max_length=2_000)]
LongText = Annotated[str, Field(max_length=5_000)]
Email = Annotated[str, Field(max_length=254), AfterValidator(looks_like_email)]
SomeEmail = Annotated[
    str,
    Field(min_length=1, max_length=254, json_schema_extra={"format": "email"}),
    AfterValidator(looks_like_email),
]

Id = Annotated[int, Field(ge=1, le=BIGGEST_ID)]
Instant = AwareDatetime
RequestId = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
FormId = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9-]*$")]
"""Made when a form is shown, so that a double click is one deed."""

Quantity = Annotated[int, Field(ge=1, le=MOST), Typed()]
Count = Annotated[int, Field(ge=0, le=MOST), Typed()]
Days = Annotated[int, Field(ge=0, le=365), Typed()]
Hours = Annotated[int, Field(ge=0, le=720), Typed()]
Money = Annotated[Decimal, Field(ge=0, le=MOST_MONEY, decimal_places=2), Typed(2)]
Amount = Annotated[Decimal, Field(ge=-MOST_MONEY, le=MOST_MONEY, decimal_places=2), Typed(2)]
"""Money that may also come back: below zero."""
Cost = Annotated[Decimal, Field(ge=0, le=MOST_MONEY, decimal_places=4), Typed(4)]
Kilograms = Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=3), Typed(3)]
Percentage = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2), Typed(2, "%")]
Contingency = Annotated[Decimal, Field(ge=LEAST_BUFFER, le=MOST_BUFFER, decimal_places=2), Typed(2, "%")]
"""What is proposed on top of what a job needs."""
Multiplier = Annotated[Decimal, Field(ge=0, le=10_000, decimal_places=4), Typed(4, "×x")]
ChargeUnits = Annotated[Decimal, Field(gt=0, le=3_660, decimal_places=2), Typed(2, "%")]


def read_packs(value: Any) -> Any:
    """Packs that were typed as text; what programs send is taken as it is. Raises ValueError, in words."""
    return packs_written(value) if isinstance(value, str) else value


UnitName = Annotated[str, Field(min_length=1, max_length=40)]
PackName = Annotated[str, Field(min_length=1, max_length=40)]
Packs = Annotated[dict[PackName, Annotated[int, Field(ge=2, le=MOST)]], BeforeValidator(read_packs)]
"""Pack → how many of the product's own unit it holds."""
