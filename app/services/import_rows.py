"""Letting rows of a product list in: what each of them says is written, and the run keeps how far it has come."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import ImportRun, Location, Product, StoredFile, TransactionKind
from app.queries.import_plans import RowPlan, RowVerdict, Said, tally
from app.queries.imports import Judge
from app.services.activities import record
from app.services.bulk_products import (
    add_barcodes,
    create_products,
    opening_movements,
    update_products,
    watch_levels,
)
from app.services.ledger import Cause, post
from app.transactions import lock

GOOD = (RowVerdict.CREATE, RowVerdict.UPDATE)
POSTED_AT_ONCE = 2_000


def write_all(run: ImportRun, judge: Judge, *, by: Actor) -> Sequence[RowPlan]:
    """Let all rows in that are not in yet, in this transaction; what became of them. Nothing, once that is done."""
    plans = write_rows(run, judge, list(judge.said()), by=by)
    close(run, by=by)
    return plans


def write_rows(run: ImportRun, judge: Judge, said: Sequence[Said], *, by: Actor) -> Sequence[RowPlan]:
    """Let these rows in, those that went in before left out. Rows go in by their order in the file.

    They are judged once to know what is to be locked, and again when nobody else changes it. Raises Stale
    when somebody has taken one of their codes at the same moment.
    """
    lock_run(run.id)
    new = [] if run.confirmed_at else [one for one in said if one.number > rows_in(run)]
    looked_at = judge.plans(new)
    places = {run.location_id or 0, *(plan.location_id or 0 for plan in looked_at)}
    lock({Location: places, Product: touched(looked_at)})
    plans = judge.plans(new)
    write(run, plans, judge.first_lines.keys(), by=by)
    if new:
        run.summary = added(run.summary, tally(plans))
    db.session.flush()
    return plans


def lock_run(run_id: int) -> ImportRun:
    """The run as it is now; nobody else lets rows of it in meanwhile."""
    query = select(ImportRun).where(ImportRun.id == run_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def rows_in(run: ImportRun) -> int:
    """How many rows of the file are done with, from the first one on."""
    return int(run.summary.get("rows", 0))


def added(before: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    """Two tallies as one."""
    return {name: before.get(name, 0) + count for name, count in more.items()}


def touched(plans: Iterable[RowPlan]) -> set[int]:
    """The products that rows would change."""
    return {plan.product_id for plan in of_verdict(plans, RowVerdict.UPDATE) if plan.product_id is not None}


def of_verdict(plans: Iterable[RowPlan], verdict: RowVerdict) -> list[RowPlan]:
    """The rows with this verdict."""
    return [plan for plan in plans if plan.verdict is verdict]


def write(run: ImportRun, plans: Sequence[RowPlan], named: Container[str], *, by: Actor) -> None:
    """Write the good ones. `named` are the codes of the whole file: no new asset is called like one of them."""
    created = create_products(of_verdict(plans, RowVerdict.CREATE))
    before = update_products(of_verdict(plans, RowVerdict.UPDATE))
    add_barcodes([plan for plan in plans if plan.verdict in GOOD], created)
    receive_opening(run, with_products(plans, created), named, by=by)
    watch_levels(before, created.values())


def with_products(plans: Iterable[RowPlan], created: dict[str, int]) -> list[RowPlan]:
    """The rows that bring stock, each with its product."""
    return [
        replace(plan, product_id=plan.product_id or created[plan.values["sku"]])
        for plan in plans
        if plan.opening
    ]


def receive_opening(run: ImportRun, plans: Sequence[RowPlan], named: Container[str], *, by: Actor) -> None:
    """The quantities as opening receipts into the chosen place, in a few large statements."""
    if not plans:
        return
    movements, first = opening_movements(plans, run.location_id, named), plans[0].line
    for start in range(0, len(movements), POSTED_AT_ONCE):
        cause = Cause(by, "import", file_name(run), request_id=f"import-{run.id}-{first}-{start}")
        post(TransactionKind.RECEIPT, movements[start : start + POSTED_AT_ONCE], cause)


def file_name(run: ImportRun) -> str:
    """What the uploaded file was called."""
    return db.session.get_one(StoredFile, run.file_id).name


def close(run: ImportRun, *, by: Actor) -> None:
    """All rows are in. Twice is once."""
    if run.confirmed_at is None:
        run.confirmed_at = datetime.now(UTC)
        db.session.flush()
        record("catalogue.imported", run, by=by, label=file_name(run), **run.summary)
