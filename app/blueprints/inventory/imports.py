"""Importing a product list: upload, look, confirm."""

from typing import Any

from flask import Response, request, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.downloads import file_answer
from app.blueprints.inventory.fields import chosen_place, page_number
from app.edge import actor
from app.fields import Count, Id, Input, Money
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import ImportRun, Location, StoredFile
from app.permissions import Permission, requires
from app.queries.choices import place_options, warehouses
from app.queries.import_plans import ImportRules, RowVerdict
from app.queries.imports import look_over, recent_runs, run_content
from app.refusals import Refused
from app.rules.catalogue_rows import LABELS
from app.services.exports import BYTE_ORDER_MARK
from app.services.imports import (
    begin_import,
    change_rules,
    confirm_import,
    is_long,
    plans_of,
    readable,
    refused_csv,
    start_import,
)

COLUMN = "column_"
VERDICTS = {
    "": "All", RowVerdict.CREATE: "Create", RowVerdict.UPDATE: "Update", RowVerdict.UNCHANGED: "Unchanged",
    RowVerdict.LEFT_OUT: "Left out", RowVerdict.ERROR: "Errors",
}  # fmt: skip


class UploadForm(Input):
    """Where the quantities of the file go; nowhere, when no stock is to come in."""

    location_id: Id | None = None


class RulesForm(Input):
    """How the file is read, but for its columns."""

    location_id: Id | None = None
    serialized_rate: Money | None = None
    serialized_most: Count = 40
    leaves_out_people: bool = False


@blueprint.get("/imports")
@requires(Permission.IMPORTS_RUN)
def imports() -> Response:
    """Where a file is uploaded, and the imports so far."""
    return page(
        "inventory/imports.html",
        runs=recent_runs(),
        first_warehouse=next(iter(warehouses()), (None, ""))[0],
        place_options=place_options(),
        form=current_form(),
        labels=LABELS,
    )


@blueprint.post("/imports")
@requires(Permission.IMPORTS_RUN)
@shown_again_by(imports)
def upload() -> Response:
    """Keep the file and propose how to read it; nothing of it is written yet."""
    given, sent = read_form(UploadForm), request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused("Please choose a CSV file.", "file")
    run = start_import(sent.filename, sent.read(), place_of(given.location_id), by=actor())
    return go_to(url_for("inventory.import_run", run_id=run.id))


def place_of(location_id: int | None) -> Location | None:
    """The place that quantities go to, if one was chosen. Raises Refused."""
    return None if location_id is None else chosen_place(location_id, "location_id")


@blueprint.get("/imports/<int:run_id>")
@requires(Permission.IMPORTS_RUN)
def import_run(run_id: int) -> Response:
    """What the file would do, row by row; after the import, what it did."""
    run = find(ImportRun, run_id)
    if run.confirmed_at is not None:
        return page("inventory/import_done.html", run=run, file=find(StoredFile, run.file_id))
    return preview(run)


def preview(run: ImportRun) -> Response:
    """The rows with what becomes of each."""
    verdict = request.args.get("verdict", "")
    counts, rows = look_over(plans_of(run), verdict, page_number())
    return page(
        "inventory/import_preview.html",
        part="inventory/_import_rows.html",
        run=run,
        file=find(StoredFile, run.file_id),
        rules=ImportRules.from_json(run.mapping),
        counts=counts,
        page=rows,
        verdict=verdict,
        verdicts=VERDICTS,
        headers=[(header, header) for header in readable(run_content(run)).headers],
        labels=LABELS,
        place_options=place_options(),
        form=current_form(),
    )


@blueprint.post("/imports/<int:run_id>/rules")
@requires(Permission.IMPORTS_RUN)
@shown_again_by(import_run)
def change_reading(run_id: int) -> Response:
    """Read the file otherwise."""
    run, given = find(ImportRun, run_id), read_form(RulesForm)
    rules = ImportRules(columns(run), given.serialized_rate, given.serialized_most, given.leaves_out_people)
    change_rules(run, rules, place_of(given.location_id))
    return go_to(url_for("inventory.import_run", run_id=run_id))


def columns(run: ImportRun) -> dict[str, Any]:
    """The column of each field as it was chosen. Raises Refused for one that the file has not."""
    headers = readable(run_content(run)).headers
    chosen = {field: request.form.get(COLUMN + field, "") for field in LABELS}
    if wrong := [field for field, header in chosen.items() if header and header not in headers]:
        raise Refused("The file has no such column.", COLUMN + wrong[0])
    return {field: header for field, header in chosen.items() if header}


@blueprint.post("/imports/<int:run_id>/confirmation")
@requires(Permission.IMPORTS_RUN)
@shown_again_by(import_run)
def confirm(run_id: int) -> Response:
    """Let the good rows in; of a long file, in the background."""
    run = find(ImportRun, run_id)
    if is_long(run):
        return go_to(url_for("insight.work", work_id=begin_import(run, by=actor()).id))
    report = confirm_import(run, by=actor())
    counts = report.counts
    say(f"{counts['create']} products were added and {counts['update']} changed.")
    return go_to(url_for("inventory.import_run", run_id=run_id))


@blueprint.get("/imports/<int:run_id>/refused.csv")
@requires(Permission.IMPORTS_RUN)
def refused_rows(run_id: int) -> Response:
    """The rows that stay out, with line and reason, to be corrected and uploaded again."""
    text = refused_csv(plans_of(find(ImportRun, run_id)))
    return file_answer(f"refused-rows-{run_id}", (BYTE_ORDER_MARK + text).encode())
