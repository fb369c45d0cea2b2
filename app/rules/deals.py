"""The stages of a deal and how likely each is to be won."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from app.rules.money import checked_percent, round_money, share


class Stage(StrEnum):
    """How far a deal has come. Any move between stages is allowed, and logged."""

    ENQUIRY = "enquiry"
    QUALIFIED = "qualified"
    QUOTED = "quoted"
    NEGOTIATION = "negotiation"
    WON = "won"
    LOST = "lost"
    CANCELLED = "cancelled"

    @property
    def default_probability(self) -> int:
        """How likely the deal is to be won, in percent, unless the deal says otherwise."""
        return PROBABILITIES[self]

    @property
    def is_open(self) -> bool:
        """True while the deal can still be won: it counts in the pipeline."""
        return self not in CLOSED


PROBABILITIES: Final = {
    Stage.ENQUIRY: 10,
    Stage.QUALIFIED: 25,
    Stage.QUOTED: 50,
    Stage.NEGOTIATION: 75,
    Stage.WON: 100,
    Stage.LOST: 0,
    Stage.CANCELLED: 0,
}
CLOSED: Final = frozenset({Stage.WON, Stage.LOST, Stage.CANCELLED})


def stage_without_event(was_won: bool) -> Stage:
    """The stage of a deal that falls through: cancelled after it was confirmed, lost before."""
    return Stage.CANCELLED if was_won else Stage.LOST


def weighted_value(value: Decimal, stage: Stage, probability: int | None = None) -> Decimal:
    """The deal's value times its probability: its own where given, otherwise its stage's.

    A deal that was lost or cancelled is worth nothing, whatever was hoped. Raises ValueError for a
    probability outside 0-100.
    """
    hoped = stage.default_probability if probability is None or not stage.is_open else probability
    return round_money(share(value, checked_percent(Decimal(hoped))))
