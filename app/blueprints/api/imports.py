"""Importing a product list, for programs: what it would do, then the deed in bulk."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.blueprints.api.contract import MEGABYTE, Output, operation
from app.blueprints.api.fields import fields_called
from app.blueprints.inventory.fields import chosen_place
from app.edge import actor
from app.fields import Id, Input, Money, ShortText
from app.models import Location
from app.permissions import Permission
from app.queries.imports import ImportRules, RowPlan, RowVerdict
from app.refusals import Refused
from app.rules.catalogue_rows import LABELS
from app.services.imports import ImportReport, import_catalogue, proposed_rules, readable

LARGEST_FILE = 12 * MEGABYTE


FileText = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=LARGEST_FILE)]
"""As it is: a blank in front may be the name of the first column."""


class ImportIn(Input):
    """A product list as the text of a CSV file, and how it is read.

    `columns` names the column of each field; left out, the names of the columns are understood. Quantities
    go to `location_id`; without it no stock comes in. A product that costs at least `serialized_rate` a day
    and of which there are at most `serialized_most` is followed asset by asset. With `dry_run` nothing is
    written.
    """

    csv: FileText
    name: ShortText = "catalogue.csv"
    location_id: Id | None = None
    columns: dict[str, str] | None = None
    serialized_rate: Money | None = Decimal(20)
    serialized_most: Annotated[int, Field(ge=0, le=1_000_000)] = 40
    leaves_out_people: bool = True
    dry_run: bool = False

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
    """Let the good rows of a product list in, whatever the others are; the same file again changes nothing."""
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
