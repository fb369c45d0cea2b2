"""Labels as PDF: a code for scanners, the same to be read aloud, and what it is on."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

import zxingcpp

from app.gateways.pdf import pictured, typeset
from app.rules.label_sheets import NARROWEST, Label, LabelSheet, Symbol

FORMATS: Final = {
    Symbol.QR: zxingcpp.BarcodeFormat.QRCode,
    Symbol.DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    Symbol.CODE_128: zxingcpp.BarcodeFormat.Code128,
}
LONGEST_BARS: Final = 48
_WIDTH: Final = re.compile(r'<svg width="(\d+)"')
Step = Callable[[], None]


def print_labels(
    labels: Sequence[Label], sheet: LabelSheet, symbol: Symbol = Symbol.QR, used: int = 0
) -> bytes:
    """A PDF of these labels on a kind of sheet, of which the first `used` labels are gone already."""
    return typeset("labels", laid_on(labels, sheet, symbol, used))


def picture_of(label: Label, sheet: LabelSheet, symbol: Symbol = Symbol.QR) -> bytes:
    """One label as a picture, as it will be printed."""
    alone = LabelSheet(sheet.name, sheet.label, sheet.label, is_wrap=sheet.is_wrap)
    return pictured("labels", laid_on([label], alone, symbol))


def laid_on(
    labels: Sequence[Label],
    sheet: LabelSheet,
    symbol: Symbol = Symbol.QR,
    used: int = 0,
    step: Step = lambda: None,
) -> dict[str, Any]:
    """What the template of labels is told; lengths are millimetres. `step` is called after each that is drawn."""
    drawn = []
    for label in labels:
        drawn.append(asdict(label) | drawing(label.code, sheet, symbol))
        step()
    return {
        "page": sheet.page,
        "label": sheet.label,
        "columns": sheet.columns,
        "rows": sheet.rows,
        "margin": sheet.margin,
        "steps": sheet.steps(),
        "is_wrap": sheet.is_wrap,
        "used": used % sheet.labels,
        "labels": drawn,
    }


def drawing(code: str, sheet: LabelSheet, symbol: Symbol) -> dict[str, Any]:
    """The code as SVG, and whether it is one line of bars. Bars become a QR code where they would be too thin, and
    where bars cannot say it: they are for plain letters, and for about a hundred of them."""
    if symbol is not Symbol.CODE_128:
        return {"svg": drawn_as(code, symbol), "is_bars": False}
    if code.isascii() and len(code) <= LONGEST_BARS and fits(svg := drawn_as(code, symbol), sheet):
        return {"svg": svg, "is_bars": True}
    return drawing(code, sheet, Symbol.QR)


def fits(svg: str, sheet: LabelSheet) -> bool:
    """True where the bars are wide enough for a printer."""
    found = _WIDTH.search(svg)
    return found is not None and bars_width(sheet) / int(found.group(1)) >= NARROWEST


def bars_width(sheet: LabelSheet) -> float:
    """The millimetres that a line of bars has on a label."""
    return sheet.label[0] * (0.6 if sheet.is_wrap else 0.94)


def drawn_as(code: str, symbol: Symbol) -> str:
    """A code as SVG, with the quiet zone that scanners need; a QR code is read when a sixth of it is scratched.

    Letters beyond ASCII say in which alphabet they stand: else each scanner guesses.
    """
    more = {"ec_level": "M"} if symbol is Symbol.QR else {}
    if not code.isascii():
        more["eci"] = "UTF-8"
    svg: str = zxingcpp.create_barcode(code, FORMATS[symbol], **more).to_svg(add_quiet_zones=True)
    return svg[svg.index("<svg") :]
