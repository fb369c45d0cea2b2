"""Checklists to begin with, as the trade uses them; whoever is responsible in the house adapts them.

The limits of the electrical test are those of DIN EN 50678 and DIN EN 50699 (before: VDE 0701-0702) for a device
with a cord of up to 5 m.
"""

from decimal import Decimal
from typing import Final

from app.rules.inspections import AnswerKind, Question
from app.services.inspection_types import TypeFacts


def reading(text: str, unit: str, lowest: str = "", highest: str = "") -> Question:
    """A reading that does not apply to every device."""
    low, high = (Decimal(limit) if limit else None for limit in (lowest, highest))
    return Question(text, AnswerKind.READING, unit, low, high, is_optional=True)


ELECTRICAL: Final = TypeFacts(
    "Electrical safety (PAT)",
    "PAT",
    (
        Question("Housing, plug and strain relief in order"),
        Question("Cord without cuts or kinks"),
        reading("Protective earth resistance", "Ω", highest="0.3"),
        reading("Insulation resistance", "MΩ", lowest="1"),
        reading("Protective conductor current", "mA", highest="3.5"),
        reading("Touch current", "mA", highest="0.5"),
        Question("Works as it should"),
    ),
)
RIGGING: Final = TypeFacts(
    "Rigging and lifting gear",
    "RIG",
    (
        Question("Type plate and load readable"),
        Question("No deformation, cracks or corrosion"),
        Question("Hooks, pins and safety catches in order"),
        reading("Chain or wire wear", "%", highest="10"),
        Question("Brake and limit switches work", is_optional=True),
    ),
)
VISUAL: Final = TypeFacts(
    "Visual check",
    "VIS",
    (Question("Complete"), Question("Without damage"), Question("Clean"), Question("Works as it should")),
    is_blocking=False,
)
PRESETS: Final = {"electrical": ELECTRICAL, "rigging": RIGGING, "visual": VISUAL}
