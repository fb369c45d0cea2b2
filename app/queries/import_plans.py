"""What becomes of the rows of a product list: their verdicts, and what they are told by."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from app.models import Tracking
from app.rules.catalogue_rows import RowRead, is_consumed
from app.rules.typed_numbers import read_number


class RowVerdict(StrEnum):
    """What becomes of a row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left_out"
    ERROR = "error"


@dataclass(frozen=True)
class ImportRules:
    """How a file is read: which column holds what, and how its products are to be tracked.

    A product that costs at least `serialized_rate` a day, and of which there are at most
    `serialized_most`, is followed asset by asset; a rate of None follows none that way.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    serialized_rate: Decimal | None = Decimal(20)
    serialized_most: int = 40
    leaves_out_people: bool = True

    def as_json(self) -> dict[str, Any]:
        """The rules as an import run keeps them."""
        rate = None if self.serialized_rate is None else str(self.serialized_rate)
        return {
            "columns": dict(self.columns), "serialized_rate": rate, "serialized_most": self.serialized_most,
            "leaves_out_people": self.leaves_out_people,
        }  # fmt: skip

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ImportRules":
        """The rules that an import run kept."""
        rate = kept["serialized_rate"]
        return cls(
            kept["columns"],
            None if rate is None else read_number(rate),
            kept["serialized_most"],
            kept["leaves_out_people"],
        )

    def tracking(self, values: Mapping[str, Any]) -> Tracking:
        """How a new product of these values is followed: as the row says, else as it looks."""
        if said := values.get("tracking"):
            return Tracking(said)
        if is_consumed(values.get("category", "")):
            return Tracking.CONSUMABLE
        dear = self.serialized_rate is not None and values.get("day_rate", 0) >= self.serialized_rate
        return (
            Tracking.SERIALIZED
            if dear and values.get("quantity", 0) <= self.serialized_most
            else Tracking.BULK
        )


class Change(NamedTuple):
    """One field that an update changes."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RowPlan:
    """What is to become of one row, with the reasons a person should know."""

    line: int
    verdict: RowVerdict
    values: Mapping[str, Any]
    tracking: Tracking | None = None
    opening: int = 0
    product_id: int | None = None
    changes: Sequence[Change] = ()
    reasons: Sequence[str] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    """The row as it came, of those that stay out."""
    location_id: int | None = None
    """Where its opening stock goes; where the others go, when the row says nothing."""
    new_barcode: str = ""


class Said(NamedTuple):
    """A row as it was understood, with its line and its cells; `number` counts the rows of the file from 1."""

    number: int
    line: int
    cells: Mapping[str, str]
    read: RowRead


def tally(plans: Iterable[RowPlan]) -> dict[str, int]:
    """How many rows get which verdict, and the pieces that come into stock."""
    counted = Counter(dict.fromkeys((*RowVerdict, "rows", "pieces", "assets"), 0))
    for plan in plans:
        counted[plan.verdict] += 1
        counted["rows"] += 1
        counted["pieces"] += plan.opening
        counted["assets"] += plan.opening if plan.tracking is Tracking.SERIALIZED else 0
    return {str(name): count for name, count in counted.items()}
