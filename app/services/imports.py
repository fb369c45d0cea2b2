"""Importing a product list: a file, how it is read, what it would do, and then the deed in bulk.

Nothing of the file is written before it is confirmed; then the good rows go in, whatever the others
are. The same file again changes nothing: a product is known by its code, an empty cell says nothing,
and opening stock is received only for products that the ledger does not know yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from app.actors import Actor
from app.extensions import db
from app.finding import find
from app.gateways.csv_text import Table, Unreadable, csv_text, read_csv
from app.models import ImportRun, Location, LongWork, Product, StoredFile, TransactionKind
from app.permissions import Permission
from app.queries.imports import (
    ImportRules,
    RowPlan,
    RowVerdict,
    organization_currency,
    plan_import,
    run_content,
    tally,
)
from app.refusals import Forbidden, Refused
from app.rules.catalogue_rows import LABELS, propose_columns
from app.services.activities import record
from app.services.bulk_products import (
    add_barcodes,
    create_products,
    opening_movements,
    update_products,
    watch_levels,
)
from app.services.ledger import Cause, post
from app.services.long_work import Made, Progress, begin_work
from app.transactions import lock

POSTED_AT_ONCE = 2_000
AT_ONCE = 1_000
"""Lines of a file that are let in while somebody waits; more are the worker's."""
GOOD = (RowVerdict.CREATE, RowVerdict.UPDATE)


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or in a dry run would do: how many rows of each verdict, and each row."""

    run_id: int | None
    counts: dict[str, int]
    plans: Sequence[RowPlan]

    @property
    def refused(self) -> list[RowPlan]:
        """The rows that stayed out because something is wrong with them."""
        return [plan for plan in self.plans if plan.verdict is RowVerdict.ERROR]


def import_catalogue(
    content: bytes,
    *,
    by: Actor,
    location: Location | None,
    rules: ImportRules | None = None,
    name: str = "catalogue.csv",
    dry_run: bool = False,
) -> ImportReport:
    """Import a product list at once, for programs: a deed of its own transaction. Raises Refused.

    Quantities become opening receipts into `location`; without one, no stock comes in. A dry run
    writes nothing.
    """
    table = readable(content)
    rules = rules or proposed_rules(table)
    if dry_run:
        plans = plan_import(table.rows, rules, has_place=location is not None)
        return ImportReport(None, tally(plans), plans)
    run = start_import(name, content, location, by=by, rules=rules)
    return confirm_import(run, by=by)


def readable(content: bytes) -> Table:
    """The table in a file. Raises Refused in words for the person who uploaded it."""
    try:
        return read_csv(content)
    except Unreadable as error:
        raise Refused(str(error), "file") from error


def proposed_rules(table: Table) -> ImportRules:
    """How the file seems to be meant, by the names of its columns."""
    return ImportRules(propose_columns(table.headers))


def start_import(
    name: str, content: bytes, location: Location | None, *, by: Actor, rules: ImportRules | None = None
) -> ImportRun:
    """Keep an uploaded file and how it is to be read. Raises Refused for what is no table."""
    rules = rules or proposed_rules(readable(content))
    now = datetime.now(UTC)
    kept = StoredFile(
        name=name[:200],
        media_type="text/csv",
        sha256=sha256(content).hexdigest(),
        content=content,
        created_at=now,
    )
    db.session.add(kept)
    db.session.flush()
    run = ImportRun(
        kind="catalogue",
        file_id=kept.id,
        mapping=rules.as_json(),
        location_id=location.id if location else None,
        summary={},
        by_id=by.id,
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()
    return run


def change_rules(run: ImportRun, rules: ImportRules, location: Location | None) -> None:
    """Read the file otherwise. Raises Refused once it was imported."""
    refuse_done(run)
    refuse_nameless(rules)
    run.mapping = rules.as_json()
    run.location_id = location.id if location else None
    db.session.flush()


def refuse_done(run: ImportRun) -> None:
    """What was imported stays as it was. Raises Refused."""
    if run.confirmed_at is not None:
        raise Refused("This file has been imported already. Upload it again to import it again.")


def refuse_nameless(rules: ImportRules) -> None:
    """Without names there are no products. Raises Refused."""
    if not rules.columns.get("name"):
        raise Refused("Please choose the column that holds the names.", "column_name")


def plans_of(run: ImportRun) -> list[RowPlan]:
    """What a run would do now."""
    table = readable(run_content(run))
    return plan_import(table.rows, ImportRules.from_json(run.mapping), has_place=run.location_id is not None)


def confirm_import(run: ImportRun, *, by: Actor) -> ImportReport:
    """Let the good rows in. Twice is once. Raises Refused where the file has no names."""
    rules = ImportRules.from_json(run.mapping)
    refuse_nameless(rules)
    looked_at = plans_of(run)
    places = {run.location_id or 0, *(plan.location_id or 0 for plan in looked_at)}
    lock({Location: places, Product: touched(looked_at)})
    if run.confirmed_at is not None:
        return ImportReport(run.id, run.summary, [])
    plans = plans_of(run)
    created = create_products(of_verdict(plans, RowVerdict.CREATE))
    before = update_products(of_verdict(plans, RowVerdict.UPDATE))
    add_barcodes([plan for plan in plans if plan.verdict in GOOD], created)
    receive_opening(run, with_products(plans, created), by=by)
    watch_levels(before, created.values())
    run.summary, run.confirmed_at = tally(plans), datetime.now(UTC)
    db.session.flush()
    record("catalogue.imported", run, by=by, label=file_name(run), **run.summary)
    return ImportReport(run.id, run.summary, plans)


def is_long(run: ImportRun) -> bool:
    """True for a file of so many lines that nobody should wait for it."""
    return run.confirmed_at is None and run_content(run).count(b"\n") > AT_ONCE


def begin_import(run: ImportRun, *, by: Actor) -> LongWork:
    """Have the good rows let in by the worker. Raises Refused where the file has no names."""
    refuse_nameless(ImportRules.from_json(run.mapping))
    return begin_work("import", f"Import of {file_name(run)}", {"run_id": run.id}, by=by)


def make_import(wanted: dict[str, Any], progress: Progress, by: Actor) -> Made:
    """Judge all rows while others write, then let the good ones in at once: stopped before, nothing is written.

    Raises Refused for a file that cannot be read, and Forbidden for whoever may not import any more.
    """
    if not by.may(Permission.IMPORTS_RUN):
        raise Forbidden("You may not import any more.")
    progress.begin(3, "Reading the file")
    counts = tally(plans_of(find(ImportRun, wanted["run_id"])))
    progress.step(2, f"Writing {counts['create'] + counts['update']:,} products")
    return Made(keep=lambda: imported(find(ImportRun, wanted["run_id"]), by))


def imported(run: ImportRun, by: Actor) -> dict[str, Any]:
    """Let the rows in, and say what came of it."""
    counts = confirm_import(run, by=by).counts
    said = f"{counts['create']:,} products were added and {counts['update']:,} changed."
    return {"said": said, "run_id": run.id}


def touched(plans: Iterable[RowPlan]) -> set[int]:
    """The products that a run would change."""
    return {plan.product_id for plan in of_verdict(plans, RowVerdict.UPDATE) if plan.product_id is not None}


def of_verdict(plans: Iterable[RowPlan], verdict: RowVerdict) -> list[RowPlan]:
    """The rows with this verdict."""
    return [plan for plan in plans if plan.verdict is verdict]


def with_products(plans: Iterable[RowPlan], created: dict[str, int]) -> list[RowPlan]:
    """The rows that bring stock, each with its product."""
    return [
        replace(plan, product_id=plan.product_id or created[plan.values["sku"]])
        for plan in plans
        if plan.opening
    ]


def receive_opening(run: ImportRun, plans: Sequence[RowPlan], *, by: Actor) -> None:
    """The quantities as opening receipts into the chosen place, in a few large statements."""
    if not plans:
        return
    movements = opening_movements(plans, run.location_id)
    for start in range(0, len(movements), POSTED_AT_ONCE):
        cause = Cause(by, "import", file_name(run), request_id=f"import-{run.id}-{start}")
        post(TransactionKind.RECEIPT, movements[start : start + POSTED_AT_ONCE], cause)


def file_name(run: ImportRun) -> str:
    """What the uploaded file was called."""
    return db.session.get_one(StoredFile, run.file_id).name


def refused_csv(plans: Iterable[RowPlan]) -> str:
    """The rows that stayed out, as they came, with their line and the reasons in front."""
    refused = of_verdict(plans, RowVerdict.ERROR)
    columns = list(refused[0].cells) if refused else []
    rows = [
        [plan.line, " ".join(plan.reasons), *(plan.cells.get(name, "") for name in columns)]
        for plan in refused
    ]
    return csv_text(["Line", "Reason", *columns], rows)


__all__ = [
    "LABELS", "ImportReport", "change_rules", "confirm_import", "import_catalogue", "organization_currency",
    "plans_of", "proposed_rules", "readable", "refused_csv", "start_import",
]  # fmt: skip
