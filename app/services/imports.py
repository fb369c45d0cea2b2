"""Importing a product list: a file, how it is read, and what it would do.

Nothing of the file is written before it is confirmed; then the good rows go in, whatever the others
are. The same file again changes nothing: a product is known by its code, an empty cell says nothing,
and opening stock is received only for products that the ledger does not know yet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from app.actors import Actor
from app.extensions import db
from app.gateways.csv_text import Table, Unreadable, csv_text, read_csv
from app.models import ImportRun, Location, LongWork, StoredFile
from app.queries.import_plans import ImportRules, RowPlan, RowVerdict, tally
from app.queries.imports import Judge, judge_of, run_content
from app.refusals import Refused
from app.rules.catalogue_rows import propose_columns
from app.services.import_rows import file_name, write_all
from app.services.long_work import begin_work

AT_ONCE = 1_000
"""Lines of a file that are let in while somebody waits; more are the worker's."""


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
        plans = list(judge_of(table, rules, has_place=location is not None).all_plans())
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
    """Read the file otherwise. Raises Refused once rows of it went in."""
    refuse_begun(run)
    refuse_nameless(rules)
    run.mapping = rules.as_json()
    run.location_id = location.id if location else None
    db.session.flush()


def refuse_begun(run: ImportRun) -> None:
    """What was imported stays as it was. Raises Refused."""
    if run.confirmed_at is not None or run.summary:
        raise Refused("Rows of this file have gone in already. Upload it again to import it again.")


def refuse_nameless(rules: ImportRules) -> None:
    """Without names there are no products. Raises Refused."""
    if not rules.columns.get("name"):
        raise Refused("Please choose the column that holds the names.", "column_name")


def judge_of_run(run: ImportRun) -> Judge:
    """Whoever judges the file of a run. Raises Refused for one without names of products."""
    table, rules = readable(run_content(run)), ImportRules.from_json(run.mapping)
    return judge_of(table, rules, has_place=run.location_id is not None)


def plans_of(run: ImportRun) -> Iterator[RowPlan]:
    """What each row of a run would do now."""
    return judge_of_run(run).all_plans()


def confirm_import(run: ImportRun, *, by: Actor) -> ImportReport:
    """Let the good rows in, all in this transaction. Twice is once. Raises Refused where the file has no names."""
    refuse_nameless(ImportRules.from_json(run.mapping))
    plans = write_all(run, judge_of_run(run), by=by)
    return ImportReport(run.id, run.summary, plans)


def is_long(run: ImportRun) -> bool:
    """True for a file of so many lines that nobody should wait for it."""
    return run.confirmed_at is None and run_content(run).count(b"\n") > AT_ONCE


def is_long_text(text: str) -> bool:
    """The same of a file that is not kept."""
    return text.count("\n") > AT_ONCE


def begin_import(run: ImportRun, *, by: Actor) -> LongWork:
    """Have the good rows let in by the worker. Raises Refused where the file has no names."""
    refuse_nameless(ImportRules.from_json(run.mapping))
    return begin_work("import", f"Import of {file_name(run)}", {"run_id": run.id}, by=by)


def refused_csv(plans: Iterable[RowPlan]) -> str:
    """The rows that stayed out, as they came, with their line and the reasons in front."""
    refused = [plan for plan in plans if plan.verdict is RowVerdict.ERROR]
    columns = list(refused[0].cells) if refused else []
    rows = [
        [plan.line, " ".join(plan.reasons), *(plan.cells.get(name, "") for name in columns)]
        for plan in refused
    ]
    return csv_text(["Line", "Reason", *columns], rows)
