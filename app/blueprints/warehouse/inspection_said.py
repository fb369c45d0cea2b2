"""What may be said about inspections: the same in a form and for programs."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from app.fields import MOST, Id, Input, LongText, Name, ShortText, Typed
from app.rules.inspections import AnswerKind, Question
from app.services.inspection_types import TypeFacts
from app.services.inspections import Answers

Limit = Annotated[Decimal, Field(ge=-MOST, le=MOST, max_digits=12), Typed()]
Code = Annotated[str, Field(min_length=1, max_length=12, pattern=r"^[A-Za-z0-9-]+$")]
Unit = Annotated[str, Field(max_length=20)]
EveryDays = Annotated[int, Field(ge=1, le=3_660), Typed()]
EveryUses = Annotated[int, Field(ge=1, le=10_000), Typed()]
MOST_QUESTIONS = 60


class QuestionSaid(Input):
    """One line of a checklist. A reading is good between `lowest` and `highest`, both included."""

    text: Name
    kind: AnswerKind = AnswerKind.YES_NO
    unit: Unit = ""
    lowest: Limit | None = None
    highest: Limit | None = None
    is_optional: bool = False

    @model_validator(mode="after")
    def can_be_answered(self) -> Self:
        """Raises ValueError, in words, for what nobody could answer."""
        if problem := self.question().problem:
            raise ValueError(problem)
        return self

    def question(self) -> Question:
        """The same as rules take it."""
        return Question(self.text, self.kind, self.unit, self.lowest, self.highest, self.is_optional)


class TypeSaid(Input):
    """A sort of inspection besides its checklist."""

    name: Name
    code: Code
    is_blocking: bool = False
    is_archived: bool = False

    def facts(self, checklist: Sequence[QuestionSaid]) -> TypeFacts:
        """The same as services take it."""
        questions = [one.question() for one in checklist]
        return TypeFacts(self.name, self.code, questions, self.is_blocking, self.is_archived)


class IntervalSaid(Input):
    """How often: after so many days, after so many times out, or whichever comes first."""

    every_days: EveryDays | None = None
    every_uses: EveryUses | None = None


class FoundSaid(Input):
    """What was found besides the answers. `version` is that of the checklist which was read."""

    type_id: Id
    asset_id: Id | None = None
    product_id: Id | None = None
    quantity: Annotated[int, Field(ge=1, le=MOST), Typed()] = 1
    version: int | None = None
    instrument: ShortText = ""
    notes: LongText = ""
    inspected_on: date | None = None
    repair_id: Id | None = None

    def found(self, given: Sequence[str], photo_id: int | None = None) -> Answers:
        """The same as services take it."""
        return Answers(
            given, self.version, self.quantity, self.instrument, self.notes, photo_id, self.inspected_on,
            self.repair_id,
        )  # fmt: skip
