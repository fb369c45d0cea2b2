"""Deals, for programs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import known_warehouse
from app.blueprints.crm.deals import ChaseForm, DealSaid, Reason
from app.edge import actor
from app.fields import Id, Input, Instant, ShortText
from app.finding import find
from app.models import Deal, Lead
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.rules.deals import Stage
from app.services.deals import WINDOWS, Chase, DealFacts, add_deal, change_deal, chase_deal, move_deal

NAMED = (Deal.company, Deal.contact, Deal.venue)


def name_of(row: Any) -> str:
    """What a company, a person or a venue is called; nothing where there is none."""
    return row if isinstance(row, str) else getattr(row, "name", "")


Called = BeforeValidator(name_of)


class DealOut(Output):
    """An opportunity in the `version` that a change must name."""

    id: int
    number: str
    name: str
    company_id: int
    company: Annotated[str, Called]
    contact_id: int | None
    contact_name: Annotated[str, Called, Field(validation_alias="contact")]
    venue_id: int | None
    venue: Annotated[str, Called]
    warehouse_id: int
    owner_id: int | None
    stage: Stage
    probability: int | None
    value: Decimal
    occupied_from: datetime
    occupied_until: datetime
    charged_from: datetime
    charged_until: datetime
    next_action: str
    next_action_on: date | None
    lost_reason: str
    version: int


class DealQuery(Paging):
    """Which deals."""

    stage: Stage | None = None
    company_id: Id | None = None
    owner_id: Id | None = None


@operation(
    "GET", "/crm/deals", permission=Permission.DEALS_READ, answer=DealOut, query=DealQuery, is_list=True
)
def list_deals(query: DealQuery) -> Page[Deal]:
    """Deals, newest first."""
    wanted = select(Deal).order_by(Deal.id.desc()).options(*map(joinedload, NAMED))
    for name in ("stage", "company_id", "owner_id"):
        if (value := getattr(query, name)) is not None:
            wanted = wanted.where(getattr(Deal, name) == value)
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/crm/deals/<int:deal_id>", permission=Permission.DEALS_READ, answer=DealOut)
def get_deal(deal_id: int) -> Deal:
    """One deal."""
    return find(Deal, deal_id, *NAMED)


class DealIn(DealSaid):
    """A deal with its client, contact and venue by their names: unknown ones are added.

    The charge window lies inside the occupancy and is the same when left out; so is the first warehouse.
    """

    warehouse_id: Id | None = None
    occupied_from: Instant
    occupied_until: Instant
    charged_from: Instant | None = None
    charged_until: Instant | None = None

    def facts(self) -> DealFacts:
        """The same as services take it."""
        windows = {name: getattr(self, name) for name in WINDOWS}
        return self.facts_at(known_warehouse(self.warehouse_id), windows)


@operation(
    "POST",
    "/crm/deals",
    permission=Permission.DEALS_MANAGE,
    answer=DealOut,
    body=DealIn,
    status=201,
    is_idempotent=True,
)
def create_deal(body: DealIn) -> Deal:
    """Open a deal with a company, which is added when it is new."""
    return get_deal(add_deal(body.facts(), by=actor()).id)


class DealChangeIn(DealIn):
    """A deal as it shall be, in the `version` that was read; its stage moves by itself."""

    version: Id


@operation(
    "PUT",
    "/crm/deals/<int:deal_id>",
    permission=Permission.DEALS_MANAGE,
    answer=DealOut,
    body=DealChangeIn,
)
def replace_deal(deal_id: int, body: DealChangeIn) -> Deal:
    """Say anew what a deal is; refused when somebody else changed it meanwhile."""
    change_deal(find(Deal, deal_id), body.facts(), body.version, by=actor())
    return get_deal(deal_id)


@operation(
    "POST",
    "/crm/leads/<int:lead_id>/deal",
    permission=Permission.DEALS_MANAGE,
    answer=DealOut,
    body=DealIn,
    status=201,
    is_idempotent=True,
)
def qualify_lead(lead_id: int, body: DealIn) -> Deal:
    """Make a deal of an enquiry; a second time answers the same deal."""
    return get_deal(add_deal(body.facts(), by=actor(), lead=find(Lead, lead_id)).id)


class StageIn(Input):
    """Where a deal goes on the board; one that falls through needs a reason."""

    stage: Stage
    reason: ShortText = ""


@operation(
    "POST",
    "/crm/deals/<int:deal_id>/stage",
    permission=Permission.DEALS_MANAGE,
    answer=DealOut,
    body=StageIn,
    is_idempotent=True,
)
def change_stage(deal_id: int, body: StageIn) -> Deal:
    """Move a deal over the board."""
    move_deal(find(Deal, deal_id), body.stage, by=actor(), reason=body.reason)
    return get_deal(deal_id)


class LossIn(Reason):
    """Why a deal was lost."""


@operation(
    "POST",
    "/crm/deals/<int:deal_id>/loss",
    permission=Permission.DEALS_MANAGE,
    answer=DealOut,
    body=LossIn,
    is_idempotent=True,
)
def lose_deal(deal_id: int, body: LossIn) -> Deal:
    """Write a deal off, with the reason."""
    move_deal(find(Deal, deal_id), Stage.LOST, by=actor(), reason=body.reason)
    return get_deal(deal_id)


class ChaseIn(ChaseForm):
    """One try to reach the client: how, what they said, and what comes next."""


@operation(
    "POST",
    "/crm/deals/<int:deal_id>/chases",
    permission=Permission.DEALS_MANAGE,
    answer=DealOut,
    body=ChaseIn,
    status=201,
    is_idempotent=True,
)
def create_chase(deal_id: int, body: ChaseIn) -> Deal:
    """Write a try to reach the client down."""
    chase_deal(find(Deal, deal_id), Chase(**body.model_dump()), by=actor())
    return get_deal(deal_id)
