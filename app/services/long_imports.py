"""A long product list is let in part after part, so that others can write meanwhile, and little is in memory.

Each part is kept by itself, together with how far the run has come. Stopped or broken off, what went in stays
in, and whoever confirms the import again lets in the rest: no row twice, whatever happened in between.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from app.actors import Actor
from app.finding import find
from app.models import Asset, Category, Code, ImportRun, Product, StockLevel, Tracking
from app.permissions import Permission
from app.queries.import_plans import ImportRules, Said
from app.queries.imports import Judge
from app.refusals import Forbidden, Stale
from app.scope import current_organization_id
from app.services.import_rows import close, lock_run, rows_in, write_rows
from app.services.imports import judge_of_run, refuse_nameless
from app.services.long_work import Cancelled, Made, Progress
from app.statistics import look_at_tables
from app.transactions import retrying, write_transaction

PART: Final = 400
"""Products and assets that are written in one go: others wait for a few tenths of a second."""
PAUSE: Final = 0.005
"""Seconds between two parts, so that whoever waits to write really comes first."""
TRIES: Final = 3


class Steps(Protocol):
    """Whoever hears how far it is, and may stop it."""

    done: int

    def begin(self, steps: int, message: str = "") -> None:
        """There are so many steps."""

    def step(self, count: int = 1) -> None:
        """So many more are done."""


@dataclass
class Unwatched:
    """Nobody hears how far it is."""

    done: int = 0

    def begin(self, steps: int, message: str = "") -> None:
        """There are so many steps."""

    def step(self, count: int = 1) -> None:
        """So many more are done."""


def make_import(wanted: dict[str, Any], progress: Progress, by: Actor) -> Made:
    """Let the rows in that are not in yet. Raises Refused for a file that cannot be read, Forbidden for whoever
    may not import any more, and Cancelled, saying how many are in."""
    if not by.may(Permission.IMPORTS_RUN):
        raise Forbidden("You may not import any more.")
    counts = let_in(wanted["run_id"], progress, by=by)
    said = f"{counts['create']:,} products were added and {counts['update']:,} changed."
    return Made({"said": said, "run_id": wanted["run_id"], "counts": counts}, is_written=True)


def let_in(run_id: int, progress: Steps, *, by: Actor) -> dict[str, int]:
    """Let the good rows of a run in, part after part; what became of all rows."""
    run = find(ImportRun, run_id)
    refuse_nameless(ImportRules.from_json(run.mapping))
    judge, done = judge_of_run(run), rows_in(run)
    progress.begin(judge.count, "Letting the rows in")
    progress.done = done
    looked_at = 0
    for part in parts((one for one in judge.said() if one.number > done), judge.rules):
        write_part(run_id, judge, part, by=by)
        if part[-1].number >= 2 * looked_at:
            looked_at = look_at(part)
        time.sleep(PAUSE)
        step(progress, part, judge)
    with write_transaction(current_organization_id()):
        run = lock_run(run_id)
        close(run, by=by)
        return run.summary


def look_at(part: list[Said]) -> int:
    """Tell the database that its tables have doubled: it would go on as if they were empty, row by row through
    all of them. How many rows are in by then."""
    with write_transaction(current_organization_id()):
        look_at_tables(Product, Asset, Code, Category, StockLevel)
    return part[-1].number


def step(progress: Steps, part: list[Said], judge: Judge) -> None:
    """Say how far it is. Raises Cancelled, in words for whoever stopped it."""
    try:
        progress.step(len(part))
    except Cancelled as stopped:
        said = f"{part[-1].number:,} of {judge.count:,} rows went in before it was stopped, and stay in."
        raise Cancelled(f"{said} Import the file again to let in the rest.") from stopped


def write_part(run_id: int, judge: Judge, part: list[Said], *, by: Actor) -> None:
    """Let one part in, in a transaction of its own. Raises Stale when somebody is always faster."""
    for tries_left in reversed(range(TRIES)):
        try:
            return retrying(lambda: write_now(run_id, judge, part, by))
        except Stale:
            if not tries_left:
                raise
    return None


def write_now(run_id: int, judge: Judge, part: list[Said], by: Actor) -> None:
    """One try."""
    with write_transaction(current_organization_id()):
        write_rows(find(ImportRun, run_id), judge, part, by=by)


def parts(said: Iterable[Said], rules: ImportRules) -> Iterator[list[Said]]:
    """The rows in parts that cost about the same to write: a product with forty assets counts as forty-one."""
    part: list[Said] = []
    weight = 0
    for one in said:
        weight += weight_of(one, rules)
        if part and weight > PART:
            yield part
            part, weight = [], weight_of(one, rules)
        part.append(one)
    if part:
        yield part


def weight_of(said: Said, rules: ImportRules) -> int:
    """How many products and assets a row may bring."""
    values = said.read.values
    is_serialized = rules.tracking(values) is Tracking.SERIALIZED
    return 1 + (values.get("quantity", 0) if is_serialized else 0)
