"""Importing a product list, for programs: what it would do, then the deed in bulk."""

from decimal import Decimal
from typing import Annotated, Any

from flask import Response
from pydantic import Field, StringConstraints

from app.blueprints.api.contract import MEGABYTE, Output, operation
from app.blueprints.api.fields import fields_called
from app.blueprints.api.work import WorkOut, accepted
from app.blueprints.inventory.fields import chosen_place
from app.edge import actor
from app.fields import Id, Input, Money, ShortText
from app.models import Location
from app.permissions import Permission
from app.queries.import_plans import ImportRules, RowPlan, RowVerdict
from app.refusals import Refused
from app.rules.catalogue_rows import LABELS
from app.services.imports import (
    AT_ONCE,
    ImportReport,
    begin_import,
    import_catalogue,
    is_long_text,
    proposed_rules,
    readable,
    start_import,
)

LARGEST_FILE = 12 * MEGABYTE


FileText = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=LARGEST_FILE)]
"""As it is: a blank in front may be the name of the first column."""


class ListIn(Input):
    """A product list as the text of a CSV file, and how it is read.

    `columns` names the column of each field; left out, the names of the columns are understood. Quantities
    go to `location_id`; without it no stock comes in. A product that costs at least `serialized_rate` a day
    and of which there are at most `serialized_most` is followed asset by asset.
    """

    csv: FileText
    name: ShortText = "catalogue.csv"
    location_id: Id | None = None
    columns: dict[str, str] | None = None
    serialized_rate: Money | None = Decimal(20)
    serialized_most: Annotated[int, Field(ge=0, le=1_000_000)] = 40
    leaves_out_people: bool = True

    def place(self) -> Location | None:
        """Where the quantities go. Raises Refused."""
        return None if self.location_id is None else chosen_place(self.location_id, "location_id")

    def rules(self) -> ImportRules:
        """How the file is read. Raises Refused for a field or a column that there is not."""
        table = readable(self.csv.encode())
        columns = proposed_rules(table).columns if self.columns is None else self.columns
        for field, header in columns.items():
            if field not in LABELS or header not in table.headers:
                raise Refused("The file has no such column, or a product no such field.", f"columns.{field}")
        if not columns.get("name"):
            raise Refused("Say which column holds the names.", "columns")
        return ImportRules(columns, self.serialized_rate, self.serialized_most, self.leaves_out_people)


class ImportIn(ListIn):
    """The same. With `dry_run` nothing is written, and it may have any length."""

    dry_run: bool = False


class ChangeOut(Output):
    """One field that a row changes."""

    field: str
    before: str
    after: str


class RowOut(Output):
    """What becomes of one line of the file, and why."""

    line: int
    verdict: RowVerdict
    product_id: int | None
    sku: str
    name: str
    opening: int
    reasons: list[str]
    changes: list[ChangeOut]


class ImportOut(Output):
    """How many rows get which verdict, and each row that does something or cannot; no run for a dry run."""

    run_id: int | None
    counts: dict[str, int]
    rows: list[RowOut]


@operation(
    "POST",
    "/inventory/products/imports",
    permission=Permission.IMPORTS_RUN,
    answer=ImportOut,
    body=ImportIn,
    is_idempotent=True,
    largest_body=LARGEST_FILE,
)
def import_products(body: ImportIn) -> dict[str, Any]:
    """Let the good rows of a product list in, whatever the others are; the same file again changes nothing.

    A long one is refused: have it let in by the worker.
    """
    if not body.dry_run and is_long_text(body.csv):
        raise Refused(f"More than {AT_ONCE:,} lines take too long at once: POST …/imports/runs.", "csv")
    with fields_called(file="csv"):
        report: ImportReport = import_catalogue(
            body.csv.encode(),
            by=actor(),
            location=body.place(),
            rules=body.rules(),
            name=body.name,
            dry_run=body.dry_run,
        )
    rows = [row_facts(plan) for plan in report.plans if plan.verdict is not RowVerdict.UNCHANGED]
    return {"run_id": report.run_id, "counts": report.counts, "rows": rows}


@operation(
    "POST",
    "/inventory/products/imports/runs",
    permission=Permission.IMPORTS_RUN,
    answer=WorkOut,
    body=ListIn,
    status=202,
    is_idempotent=True,
    largest_body=LARGEST_FILE,
)
def create_import_run(body: ListIn) -> Response:
    """Have a product list let in by the worker, part after part; the answer says where to ask how far it is."""
    with fields_called(file="csv"):
        run = start_import(body.name, body.csv.encode(), body.place(), by=actor(), rules=body.rules())
    return accepted(begin_import(run, by=actor()))


def row_facts(plan: RowPlan) -> dict[str, Any]:
    """One row as the contract lists it."""
    return {
        "line": plan.line,
        "verdict": plan.verdict,
        "product_id": plan.product_id,
        "sku": plan.values.get("sku", ""),
        "name": plan.values.get("name", ""),
        "opening": plan.opening,
        "reasons": list(plan.reasons),
        "changes": [
            {"field": change.label, "before": str(change.before), "after": str(change.after)}
            for change in plan.changes
        ],
    }
