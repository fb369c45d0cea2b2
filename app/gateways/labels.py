"""Labels as PDF: a QR code, the code to be read aloud, and what it is on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import segno

from app.gateways.pdf import typeset
from app.rules.label_sheets import LabelSheet


@dataclass(frozen=True)
class Label:
    """What one label says: the code that it carries, a title, and a line below."""

    code: str
    title: str
    note: str = ""


def print_labels(labels: Sequence[Label], sheet: LabelSheet, used: int = 0) -> bytes:
    """A PDF of these labels on a kind of sheet, of which the first `used` labels are gone already."""
    return typeset("labels", laid_on(labels, sheet, used))


def laid_on(labels: Sequence[Label], sheet: LabelSheet, used: int = 0) -> dict[str, Any]:
    """What the template of labels is told; lengths are millimetres."""
    return {
        "page": sheet.page,
        "label": sheet.label,
        "columns": sheet.columns,
        "rows": sheet.rows,
        "margin": sheet.margin,
        "steps": sheet.steps(),
        "used": used % sheet.labels,
        "labels": [asdict(label) | {"qr": qr_code(label.code)} for label in labels],
    }


def qr_code(text: str) -> str:
    """A QR code as SVG, with the quiet zone that scanners need, readable when a fifth of it is scratched."""
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(border=2)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
