"""Checklists: every answer is judged against its limits, and what cannot be told passes nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.inspections import (
    AnswerKind,
    Mark,
    Question,
    Unanswerable,
    judged,
    mark_of,
    question_kept,
)

EARTH = Question("Earth", AnswerKind.READING, "Ω", highest=Decimal("0.3"), is_optional=True)
INSULATION = Question("Insulation", AnswerKind.READING, "MΩ", lowest=Decimal(1))
BETWEEN = Question("Voltage", AnswerKind.READING, "V", Decimal(11), Decimal(14))
HOUSING = Question("Housing in order")
NOTE = Question("Serial of the hook", AnswerKind.TEXT)


@pytest.mark.parametrize(
    ("question", "answer", "mark"),
    [
        (HOUSING, "yes", Mark.GOOD),
        (HOUSING, "no", Mark.BAD),
        (HOUSING, "", Mark.MISSING),
        (HOUSING, "n/a", Mark.MISSING),
        (EARTH, "n/a", Mark.GOOD),
        (EARTH, "N/A", Mark.GOOD),
        (EARTH, "", Mark.MISSING),
        (EARTH, "0.3", Mark.GOOD),
        (EARTH, "0,3", Mark.GOOD),
        (EARTH, "0.31", Mark.BAD),
        (EARTH, "<0.1", Mark.GOOD),
        (EARTH, "0.2 Ω", Mark.GOOD),
        (INSULATION, "1", Mark.GOOD),
        (INSULATION, "0.99", Mark.BAD),
        (INSULATION, ">20", Mark.GOOD),
        (BETWEEN, "11", Mark.GOOD),
        (BETWEEN, "14", Mark.GOOD),
        (BETWEEN, "14.01", Mark.BAD),
        (NOTE, "7", Mark.GOOD),
        (NOTE, " ", Mark.MISSING),
    ],
)
def test_an_answer_is_worth_what_its_question_says(question: Question, answer: str, mark: Mark) -> None:
    assert mark_of(question, answer) is mark


@pytest.mark.parametrize(
    ("question", "answer"),
    [(EARTH, "little"), (EARTH, ">0.1"), (INSULATION, "<20"), (BETWEEN, ">12"), (HOUSING, "perhaps")],
)
def test_what_does_not_answer_the_question_is_told(question: Question, answer: str) -> None:
    with pytest.raises(Unanswerable):
        mark_of(question, answer)
    found = judged([question], [answer])
    assert found.passed is None and 0 in found.problems


def test_it_passes_when_everything_is_good_and_fails_as_soon_as_anything_is_bad() -> None:
    checklist = [HOUSING, EARTH, INSULATION]
    assert judged(checklist, ["yes", "n/a", ">20"]).passed is True
    assert judged(checklist, ["yes", "", ""]).passed is None
    assert judged(checklist, ["no"]).passed is False
    assert judged(checklist, ["yes", "0.2"]).problems == {2: "Please answer this."}
    assert judged(checklist, ["no", "", ""]).problems == {}
    assert judged([], []).passed is None


@given(
    st.decimals(-1000, 1000, places=3), st.decimals(-1000, 1000, places=3), st.decimals(-1000, 1000, places=3)
)
def test_a_reading_passes_exactly_between_its_limits(low: Decimal, high: Decimal, reading: Decimal) -> None:
    question = Question("Reading", AnswerKind.READING, "", low, high)
    assert bool(question.problem) == (low > high)
    assert (mark_of(question, f"{reading:f}") is Mark.GOOD) == (low <= reading <= high)


@given(
    st.builds(
        Question,
        st.text(min_size=1),
        st.sampled_from(AnswerKind),
        st.text(max_size=5),
        st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        st.booleans(),
    )
)
def test_a_question_is_kept_as_it_was(question: Question) -> None:
    assert question_kept(question.as_kept()) == question


def test_limits_are_written_as_people_say_them() -> None:
    assert EARTH.limits == "at most 0.3 Ω" and INSULATION.limits == "at least 1 MΩ"
    assert BETWEEN.limits == "11 – 14 V" and HOUSING.limits == ""
