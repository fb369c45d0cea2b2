"""Labels of assets, places and cases, command cards and blank labels: which are printed, on what, as which code."""

from typing import Annotated, Any, NamedTuple

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.assets import filters
from app.blueprints.inventory.downloads import pdf_answer
from app.blueprints.inventory.fields import new_request_id, whole
from app.edge import actor
from app.fields import Input, RequestId
from app.forms import current_form, read_form, shown_again_by
from app.gateways.labels import picture_of, print_labels
from app.htmx import go_to, page, part
from app.permissions import Permission, requires
from app.queries.labels import Labelled, count_of, labels_of
from app.refusals import NotFound, Refused
from app.rules.label_sheets import SHEETS, SYMBOLS, Label, LabelSheet, Symbol
from app.services.label_files import MOST_BLANK, begin_labels, draw_blank
from app.services.once import is_first

AT_ONCE = 500
"""Labels that are drawn while somebody waits; more are for the worker."""
SHOWN = 40
WHOSE = ("asset", "location", "product", "find", "condition", "status", "sort")
FIRST_SHEET, CARDS = "a4-24", "a4-6"
SHEET_NAMES = [(key, sheet.name) for key, sheet in SHEETS.items()]
SYMBOL_NAMES = [(symbol.value, words) for symbol, words in SYMBOLS.items()]


class Paper(NamedTuple):
    """What labels are printed on, as what, and how many are gone from the first sheet."""

    key: str
    symbol: Symbol
    used: int

    @property
    def sheet(self) -> LabelSheet:
        """The sheet or tape."""
        return SHEETS[self.key]


def paper(first: str = FIRST_SHEET) -> Paper:
    """What the form says; a word that names nothing says nothing."""
    given = request.form if request.method == "POST" else request.args
    key, symbol, used = (given.get(name, "") for name in ("sheet", "symbol", "used"))
    return Paper(
        key if key in SHEETS else first,
        Symbol(symbol) if symbol in set(Symbol) else Symbol.QR,
        int(used) if used.isdecimal() and len(used) <= 3 else 0,
    )


def wanted() -> Labelled:
    """Whose labels the address asks for. Raises NotFound."""
    named = request.args.get("of", "")
    if named == "asset" and (asset_id := whole("asset")):
        return Labelled(asset=asset_id)
    if named == "assets":
        return Labelled(assets=filters())
    if named == "location" and (location_id := whole("location")):
        return Labelled(location=location_id)
    if named == "commands":
        return Labelled()
    raise NotFound("These labels do not exist.")


@blueprint.get("/labels")
@requires(Permission.STOCK_READ)
def labels() -> Response:
    """Which labels are printed on what."""
    asked = wanted()
    total = count_of(asked)
    return page(
        "inventory/labels.html",
        form=current_form(),
        labels=labels_of(asked, SHOWN),
        total=total,
        of=request.args["of"],
        kept=kept("of", *WHOSE),
        is_long=total > AT_ONCE,
        request_id=new_request_id(),
        **choices(paper(CARDS if request.args["of"] == "commands" else FIRST_SHEET)),
    )


def kept(*names: str) -> dict[str, str]:
    """What of the address goes on into the next one."""
    return {name: request.args[name] for name in names if request.args.get(name)}


def choices(chosen: Paper) -> dict[str, Any]:
    """What the forms offer."""
    return {"sheets": SHEET_NAMES, "symbols": SYMBOL_NAMES, "paper": chosen}


@blueprint.get("/labels/preview")
@requires(Permission.STOCK_READ)
def labels_preview() -> Response:
    """The picture of the first label, as the choices stand."""
    return part("inventory/_label_preview.html", arguments=kept("of", *WHOSE, "sheet", "symbol"))


@blueprint.get("/labels.png")
@requires(Permission.STOCK_READ)
def labels_picture() -> Response:
    """The first label as it will be."""
    chosen = paper()
    shown = first_of(labels_of(wanted(), 1) if request.args.get("of") != "blank" else [BLANK])
    return Response(picture_of(shown, chosen.sheet, chosen.symbol), content_type="image/png")


BLANK = Label("LB-2026-0001", "", "Scan it to say what it is on")


def first_of(asked: list[Label]) -> Label:
    """The one that is shown. Raises NotFound where there is none."""
    if not asked:
        raise NotFound("There is nothing to print.")
    return asked[0]


@blueprint.get("/labels.pdf")
@requires(Permission.STOCK_READ)
def labels_pdf() -> Response:
    """The labels to be looked at and printed. Raises Refused for more than can be drawn while somebody waits."""
    asked, chosen = labels_of(wanted(), AT_ONCE + 1), paper()
    first_of(asked)
    if len(asked) > AT_ONCE:
        raise Refused(f"These are more than {AT_ONCE} labels: have them made in the background.")
    return pdf_answer("labels", print_labels(asked, chosen.sheet, chosen.symbol, chosen.used))


class RunForm(Input):
    """The form's own id, so that a double click is one work."""

    request_id: RequestId


@blueprint.post("/labels/runs")
@requires(Permission.STOCK_READ)
@shown_again_by(labels)
def run_labels() -> Response:
    """Have many labels drawn by the worker."""
    given, asked, chosen = read_form(RunForm), wanted(), paper()
    if not is_first(given.request_id, by=actor()):
        return go_to(url_for("insight.my_work"))
    title = f"{count_of(asked):,} labels"
    work = begin_labels(asked, chosen.key, chosen.symbol, chosen.used, title=title, by=actor())
    return go_to(url_for("insight.work", work_id=work.id))


class BlankForm(Input):
    """How many blank labels, on what."""

    count: Annotated[int, Field(ge=1, le=MOST_BLANK)]
    request_id: RequestId


@blueprint.get("/labels/blank")
@requires(Permission.ASSETS_MANAGE)
def blank_labels() -> Response:
    """New codes that name nothing yet: stuck on first, linked by the first scan."""
    return page(
        "inventory/blank_labels.html",
        form=current_form(),
        request_id=new_request_id(),
        most=MOST_BLANK,
        **choices(paper()),
    )


@blueprint.post("/labels/blank")
@requires(Permission.ASSETS_MANAGE)
@shown_again_by(blank_labels)
def draw_blank_labels() -> Response:
    """Draw the codes, and lead to the file."""
    given, chosen = read_form(BlankForm), paper()
    if not is_first(given.request_id, by=actor()):
        return go_to(url_for("insight.my_work"))
    work = draw_blank(given.count, chosen.key, chosen.symbol, by=actor())
    return go_to(url_for("insight.work", work_id=work.id))
