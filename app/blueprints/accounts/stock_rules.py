"""How stock and parts are kept: what whoever manages the inventory decides for the whole house."""

from decimal import Decimal
from typing import Final

from flask import Response, g, url_for
from pydantic import Field

from app.blueprints.accounts import blueprint
from app.edge import actor
from app.extensions import db
from app.fields import Contingency, Input, Percentage
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Organization, TransactionKind
from app.permissions import Permission, requires
from app.services.settings import change_organization

KINDS: Final = tuple((kind.value, kind.capitalize()) for kind in TransactionKind)
HOURS: Final = tuple((hour, f"{hour:02}:00") for hour in range(24))


class StockRules(Input):
    """What holds for all stock and parts."""

    notes_required: list[TransactionKind] = Field(default_factory=list)
    job_buffer_percent: Contingency = Decimal(10)
    carrying_cost_percent: Percentage = Decimal(20)
    count_every_days: int = Field(91, ge=1, le=1096)
    digest_hour: int = Field(7, ge=0, le=23)


@blueprint.get("/settings/stock")
@requires(Permission.PRODUCTS_MANAGE)
def stock_rules() -> Response:
    """The rules on one page."""
    return page(
        "accounts/stock_rules.html", company=g.organization, form=current_form(), kinds=KINDS, hours=HOURS
    )


@blueprint.post("/settings/stock")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(stock_rules)
def change_stock_rules() -> Response:
    """Change the rules."""
    given = read_form(StockRules)
    values = given.model_dump() | {"notes_required": sorted({kind.value for kind in given.notes_required})}
    change_organization(db.session.get_one(Organization, actor().organization_id), values, by=actor())
    say("Saved.")
    return go_to(url_for("accounts.stock_rules"))
