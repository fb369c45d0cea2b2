"""The warehouse: today, the scan station, repairs."""

from flask import Blueprint

blueprint = Blueprint("warehouse", __name__, url_prefix="/warehouse")

from app.blueprints.warehouse import (  # noqa: E402
    case_deeds,
    cases,
    conditions,
    finding,
    handovers,
    inspecting,
    inspection_types,
    inspections,
    late_scans,
    linking,
    looking_through,
    losses,
    photos,
    putting_away,
    quarantines,
    reminders,
    repair_works,
    repairs,
    sealing,
    station,
    today,
    without_network,
)

__all__ = [
    "blueprint",
    "case_deeds",
    "cases",
    "conditions",
    "finding",
    "handovers",
    "inspecting",
    "inspection_types",
    "inspections",
    "late_scans",
    "linking",
    "looking_through",
    "losses",
    "photos",
    "putting_away",
    "quarantines",
    "reminders",
    "repair_works",
    "repairs",
    "sealing",
    "station",
    "today",
    "without_network",
]
