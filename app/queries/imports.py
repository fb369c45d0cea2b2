"""What an import would do: each row of a file beside what is known, with nothing written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.extensions import db
from app.models import ImportRun, StoredFile
from app.models.base import plain_text
from app.queries.chunks import groups
from app.queries.import_knowledge import COMPARED, Knowledge, Known, knowledge, organization_currency
from app.queries.import_plans import Change, ImportRules, RowPlan, RowVerdict, Said, tally
from app.queries.paging import Page
from app.rules.catalogue_rows import LABELS, codes_of, is_not_stock, read_row
from app.rules.codes import code_key

Rows = Iterable[tuple[int, Mapping[str, str]]]
"""The rows of a file with their lines; whoever asks again begins with the first."""
AT_ONCE = 500
"""Rows that are compared with what is known in one go."""


@dataclass(frozen=True)
class Judge:
    """Says of some rows of a file what they would do. Of the others it knows the codes, and nothing else."""

    rows: Rows
    rules: ImportRules
    has_place: bool
    currency: str
    count: int
    first_lines: Mapping[str, int]

    def said(self) -> Iterator[Said]:
        """The rows as they are understood, one after the other."""
        for number, (line, cells) in enumerate(self.rows, 1):
            yield Said(number, line, cells, read_row(cells, self.rules.columns, self.currency))

    def plans(self, said: Sequence[Said]) -> list[RowPlan]:
        """What these would do now."""
        named = [one.read.values.get(name, "") for one in said for name in ("sku", "barcode")]
        known = knowledge(named)
        return [plan_row(one, self, known) for one in said]

    def all_plans(self) -> Iterator[RowPlan]:
        """What each row of the file would do now; of a long one only a few are in memory."""
        for some in groups(self.said(), AT_ONCE):
            yield from self.plans(some)

    def stood_before(self, key: str, line: int) -> bool:
        """True for a code that the file names in an earlier line."""
        return self.first_lines.get(key, line) < line


def judge_of(rows: Rows, rules: ImportRules, *, has_place: bool) -> Judge:
    """Whoever judges a file. `has_place` says whether quantities have somewhere to go."""
    first_lines: dict[str, int] = {}
    count = 0
    for line, cells in rows:
        count += 1
        for code in codes_of(cells, rules.columns):
            first_lines.setdefault(code_key(code), line)
    return Judge(rows, rules, has_place, organization_currency(), count, first_lines)


def plan_row(said: Said, judge: Judge, known: Knowledge) -> RowPlan:
    """What one row would do."""
    row, values = said.read, said.read.values
    product = known.products.get(code_key(values.get("sku", "")))
    if errors := [*row.errors, *clashes(said, product, judge, known)]:
        return RowPlan(said.line, RowVerdict.ERROR, values, reasons=[*errors, *row.notes], cells=said.cells)
    if judge.rules.leaves_out_people and is_not_stock(values.get("category", "")):
        reason = f"{values['category']}: people and transport are not kept on a shelf."
        return RowPlan(said.line, RowVerdict.LEFT_OUT, values, reasons=[reason])
    place_id = known.places.get(plain_text(values.get("location", "")))
    has_place = judge.has_place or place_id is not None
    if product is None:
        plan = plan_new(said, judge.rules, has_place=has_place)
    else:
        plan = plan_known(said, product, known, has_place=has_place)
    return replace(plan, location_id=place_id, new_barcode=new_barcode(values, known))


def clashes(said: Said, product: Known | None, judge: Judge, known: Knowledge) -> list[str]:
    """What stands in the file twice, names something else already, or is nowhere."""
    values = said.read.values
    return [
        *code_clashes(said, product, judge, known),
        *barcode_clashes(said, product, judge, known),
        *unknown_place(values.get("location", ""), known),
    ]


def code_clashes(said: Said, product: Known | None, judge: Judge, known: Knowledge) -> list[str]:
    """A code that stands in the file twice, or names something else."""
    key = code_key(said.read.values.get("sku", ""))
    if not key:
        return []
    if judge.stood_before(key, said.line):
        return [f"The same code stands in line {judge.first_lines[key]}."]
    if product is None and key in known.codes:
        return ["This code names something else already."]
    return []


def barcode_clashes(said: Said, product: Known | None, judge: Judge, known: Knowledge) -> list[str]:
    """A barcode that stands in the file twice, or names something else."""
    barcode = said.read.values.get("barcode", "")
    key = code_key(barcode)
    if not key or (key in known.codes and product is not None and known.codes[key] == product.id):
        return []
    if judge.stood_before(key, said.line):
        return [f"The same barcode stands in line {judge.first_lines[key]}."]
    return [f"The barcode {barcode} names something else already."] if key in known.codes else []


def unknown_place(location: str, known: Knowledge) -> list[str]:
    """A place that we do not have."""
    is_known = not location or plain_text(location) in known.places
    return [] if is_known else [f"There is no location with the code or name {location}."]


def new_barcode(values: Mapping[str, Any], known: Knowledge) -> str:
    """The barcode of a row, when it is not known yet."""
    barcode: str = values.get("barcode", "")
    return "" if code_key(barcode) in known.codes else barcode


def plan_new(said: Said, rules: ImportRules, *, has_place: bool) -> RowPlan:
    """A row whose product does not exist yet."""
    values = said.read.values
    opening = values.get("quantity", 0) if has_place else 0
    return RowPlan(
        said.line, RowVerdict.CREATE, values, rules.tracking(values), opening, reasons=said.read.notes
    )


def plan_known(said: Said, product: Known, known: Knowledge, *, has_place: bool) -> RowPlan:
    """A row whose product exists: what it would change. Stock that was moved is never touched again."""
    values = said.read.values
    changes = [
        Change(LABELS[name], product.values[name], values[name])
        for name in COMPARED
        if name in values and differs(name, values[name], product.values[name])
    ]
    can_open = has_place and product.id not in known.moved and not product.is_package
    opening = values.get("quantity", 0) if can_open else 0
    if opening:
        changes.append(Change(LABELS["quantity"], 0, opening))
    if barcode := new_barcode(values, known):
        changes.append(Change(LABELS["barcode"], "", barcode))
    verdict = RowVerdict.UPDATE if changes else RowVerdict.UNCHANGED
    return RowPlan(
        said.line, verdict, values, product.tracking, opening, product.id, changes, said.read.notes
    )


def differs(name: str, given: Any, known: Any) -> bool:
    """True when a row says something new; categories are the same whatever their letter case."""
    if name == "category":
        return bool(given.casefold() != known.casefold())
    return bool(given != known)


def look_over(
    plans: Iterable[RowPlan], verdict: str, page: int, per_page: int = 50
) -> tuple[dict[str, int], Page[RowPlan]]:
    """How many rows get which verdict, and one page of those with this one, or of all; no others are kept."""
    kept: list[RowPlan] = []
    total, page = 0, max(page, 1)

    def seen() -> Iterator[RowPlan]:
        nonlocal total
        for plan in plans:
            if verdict in ("", plan.verdict):
                if total < page * per_page:
                    kept[:] = [*(kept if total % per_page else ()), plan]
                total += 1
            yield plan

    counts = tally(seen())
    last = max(1, -(-total // per_page))
    return counts, Page(kept, min(page, last), per_page, total)


def run_content(run: ImportRun) -> bytes:
    """The bytes of the file that was uploaded."""
    query = select(StoredFile).where(StoredFile.id == run.file_id).options(undefer(StoredFile.content))
    return db.session.scalars(query).one().content


def recent_runs(limit: int = 20) -> Sequence[Any]:
    """The latest imports with the names of their files."""
    query = (
        select(ImportRun.id, StoredFile.name, ImportRun.created_at, ImportRun.confirmed_at, ImportRun.summary)
        .join(StoredFile, StoredFile.id == ImportRun.file_id)
        .order_by(ImportRun.id.desc())
        .limit(limit)
    )
    return db.session.execute(query).all()
