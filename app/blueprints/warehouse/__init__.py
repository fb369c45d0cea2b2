"""The warehouse: today, the scan station, repairs."""

from flask import Blueprint

blueprint = Blueprint("warehouse", __name__, url_prefix="/warehouse")

from app.blueprints.warehouse import handovers, linking, losses, photos, putting_away, repairs, station, today  # noqa: E402

__all__ = [
    "blueprint",
    "handovers",
    "linking",
    "losses",
    "photos",
    "putting_away",
    "repairs",
    "station",
    "today",
]
