"""Deal stages."""

from decimal import Decimal

import pytest

from app.rules.deals import Stage, stage_without_event, weighted_value


def test_each_stage_has_its_probability():
    assert {str(stage): stage.default_probability for stage in Stage} == {
        "enquiry": 10,
        "qualified": 25,
        "quoted": 50,
        "negotiation": 75,
        "won": 100,
        "lost": 0,
        "cancelled": 0,
    }


def test_a_deal_is_open_until_it_is_won_lost_or_cancelled():
    assert [stage for stage in Stage if stage.is_open] == [
        Stage.ENQUIRY,
        Stage.QUALIFIED,
        Stage.QUOTED,
        Stage.NEGOTIATION,
    ]


def test_a_deal_is_cancelled_only_after_it_was_won():
    assert stage_without_event(was_won=True) is Stage.CANCELLED
    assert stage_without_event(was_won=False) is Stage.LOST


@pytest.mark.parametrize(
    ("stage", "probability", "weighted"),
    [
        (Stage.QUOTED, None, "500.03"),
        (Stage.QUOTED, 80, "800.04"),
        (Stage.QUOTED, 0, "0.00"),
        (Stage.WON, None, "1000.05"),
        (Stage.WON, 30, "1000.05"),  # certain, whatever was thought before
        (Stage.LOST, 80, "0.00"),
        (Stage.CANCELLED, 80, "0.00"),
    ],
)
def test_the_pipeline_weighs_a_deal_by_its_probability(stage, probability, weighted):
    assert str(weighted_value(Decimal("1000.05"), stage, probability)) == weighted


@pytest.mark.parametrize("probability", [-1, 101])
def test_an_impossible_probability_is_refused(probability):
    with pytest.raises(ValueError, match="between 0 and 100"):
        weighted_value(Decimal(1), Stage.QUOTED, probability)
