"""What a stock transaction can refer to."""

from typing import Final

REFERENCES: Final = (
    ("purchase_order", "Purchase order"),
    ("job", "Job"),
    ("count", "Count"),
    ("event", "Event"),
    ("other", "Other"),
)
"""The sorts of reference that a person chooses from. Programs may name others."""
SAME_AS: Final = {"purchase": "purchase_order", "order": "purchase_order", "count_session": "count"}


def reference_sort(reference_type: str) -> str:
    """The sort of reference that a word means: what programs call a purchase is a purchase order."""
    folded = reference_type.strip().casefold().replace(" ", "_").replace("-", "_")
    return SAME_AS.get(folded, folded)
