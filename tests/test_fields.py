"""One kind of field serves forms and programs: people type numbers their way, JSON is taken as it is."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from app.fields import Cost, Facts, Input, LongText, Money, Multiplier, Percentage, Quantity
from app.forms import Invalid, validate


class Said(Input):
    """A field of each kind."""

    price: Money | None = None
    cost: Cost | None = None
    share: Percentage | None = None
    factor: Multiplier | None = None
    pieces: Quantity | None = None


class Written(Input):
    """Text of several lines."""

    address: LongText


@pytest.mark.parametrize(
    ("field", "typed", "means"),
    [
        ("price", "1.234,50", Decimal("1234.50")),
        ("price", "2.505", Decimal("2.51")),
        ("cost", "0,12345", Decimal("0.1235")),
        ("share", "12,5 %", Decimal("12.50")),
        ("factor", "× 1.5", Decimal("1.5000")),
        ("pieces", "1 000", 1000),
    ],
)
def test_people_type_numbers_as_they_write_them(field: str, typed: str, means: Any) -> None:
    assert getattr(Said.model_validate({field: typed}), field) == means


def test_lines_that_a_browser_sent_are_lines_on_paper_too() -> None:
    assert (
        Written.model_validate({"address": "Hafen 12\r\n20457 Hamburg\r\n"}).address
        == "Hafen 12\n20457 Hamburg"
    )


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        (0, "The least is 1."),
        (-5, "The least is 1."),
        (10**12, "The most is 1000000."),
        ("many", "This is not a number."),
        (1.5, "Please enter a whole number."),
        (True, "Please enter a whole number."),
    ],
)
def test_what_is_wrong_with_a_number_is_said_in_plain_words(pieces: object, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        validate(Said, {"pieces": pieces}, strict=True)
    assert refused.value.errors == {"pieces": [said]}


@pytest.mark.parametrize(
    "body",
    [
        '{"price": "1,50"}',
        '{"price": "2.505"}',
        '{"price": -1}',
        '{"price": true}',
        '{"price": "NaN"}',
        '{"price": 10000000.01}',
        '{"share": "12 %"}',
        '{"pieces": "3"}',
        '{"pieces": 3.0}',
        '{"pieces": 0}',
    ],
)
def test_programs_say_exactly_what_they_mean(body: str) -> None:
    with pytest.raises(ValidationError):
        Said.model_validate_json(body, strict=True)


def test_money_comes_as_a_decimal_string_or_as_a_number() -> None:
    said = Said.model_validate_json('{"price": 2.5, "cost": "0.1", "pieces": 3}', strict=True)
    assert (str(said.price), str(said.cost), said.pieces) == ("2.50", "0.1000", 3)


def test_a_number_with_two_readings_is_asked_about() -> None:
    with pytest.raises(ValidationError, match="read in two ways"):
        Said.model_validate({"price": "1,200"})


def test_facts_do_not_change_on_their_way() -> None:
    class Told(Facts):
        name: str

    with pytest.raises(ValidationError, match="frozen"):
        Told(name="Cable").name = "Lamp"  # type: ignore[misc]
