"""What the certificate of an inspection says, in the organization's own words."""

from typing import Any

from app.models import Asset, Inspection, InspectionType, Organization, Product
from app.queries.quote_content import Words, letterhead
from app.rules.inspections import AnswerKind, Finding

ANSWERS = {"yes": "Yes", "no": "No", "n/a": "Not applicable", "": "Not tested"}


def inspection_content(
    row: Inspection, kind: InspectionType, product: Product, asset: Asset | None, organization: Organization
) -> dict[str, Any]:
    """Everything on the printed certificate, or on the report of a failed one, written out."""
    words = Words(organization)
    return {
        "sender": letterhead(organization),
        "title": f"{kind.name}: {'certificate' if row.passed else 'test report'}",
        "number": row.number,
        "passed": row.passed,
        "thing": thing_of(row, product, asset),
        "facts": facts(row, words),
        "findings": [finding(one) for one in row.judged.findings],
        "notes": row.notes,
        "by": row.by_name,
    }


def thing_of(row: Inspection, product: Product, asset: Asset | None) -> list[list[str]]:
    """What was inspected."""
    maker = product.manufacturer or ""
    name = product.name if product.name.lower().startswith(maker.lower()) else f"{maker} {product.name}"
    pairs = [["Product", f"{row.quantity} × {name}" if asset is None else name], ["SKU", product.sku]]
    if asset is not None:
        pairs += [["Tag", asset.tag], ["Serial number", asset.serial]]
    return [pair for pair in pairs if pair[1]]


def facts(row: Inspection, words: Words) -> list[list[str]]:
    """What stands beside it."""
    pairs = [["Inspected", words.day(row.inspected_on)], ["By", row.by_name], ["Instrument", row.instrument]]
    if row.passed and row.next_due_on:
        pairs.append(["Next due", words.day(row.next_due_on)])
    return [pair for pair in pairs if pair[1]]


def finding(one: Finding) -> dict[str, Any]:
    """A line of the checklist with its answer."""
    is_number = one.question.kind is AnswerKind.READING and one.answer.casefold() not in ANSWERS
    answer = f"{one.answer} {one.question.unit}".strip() if is_number else ANSWERS.get(one.answer, one.answer)
    return {
        "text": one.question.text,
        "limits": one.question.limits,
        "answer": answer,
        "mark": one.mark.value,
    }


__all__ = ["inspection_content"]
