"""The rows of the hall: an event sheet of 300 lines, a case of 20, any of 100,000 codes, labels of 500 assets."""

import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, insert, select

from app.extensions import db
from app.gateways.labels import print_labels
from app.models import (
    Asset,
    Assignment,
    Code,
    CodeKind,
    Condition,
    Event,
    Location,
    LocationKind,
    Product,
    PullLine,
    Scan,
    TransactionKind,
)
from app.queries.assets import AssetFilters
from app.queries.labels import Labelled, labels_of
from app.rules.codes import code_key
from app.rules.label_sheets import SHEETS
from app.services.cases import CaseFacts, add_case
from app.services.ledger import Cause, Movement, post
from app.services.pull_lines import Wanted, add_lines
from app.services.reservations import Overbooking
from app.services.scan_deeds import ACTIVE
from bench.data import SMALL, look_at_tables
from bench.deeds import actor
from bench.measure import Call, Calls, Figure, run
from bench.on_screen import verdict_rows
from bench.rows import Row, get
from bench.servers import Server, serving
from bench.stage import Stage, stage
from bench.stock import figures_of

CODES = 100_000
LINES = 300
LABELS = 500
IN_CASE = 20
CASE_ROW = f"a case of {IN_CASE}, out and in by turns"
TURNS_BEFORE = 20
MOST_TURNS = 500
"""How often it may go: what came back counts no more towards the plan, but the claim stays large enough."""


def warehouse_rows(folder: Path, kind: str) -> Iterator[Figure]:
    """What is promised for the hall."""
    with stage(folder, kind, SMALL) as set_up:
        event_id, case = large_event(set_up), full_case(set_up)
        with serving("bench.wsgi:app", set_up.environment, *set_up.database_process) as server:
            for row in hall_rows(set_up, server, event_id, moving(*case)):
                yield from figures_of(kind, row, set_up, server)
            yield from verdict_rows(kind, set_up, server, event_id)
        yield Figure(f"{kind}: labels of {LABELS} assets", seconds_for_labels(set_up), "s", 5)


def hall_rows(set_up: Stage, server: Server, event_id: int, case: Calls) -> Iterator[Row]:
    """What one caller asks for; the many codes are there when they are looked up."""
    yield Row(f"event sheet of {LINES} lines", get(f"/warehouse/events/{event_id}/scan?mode=out"), 25)
    yield Row("the same for a device", get(f"/warehouse/events/{event_id}/sheet"), 25)
    turned(set_up, server, case)
    yield Row("what a device asks for after its scans", get(sheet_since(set_up, event_id)), 10)
    yield Row(CASE_ROW, case, 15, is_page=False)
    yield Row(f"lookup of any of {CODES:,} codes", looking_up(enough_codes(set_up)), 3, is_page=False)


def large_event(set_up: Stage) -> int:
    """An event whose list has 300 lines."""
    with set_up.writing():
        event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert event is not None
        listed = select(PullLine.product_id).where(PullLine.event_id == event.id)
        products = db.session.scalars(select(Product.id).where(Product.id.not_in(listed)).limit(LINES)).all()
        have = db.session.scalar(select(func.count()).select_from(listed.subquery())) or 0
        by = actor(set_up)
        wanted = [Wanted(product_id, 1) for product_id in products[: LINES - have]]
        add_lines(event, wanted, by=by, overbook=Overbooking(by, "only to be measured"))
        return event.id


def full_case(set_up: Stage) -> tuple[int, str]:
    """An event and the code of a case with twenty assets, planned so often that it goes again and again."""
    with set_up.writing():
        by = actor(set_up)
        event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert event is not None
        assets = db.session.scalars(
            select(Asset)
            .join(Location, Location.id == Asset.location_id)
            .where(
                Location.warehouse_id == event.warehouse_id,
                Location.kind == LocationKind.SHELF,
                Asset.condition == Condition.GOOD,
                ~select(Assignment.id)
                .where(Assignment.asset_id == Asset.id, Assignment.state.in_(ACTIVE))
                .exists(),
            )
            .order_by(Asset.id)
            .limit(IN_CASE)
        ).all()
        home = db.session.get_one(Location, assets[0].location_id)
        case = add_case(CaseFacts(name="Bench case", code="BENCH-CASE", home_id=home.id), by=by)
        moves = [Movement(one.product_id, 1, one.id, one.location_id, case.location_id) for one in assets]
        post(TransactionKind.TRANSFER, moves, Cause(by, request_id="bench-case"))
        wanted = Counter(one.product_id for one in assets)
        planned = [Wanted(product_id, pieces * MOST_TURNS) for product_id, pieces in wanted.items()]
        add_lines(event, planned, by=by, overbook=Overbooking(by, "only to be measured"))
        return event.id, "BENCH-CASE"


def turned(set_up: Stage, server: Server, calls: Calls) -> None:
    """Let a case go out and in some times, so that the database knows that there are scans at all: else it goes on as
    if the log were empty."""
    run(server, calls, set_up.api_headers, connections=1, rounds=TURNS_BEFORE)
    look_at_tables(db.engine)


def moving(event_id: int, code: str) -> Calls:
    """The case leaves and comes back by turns."""

    def call(n: int) -> Call:
        mode = "in" if n % 2 else "out"
        body = {"id": str(uuid.uuid4()), "code": code, "mode": mode, "event_id": event_id}
        return Call("POST", "/api/v1/warehouse/scans", json.dumps(body).encode())

    return call


def sheet_since(set_up: Stage, event_id: int) -> str:
    """Where a device that has the list asks for what was scanned meanwhile."""
    with set_up.reading():
        latest = db.session.scalar(select(func.max(Scan.id)).where(Scan.event_id == event_id))
    return f"/warehouse/events/{event_id}/sheet?since={latest}"


def enough_codes(set_up: Stage) -> list[str]:
    """Some codes out of 100,000: products get more names until there are so many."""
    with set_up.writing():
        have = db.session.scalar(select(func.count(Code.id))) or 0
        products = db.session.scalars(select(Product.id).order_by(Product.id)).all()
        names = [f"BENCH-{number:06d}" for number in range(CODES - have)]
        rows = [
            {
                "organization_id": set_up.organization_id,
                "code": name,
                "code_key": code_key(name),
                "kind": CodeKind.OTHER,
                "product_id": products[number % len(products)],
            }
            for number, name in enumerate(names)
        ]
        db.session.execute(insert(Code), rows)
    return names[::97]


def looking_up(codes: list[str]) -> Calls:
    """Another code each time."""
    return lambda n: Call("GET", f"/api/v1/codes/{codes[n % len(codes)]}")


def seconds_for_labels(set_up: Stage) -> float:
    """What the worker takes for one file."""
    with set_up.reading():
        begun = time.perf_counter()
        print_labels(labels_of(Labelled(assets=AssetFilters()))[:LABELS], SHEETS["a4-24"])
        return time.perf_counter() - begun
