"""What an inspection asks, how each answer is judged, and when the next one is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.rules.typed_numbers import NOT_A_NUMBER, read_number

YES, NO, LEFT_OUT = "yes", "no", "n/a"


class AnswerKind(StrEnum):
    """How a question of a checklist is answered."""

    YES_NO = "yes_no"
    READING = "reading"
    TEXT = "text"


class Mark(StrEnum):
    """What an answer is worth."""

    GOOD = "good"
    BAD = "bad"
    MISSING = "missing"


class Standing(StrEnum):
    """How a thing stands with one sort of inspection."""

    OK = "ok"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    FAILED = "failed"


class Unanswerable(ValueError):
    """An answer that cannot be read as what was asked, in words."""


@dataclass(frozen=True)
class Question:
    """One line of a checklist. A reading is good between `lowest` and `highest`, both included, in `unit`.

    What `is_optional` may be left out where it does not apply, as the earth of a device without one.
    """

    text: str
    kind: AnswerKind = AnswerKind.YES_NO
    unit: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    is_optional: bool = False

    @property
    def limits(self) -> str:
        """What is allowed, as people write it: "0.1 – 0.3 Ω", "at most 0.3 Ω"; empty without limits."""
        low, high = (None if limit is None else f"{limit:f}" for limit in (self.lowest, self.highest))
        if low is not None and high is not None:
            return f"{low} – {high} {self.unit}".strip()
        if low is None and high is None:
            return ""
        return (
            f"at least {low} {self.unit}".strip()
            if low is not None
            else f"at most {high} {self.unit}".strip()
        )

    @property
    def problem(self) -> str:
        """Why nobody could answer this, in words; empty when somebody can."""
        if self.kind is not AnswerKind.READING and not (self.lowest is None and self.highest is None):
            return "Only a reading has limits."
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            return "The lowest is above the highest."
        return ""

    def as_kept(self) -> dict[str, Any]:
        """The same as plain values, for a row that keeps it."""
        return {
            "text": self.text, "kind": str(self.kind), "unit": self.unit, "is_optional": self.is_optional,
            "lowest": None if self.lowest is None else f"{self.lowest:f}",
            "highest": None if self.highest is None else f"{self.highest:f}",
        }  # fmt: skip


def question_kept(kept: Mapping[str, Any]) -> Question:
    """The question that a row keeps."""
    limits = {
        name: None if kept[name] is None else Decimal(kept[name]) for name in ("lowest", "highest")
    }  # fmt: skip
    return Question(
        kept["text"], AnswerKind(kept["kind"]), kept["unit"], is_optional=kept["is_optional"], **limits
    )


def mark_of(question: Question, answer: str) -> Mark:
    """What an answer is worth. Raises Unanswerable for what is no answer to this question."""
    said = answer.strip()
    if not said or said.casefold() == LEFT_OUT:
        return Mark.GOOD if question.is_optional and said else Mark.MISSING
    if question.kind is AnswerKind.READING:
        return Mark.GOOD if is_within(question, said) else Mark.BAD
    if question.kind is AnswerKind.YES_NO:
        if said not in (YES, NO):
            raise Unanswerable("Please say yes or no.")
        return Mark.GOOD if said == YES else Mark.BAD
    return Mark.GOOD


def is_within(question: Question, said: str) -> bool:
    """True for a reading inside its limits. Raises Unanswerable.

    An instrument at the end of its scale shows ">20": that is at least 20, and tells nothing where there is
    a highest reading. The same the other way round for "<".
    """
    sign = said[0] if said[0] in "<>" else ""
    if (sign == ">" and question.highest is not None) or (sign == "<" and question.lowest is not None):
        raise Unanswerable("This does not say whether it is within the limits.")
    try:
        reading = read_number(said.removeprefix(sign).removesuffix(question.unit))
    except ValueError as error:
        raise Unanswerable(str(error) or NOT_A_NUMBER) from error
    above = question.lowest is None or reading >= question.lowest
    below = question.highest is None or reading <= question.highest
    return above and below


@dataclass(frozen=True)
class Finding:
    """One answer, judged; `problem` says why it is none."""

    question: Question
    answer: str
    mark: Mark
    problem: str = ""

    @property
    def said(self) -> str:
        """Question and answer in one line."""
        unit = f" {self.question.unit}" if self.question.unit else ""
        wanted = f" ({self.question.limits})" if self.question.limits else ""
        return f"{self.question.text}: {self.answer}{unit}{wanted}"


@dataclass(frozen=True)
class Judged:
    """A checklist with its answers, judged."""

    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool | None:
        """False as soon as anything is bad, True when everything is good, None while something is missing."""
        if any(one.mark is Mark.BAD for one in self.findings):
            return False
        return None if self.missing or not self.findings else True

    @property
    def missing(self) -> int:
        """How many answers are still to be given."""
        return sum(one.mark is Mark.MISSING for one in self.findings)

    @property
    def bad(self) -> list[Finding]:
        """What was wrong."""
        return [one for one in self.findings if one.mark is Mark.BAD]

    @property
    def problems(self) -> dict[int, str]:
        """Line → why its answer cannot be read; and of the missing ones, where nothing has failed before."""
        unread = {at: one.problem for at, one in enumerate(self.findings) if one.problem}
        if self.passed is False or unread:
            return unread
        return {
            at: "Please answer this."
            for at, one in enumerate(self.findings)
            if one.mark is Mark.MISSING
        }  # fmt: skip


def judged(checklist: Sequence[Question], answers: Sequence[str]) -> Judged:
    """Judge the answers to a checklist, line by line; answers that were not given count as missing."""
    given = [*answers, *[""] * (len(checklist) - len(answers))]
    return Judged(tuple(finding(question, said) for question, said in zip(checklist, given, strict=False)))


def finding(question: Question, answer: str) -> Finding:
    """One answer, judged."""
    try:
        return Finding(question, answer.strip(), mark_of(question, answer))
    except Unanswerable as error:
        return Finding(question, answer.strip(), Mark.MISSING, str(error))


def next_due(inspected_on: date, every_days: int | None) -> date | None:
    """The last day on which an inspection still counts; nothing where only use wears it."""
    return None if every_days is None else inspected_on + timedelta(days=every_days)
