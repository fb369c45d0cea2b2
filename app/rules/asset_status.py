"""What an asset is doing, derived from its place and claims; its condition is another question."""

from enum import StrEnum
from typing import Final


class AssetStatus(StrEnum):
    """Where an asset stands."""

    AVAILABLE = "available"
    PREPPED = "prepped"
    CHECKED_OUT = "checked_out"
    IN_REPAIR = "in_repair"
    QUARANTINE = "quarantine"
    DAMAGED = "damaged"
    LOST = "lost"
    RETIRED = "retired"


AWAY: Final = ("event_site", "vehicle")


def asset_status(
    *,
    is_retired: bool,
    condition: str,
    has_repair: bool,
    assignment: str | None,
    location_kind: str | None,
    is_kept_back: bool = False,
) -> AssetStatus:
    """The status, the strongest fact first: a damaged asset is never available by accident."""
    if is_retired:
        return AssetStatus.RETIRED
    if condition == "missing":
        return AssetStatus.LOST
    if assignment == "out" or location_kind in AWAY:
        return AssetStatus.CHECKED_OUT
    if has_repair or location_kind == "repair_bench":
        return AssetStatus.IN_REPAIR
    if is_kept_back:
        return AssetStatus.QUARANTINE
    if condition == "damaged":
        return AssetStatus.DAMAGED
    return AssetStatus.PREPPED if assignment == "prepped" else AssetStatus.AVAILABLE
