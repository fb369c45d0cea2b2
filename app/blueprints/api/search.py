"""One question for everything, for programs."""

from typing import Annotated, Any

from pydantic import Field

from app.blueprints.api.contract import Output, operation
from app.blueprints.insight.search import LONGEST, code_keys
from app.fields import Input
from app.permissions import can
from app.queries.search import SHOWN_ON_PAGE, search, thing_called


class HitOut(Output):
    """One thing that was found; `kind` is its sort, `url` its page."""

    kind: str
    id: int
    label: str
    detail: str
    url: str


class GroupOut(Output):
    """Things of one sort that were found, and whether there are more of them."""

    name: str
    hits: list[HitOut]
    has_more: bool


class SearchOut(Output):
    """The one thing that a code or a whole number names, and everything that holds the words."""

    exact: HitOut | None
    groups: list[GroupOut]


class SearchQuery(Input):
    """What is looked for: words in any order, a scanned code, or a number such as EV-2027-0001."""

    q: Annotated[str, Field(max_length=LONGEST)]


@operation("GET", "/search", permission=None, answer=SearchOut, query=SearchQuery)
def find_everything(query: SearchQuery) -> dict[str, Any]:
    """Whatever is called so, of the sorts that this token may see."""
    exact = thing_called(code_keys(query.q), query.q, can) if query.q else None
    return {"exact": exact, "groups": search(query.q, can, SHOWN_ON_PAGE)}
