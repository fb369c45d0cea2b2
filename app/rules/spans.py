"""How long a claim may be before the availability query looks for it apart."""

from datetime import datetime, timedelta

LONGEST_SHORT = timedelta(days=14)
"""A claim no longer than this that touches a window must start within this time before it."""


def is_long(starts_at: datetime, ends_at: datetime) -> bool:
    """True when the claim lasts longer than LONGEST_SHORT."""
    return ends_at - starts_at > LONGEST_SHORT
