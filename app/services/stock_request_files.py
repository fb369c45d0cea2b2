"""Stock transactions from a file: every row is one, all are posted or none, and all that is wrong is told at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError
from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.fields import Cost, Count, Input, LongText, Name, Quantity, ShortText
from app.gateways.csv_text import Unreadable, read_csv
from app.models import Code, TransactionKind
from app.queries.chunks import chunks
from app.queries.places_named import Place, places_named
from app.refusals import Refused
from app.rules.calendars import from_local
from app.rules.catalogue_rows import column_key
from app.rules.codes import code_key
from app.services.stock import MOST_AT_ONCE, Moved, post_together
from app.services.stock_request_rules import NotPosted
from app.services.stock_requests import StockRequest

COLUMNS: Final = {
    "type": "type", "transaction_type": "type", "kind": "type", "product": "product", "sku": "product",
    "code": "product", "quantity": "quantity", "qty": "quantity", "unit": "unit", "location": "location",
    "from": "location", "to": "to_location", "to_location": "to_location", "direction": "direction",
    "counted": "counted", "unit_cost": "unit_cost", "total_cost": "total_cost", "notes": "notes",
    "reference_type": "reference_type", "reference_number": "reference_number", "reference": "reference_number",
    "happened_at": "happened_at", "date": "happened_at",
}  # fmt: skip
"""What columns are called, and what they hold."""
CALLED: Final = {"place_id": "location", "to_id": "to_location"}
Plain = Callable[[Sequence[Any]], dict[str, list[str]]]


class FileRow(Input):
    """One row of a file: what a program would send, with the product by any of its codes."""

    type: TransactionKind
    product: Name
    location: Name
    to_location: ShortText = ""
    quantity: Quantity | None = None
    unit: ShortText = ""
    direction: Annotated[str, Field(pattern="^(more|less)?$")] = ""
    counted: Count | None = None
    unit_cost: Cost | None = None
    total_cost: Cost | None = None
    reference_type: ShortText = ""
    reference_number: ShortText = ""
    notes: LongText = ""
    happened_at: datetime | None = None


def post_file(
    content: bytes, *, zone: str, sees_costs: bool, plain: Plain, by: Actor, request_id: str
) -> Moved:
    """Post every row of a file. `plain` says in words what does not fit a row. Raises Refused."""
    rows, errors = read_rows(content, plain)
    requests, unknown = resolved(rows, zone, sees_costs)
    errors |= unknown
    lines = list(requests)
    if not lines:
        raise NotPosted(errors)
    try:
        done = post_together(
            list(requests.values()), by=by, request_ids=[f"{request_id}/{line}" for line in lines]
        )
    except NotPosted as wrong:
        raise NotPosted(errors | by_line(wrong.errors, lines)) from wrong
    if errors:
        raise NotPosted(errors)
    return done


def by_line(errors: Mapping[str, list[str]], lines: Sequence[int]) -> dict[str, list[str]]:
    """Errors of requests, named by the line of the file and its column."""
    named = {}
    for name, texts in errors.items():
        number, _, field = name.rpartition(".")
        named[f"{lines[int(number or 0)]}.{CALLED.get(field, field)}"] = texts
    return named


def read_rows(content: bytes, plain: Plain) -> tuple[dict[int, FileRow], dict[str, list[str]]]:
    """The rows of a file by line, and what is wrong with the others. Raises Refused for what is no table."""
    try:
        table = read_csv(content)
    except Unreadable as error:
        raise Refused(str(error), "file") from error
    if table.count > MOST_AT_ONCE:
        raise Refused(f"At most {MOST_AT_ONCE:,} rows at once; this file has {table.count:,}.", "file")
    columns = {header: COLUMNS[key] for header in table.headers if (key := column_key(header)) in COLUMNS}
    if missing := {"type", "product", "location"} - set(columns.values()):
        raise Refused(f"The file has no column for: {', '.join(sorted(missing))}.", "file")
    rows: dict[int, FileRow] = {}
    errors: dict[str, list[str]] = {}
    for line, cells in table:
        given = {columns[header]: text.strip() for header, text in cells.items() if header in columns}
        try:
            rows[line] = FileRow.model_validate({name: text for name, text in given.items() if text})
        except ValidationError as error:
            errors |= {f"{line}.{name}": texts for name, texts in plain(error.errors()).items()}
    return rows, errors


def resolved(
    rows: Mapping[int, FileRow], zone: str, sees_costs: bool
) -> tuple[dict[int, StockRequest], dict[str, list[str]]]:
    """Requests by line, and which names nothing has."""
    products = products_coded({row.product for row in rows.values()})
    places = places_named({name for row in rows.values() for name in (row.location, row.to_location)})
    requests: dict[int, StockRequest] = {}
    errors: dict[str, list[str]] = {}
    for line, row in rows.items():
        if row.product not in products:
            errors[f"{line}.product"] = [f"Nothing here has the code {row.product}."]
        for column in ("location", "to_location"):
            if (name := getattr(row, column)) and name not in places:
                errors[f"{line}.{column}"] = ["There is no location of this code or name."]
        if not any(f"{line}.{column}" in errors for column in ("product", "location", "to_location")):
            requests[line] = request_of(row, products, places, zone, sees_costs)
    return requests, errors


def request_of(
    row: FileRow, products: Mapping[str, int], places: Mapping[str, Place], zone: str, sees_costs: bool
) -> StockRequest:
    """A row as the service knows it; costs are left out for those who may not see them."""
    when = row.happened_at
    return StockRequest(
        row.type,
        products[row.product],
        places[row.location].id,
        places[row.to_location].id if row.type is TransactionKind.TRANSFER and row.to_location else None,
        quantity=row.quantity,
        unit=row.unit,
        is_more={"more": True, "less": False}.get(row.direction),
        counted=row.counted,
        unit_cost=row.unit_cost if sees_costs else None,
        total_cost=row.total_cost if sees_costs else None,
        reference_type=row.reference_type,
        reference_number=row.reference_number,
        notes=row.notes,
        happened_at=when if when is None or when.tzinfo else from_local(when, zone),
    )


def products_coded(codes: Collection[str]) -> dict[str, int]:
    """Code as it was written → the product that it names."""
    keys = {code: code_key(code) for code in codes}
    found: dict[str, int] = {}
    for part in chunks(sorted(set(keys.values()))):
        query = select(Code.code_key, Code.product_id).where(
            Code.code_key.in_(part), Code.product_id.is_not(None)
        )
        found |= {row.code_key: row.product_id for row in db.session.execute(query)}
    return {code: found[key] for code, key in keys.items() if key in found}
