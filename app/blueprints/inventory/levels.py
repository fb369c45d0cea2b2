"""Reorder levels of many products on one page, typed or taken from what is proposed."""

from typing import Any, Literal

from flask import Response, request, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import page_number, whole
from app.edge import actor
from app.forms import current_form, read_rows, shown_again_by
from app.htmx import go_to, page, say
from app.permissions import Permission, requires
from app.queries.choices import categories
from app.queries.level_proposals import level_proposals
from app.queries.level_rows import WHICH, RowFilters, level_rows
from app.rules.cover import USE_DAYS
from app.services.levels import LevelsSaid, set_levels


class LevelsRow(LevelsSaid):
    """A row of the table; `shown` is there for every row, so that one that was emptied is read as well."""

    shown: Literal["1"] = "1"

    def said(self) -> LevelsSaid:
        """What it says of the product."""
        return LevelsSaid.model_construct(**self.model_dump(exclude={"shown"}))


@blueprint.get("/levels")
@requires(Permission.PRODUCTS_MANAGE)
def levels() -> Response:
    """The table, with what is proposed beside what is set."""
    filters = RowFilters(request.args.get("find", "")[:100], whole("category"), request.args.get("which", ""))
    rows = level_rows(filters, page_number())
    return page(
        "inventory/levels.html",
        form=current_form(),
        filters=filters,
        page=rows,
        proposals=level_proposals(rows.items),
        categories=categories(),
        which=WHICH,
        use_days=USE_DAYS,
    )


def newly_levelled(count: int) -> str:
    """What became of the table, in words."""
    if not count:
        return "Nothing was changed."
    return "1 product has new levels." if count == 1 else f"{count:,} products have new levels."


@blueprint.post("/levels")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(levels)
def save_levels() -> Response:
    """Set what was typed; rows that are as they were stay untouched."""
    said = {product_id: row.said() for product_id, row in read_rows(LevelsRow).items()}
    changed = set_levels(said, by=actor())
    say(newly_levelled(len(changed)))
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("find", "category", "which", "page") if name in request.args
    }
    return go_to(url_for("inventory.levels", **kept))
