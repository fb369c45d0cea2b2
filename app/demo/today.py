"""Bringing the shows of these days to where they are now."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.demo.closing import enter_costs, move
from app.demo.season import Show
from app.demo.stage import Stage
from app.demo.traffic import Gate, send, take_back
from app.extensions import db
from app.models import Event, Repair, ScanMode
from app.rules.phases import Phase
from app.services.handovers import Closing, hand_over
from app.services.repair_endings import Ending, close_repair
from app.services.repairs import start_repair

OUT_AT, BACK_AT = time(8, 30), time(14)
"""Scanned shortly before the truck leaves, and when it is back."""


def go_out(stage: Stage, event_id: int, show: Show, hand: str = "warehouse_manager") -> None:
    """All of a show's gear leaves."""
    at = stage.at(show.out_on, OUT_AT)
    send(Gate(stage, event_id, ScanMode.OUT, at, stage.cast[hand]))
    move(stage, event_id, Phase.ON_SITE)


def come_back(stage: Stage, event_id: int, show: Show, share: float = 1, damaged: int = 0) -> None:
    """A show's gear comes back, or a part of it."""
    move(stage, event_id, Phase.LOAD_IN)
    at = min(stage.at(show.back_on, BACK_AT), datetime.now(UTC) - timedelta(minutes=40))
    gate = Gate(stage, event_id, ScanMode.IN, at, stage.cast["warehouse_manager"])
    take_back(gate, share, damaged)


def bring_to(state: str, stage: Stage, event_id: int, show: Show) -> None:
    """Bring a show of these days to its state."""
    if state in ("prep", "load_out"):
        make_ready(stage, event_id, is_leaving=state == "load_out")
        return
    go_out(stage, event_id, show)
    note(stage, event_id, ScanMode.OUT)
    if state == "late":
        come_back(stage, event_id, show, share=0.6)
    if state == "load_in":
        come_back(stage, event_id, show, share=0.7, damaged=2)
        note(stage, event_id, ScanMode.IN)
        work_on_one(stage, event_id)
    if state == "waiting":
        come_back(stage, event_id, show)
        note(stage, event_id, ScanMode.IN)
        enter_costs(stage, event_id, show)


def note(stage: Stage, event_id: int, mode: ScanMode) -> None:
    """The delivery or return note of what has left or come back until now."""
    with stage.deed():
        closing = Closing(reason_for_all="Still at the venue, comes with the second truck.")
        hand = stage.cast["warehouse_manager"]
        event = db.session.get_one(Event, event_id)
        hand_over(event, mode, closing, by=hand, request_id=f"demo-note-{mode}-{event_id}")


def make_ready(stage: Stage, event_id: int, *, is_leaving: bool) -> None:
    """Half prepped, with the scans that a hall full of people brings along; or all prepped and half gone."""
    hand, now = stage.cast["warehouse_staff"], datetime.now(UTC)
    gate = Gate(stage, event_id, ScanMode.PREP, now - timedelta(minutes=90), hand)
    move(stage, event_id, Phase.PREP)
    send(gate, 1 if is_leaving else 0.5)
    if is_leaving:
        move(stage, event_id, Phase.LOAD_OUT)
        send(Gate(stage, event_id, ScanMode.OUT, now - timedelta(minutes=25), hand), 0.6)
    else:
        for text in STRAY:
            gate.read(text)


STRAY = ("NOBODY-KNOWS-THIS", "AR63-01", "AR63-01")
"""A code that names nothing, and a lamp that is not on the list, held up twice."""


def mend(stage: Stage, event_id: int, *, is_mended: bool) -> None:
    """Bring the repairs of a show to their end."""
    keeper = stage.cast["service_manager"]
    ending = Ending(True, "New connector.", Decimal(65), Decimal(90), tested="Connected and lit: works.")
    if not is_mended:
        ending = Ending(False, "Not worth mending.", Decimal(0), Decimal(380))
    for repair_id in repairs_of(stage, event_id):
        with stage.deed():
            start_repair(db.session.get_one(Repair, repair_id), by=keeper)
        with stage.deed():
            close_repair(db.session.get_one(Repair, repair_id), ending, by=keeper)


def work_on_one(stage: Stage, event_id: int) -> None:
    """Somebody has begun with the first of a show's repairs."""
    with stage.deed():
        first = select(Repair).where(Repair.event_id == event_id).order_by(Repair.id).limit(1)
        start_repair(db.session.scalars(first).one(), by=stage.cast["service_manager"])


def repairs_of(stage: Stage, event_id: int) -> list[int]:
    """The repairs that a show brought."""
    with stage.deed():
        return list(db.session.scalars(select(Repair.id).where(Repair.event_id == event_id)))
