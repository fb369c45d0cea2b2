"""Labels as long work, and new codes for labels that name nothing yet."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from app.actors import Actor
from app.extensions import db
from app.gateways.labels import laid_on
from app.gateways.pdf import typeset
from app.models import LongWork, Organization
from app.queries.assets import AssetFilters
from app.queries.labels import Labelled, count_of, labels_of
from app.refusals import Refused
from app.rules.label_sheets import SHEETS, Symbol
from app.scope import current_organization_id
from app.services.activities import record
from app.services.long_work import Made, Progress, begin_work
from app.services.numbers import next_numbers, this_year

BLANK_SERIES = "LB"
MOST_BLANK = 2_000
MOST_LABELS = 5_000
"""In one file: each takes some 80 kB while it is drawn."""


def begin_labels(
    wanted: Labelled, sheet: str, symbol: Symbol, used: int, *, title: str, by: Actor
) -> LongWork:
    """Have labels drawn by the worker. Raises Refused for none, and for more than fit into one file."""
    count = count_of(wanted)
    if not 1 <= count <= MOST_LABELS:
        raise Refused(
            f"These are {count:,} labels. Between 1 and {MOST_LABELS:,} go into one file: narrow the list."
        )
    asked = {"wanted": asdict(wanted), "sheet": sheet, "symbol": symbol.value, "used": used}
    return begin_work("labels", title, asked, by=by)


def draw_blank(count: int, sheet: str, symbol: Symbol, *, by: Actor) -> LongWork:
    """Draw new codes that name nothing yet, and have their labels made. Raises Refused."""
    if not 1 <= count <= MOST_BLANK:
        raise Refused(f"Between 1 and {MOST_BLANK:,} at a time.", "count")
    codes = next_numbers(BLANK_SERIES, this_year(datetime.now(UTC)), count)
    title = f"Blank labels {codes[0]} to {codes[-1]}"
    whole = db.session.get_one(Organization, current_organization_id())
    record("labels.drawn", whole, by=by, label=title)
    return begin_labels(Labelled(codes=codes), sheet, symbol, 0, title=title, by=by)


def make_labels(asked: dict[str, Any], progress: Progress, _by: Actor) -> Made:
    """The labels as a file."""
    labels, sheet = labels_of(read_back(asked["wanted"])), SHEETS[asked["sheet"]]
    progress.begin(len(labels) + 1, "Drawing")
    content = laid_on(labels, sheet, Symbol(asked["symbol"]), asked["used"], step=progress.step)
    progress.step(1, "Writing the file")
    return Made(
        {"said": f"{len(labels):,} labels."}, "labels.pdf", "application/pdf", typeset("labels", content)
    )


def read_back(kept: dict[str, Any]) -> Labelled:
    """Whose labels were wanted, from what JSON carries."""
    filters = kept["assets"]
    return Labelled(**kept | {"assets": AssetFilters(**filters) if filters else None})
