"""A product list of ten thousand rows, let in by a worker while somebody else writes."""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import select, text

from app.actors import Actor
from app.extensions import db
from app.gateways.csv_text import csv_text
from app.models import Location, User
from app.services.imports import begin_import, start_import
from app.services.sessions import actor_of_user
from bench.data import NOTHING
from bench.measure import Figure, run
from bench.rows import get
from bench.servers import ROOT, serving
from bench.stage import Stage, stage

ROWS = 10_000
RENTAL = "app/demo/data/catalogue.csv"
STOCK_COLUMNS = (
    "sku,name,category,tracking,unit,reorder_level,order_up_to,lead_days,unit_cost,quantity,barcode"
)


def import_rows(folder: Path, kind: str) -> Iterator[Figure]:
    """A product list of ten thousand rows, as two houses would bring it: one that rents out, and a stock room."""
    for sort, content in {"of a rental house": rental_list(), "of a stock room": stock_list()}.items():
        place = folder / sort.replace(" ", "-")
        place.mkdir()
        with stage(place, kind, NOTHING) as set_up:
            yield from imported(f"{kind}: import of {ROWS:,} products {sort}", set_up, content)


def imported(name: str, set_up: Stage, content: bytes) -> Iterator[Figure]:
    """Look at it, have it let in by a process of its own, and write something else meanwhile."""
    run_id = begun(set_up, content)
    with serving("bench.wsgi:app", set_up.environment, *set_up.database_process) as server:
        preview = get(f"/inventory/imports/{run_id}")
        looked = run(server, preview, set_up.page_headers, connections=1, rounds=1)
        yield Figure(f"{name}, looking at it first, processor time", looked.cpu_ms / 1000, "s")
        yield Figure(f"{name}, highest memory of a web process", server.highest_mb(), "MB")
    with writing_beside(set_up) as waits:
        told = worker(set_up)
    yield Figure(f"{name}, from begin to end", told["seconds"], "s", 30)
    yield Figure(f"{name}, processor time", told["cpu_seconds"], "s")
    yield Figure(f"{name}, highest memory", told["highest_mb"], "MB", 200)
    yield Figure(f"{name}, longest wait of somebody else who writes", max(waits), "s", 2)


def begun(set_up: Stage, content: bytes) -> int:
    """Upload and confirm it; the number of the run."""
    with set_up.writing():
        by = administrator()
        run = start_import("list.csv", content, db.session.get_one(Location, set_up.warehouse_id), by=by)
        begin_import(run, by=by)
        return run.id


def administrator() -> Actor:
    """Whoever may do everything."""
    by = actor_of_user(db.session.scalars(select(User.id).order_by(User.id)).all()[0])
    assert by is not None
    return by


def worker(set_up: Stage) -> dict[str, float]:
    """What a process that does what waits tells of itself."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.worker"],
        cwd=ROOT, env=os.environ | set_up.environment, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


@contextmanager
def writing_beside(set_up: Stage) -> Iterator[list[float]]:
    """Write a word again and again; the seconds that each took."""
    is_over, waits = Event(), [0.0]

    def write() -> None:
        while not is_over.wait(0.02):
            began = time.perf_counter()
            with set_up.writing():
                db.session.execute(text("UPDATE organization SET name = name"))
            waits.append(time.perf_counter() - began)

    other = Thread(target=write)
    other.start()
    try:
        yield waits
    finally:
        is_over.set()
        other.join()


def rental_list() -> bytes:
    """The catalogue of the demo again and again, under other codes: prices, sizes, things with assets."""
    with (ROOT / RENTAL).open(encoding="utf-8", newline="") as file:
        known = list(csv.DictReader(file))
    rows = [
        {**known[number % len(known)], "source_id": f"{known[number % len(known)]['source_id']}-{number}"}
        for number in range(ROWS)
    ]
    return csv_text(list(known[0]), [list(row.values()) for row in rows]).encode()


def stock_list() -> bytes:
    """Consumables with levels, costs and barcodes; of every tenth there is too little."""
    rows = [
        [f"T-{n}", f"Gaffer tape {n}", f"Group {n % 40}", "consumable", "roll", 24, 96, 5, "0.0417",
         10 if n % 10 == 0 else 48, 4_000_000_000_000 + n]
        for n in range(ROWS)
    ]  # fmt: skip
    return csv_text(STOCK_COLUMNS.split(","), rows).encode()
