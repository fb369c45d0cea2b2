"""Deals: board, list, one deal, and what moves it on."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.crm import blueprint
from app.blueprints.crm.fields import instant, page_number, searched, today, whole
from app.blueprints.crm.words import feed_of
from app.edge import actor
from app.fields import Email, Id, Input, LongText, Money, Name, ShortText
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, part, say
from app.models import Deal, Lead, Stage
from app.permissions import Permission, can, requires
from app.queries import crm_clients as clients
from app.queries import crm_deals as queries
from app.queries.choices import warehouses
from app.queries.event_result import event_result
from app.rules.deals import weighted_value
from app.services import deals as services
from app.services.companies import ContactFacts
from app.templating import local_input

METHODS = [("phone", "Phone"), ("email", "Email"), ("meeting", "Meeting"), ("message", "Message")]


class DealSaid(Input):
    """What is said about a deal besides its place and its dates."""

    name: Name
    company: Name
    contact_name: ShortText = ""
    contact_email: Email = ""
    contact_phone: ShortText = ""
    venue: ShortText = ""
    owner_id: Id | None = None
    stage: Stage = Stage.QUALIFIED
    probability: int | None = Field(None, ge=0, le=100)
    value: Money = Decimal(0)
    next_action: ShortText = ""
    next_action_on: date | None = None

    def facts_at(self, warehouse_id: int, windows: dict[str, Any]) -> services.DealFacts:
        """The same as services take it, with the warehouse and the instants of its windows."""
        plain = set(DealSaid.model_fields) - {"contact_name", "contact_email", "contact_phone"}
        contact = ContactFacts(self.contact_name, self.contact_email, self.contact_phone)
        said = self.model_dump(include=plain)
        return services.DealFacts(contact=contact, warehouse_id=warehouse_id, **said, **windows)


class DealForm(DealSaid):
    """The same in a form, with clock times."""

    warehouse_id: Id
    occupied_from: datetime
    occupied_until: datetime
    charged_from: datetime | None = None
    charged_until: datetime | None = None
    version: int = 0

    def facts(self) -> services.DealFacts:
        """The same as services take it: clock times become instants."""
        windows = {name: instant(getattr(self, name)) for name in services.WINDOWS}
        return self.facts_at(self.warehouse_id, windows)


class Move(Input):
    """Where a card of the board goes; its place in the column follows from its dates."""

    column: Stage
    position: int = 0
    reason: ShortText = ""


class Reason(Input):
    """Why something does not go on."""

    reason: str = Field(min_length=1, max_length=500)


class ChaseForm(Input):
    """One try to reach the client."""

    method: str = Field("phone", max_length=40)
    response: LongText = ""
    next_action: ShortText = ""
    next_action_on: date | None = None


def filters() -> queries.DealFilters:
    """What the address narrows deals to."""
    return queries.DealFilters(
        find=searched(),
        owner=whole("owner"),
        stage=request.args.get("stage", ""),
        sort=request.args.get("sort", ""),
    )


def list_filters() -> queries.DealFilters:
    """The same for the list: what is still to be won by its next step, what is over by its date, newest first."""
    chosen = filters()
    stage = chosen.stage or queries.OPEN
    usual = "next" if stage == queries.OPEN else "-dates"
    return replace(chosen, stage=stage, sort=chosen.sort or usual)


@blueprint.get("/deals")
@requires(Permission.DEALS_READ)
def deals() -> Response:
    """The board, or the same as a list."""
    as_list = request.args.get("as") == "list"
    chosen = list_filters() if as_list else filters()
    shown: dict[str, Any] = {
        "filters": chosen,
        "owners": queries.owners(),
        "today": today(),
        "as_list": as_list,
    }
    if as_list:
        shown |= {
            "page": queries.deal_lines(chosen, page_number()),
            "stages": queries.CHOICES,
            "sort": chosen.sort,
        }
        return page("crm/deal_list.html", part="crm/_deal_list.html", **shown)
    return page("crm/deals.html", part="crm/_deal_board.html", board=queries.deal_board(chosen), **shown)


@blueprint.get("/deals/<int:deal_id>")
@requires(Permission.DEALS_READ)
def deal(deal_id: int) -> Response:
    """One deal: its quotes, what happened, what comes next."""
    row = queries.deal_page(deal_id)
    event = queries.event_of_deal(row.id)
    return page(
        "crm/deal.html",
        deal=row,
        event=event,
        result=event_result(event) if event and can(Permission.EVENT_COSTS_READ) else None,
        lead=queries.lead_of_deal(row.id),
        quotes=queries.quotes_of_deal(row.id),
        entries=feed_of(queries.activities_of_deal(row.id)),
        owner=queries.name_of_user(row.owner_id),
        weighted=weighted_value(row.value, row.stage, row.probability),
        labels=queries.LABELS,
        stages=queries.OPEN_STAGES,
        methods=METHODS,
        today=today(),
        form=current_form(),
    )


def nobody_knows() -> dict[str, Any]:
    """What stands in the form of a deal before anything is said."""
    first = next(iter(warehouses()), (None, ""))[0]
    return {"warehouse_id": first, "owner_id": actor().id, "stage": str(Stage.QUALIFIED), "value": ""}


@blueprint.get("/deals/new")
@requires(Permission.DEALS_MANAGE)
def deal_new() -> Response:
    """The empty form, for a company when one is named."""
    known = {
        name: value for name in ("company", "contact_name") if (value := request.args.get(name, "")[:200])
    }
    return deal_form(None, nobody_knows() | known)


@blueprint.post("/deals/new")
@requires(Permission.DEALS_MANAGE)
@shown_again_by(deal_new)
def add_deal() -> Response:
    """Open a deal."""
    row = services.add_deal(read_form(DealForm).facts(), by=actor())
    say(f"Deal {row.number} was opened.")
    return go_to(url_for("crm.deal", deal_id=row.id))


@blueprint.get("/deals/<int:deal_id>/edit")
@requires(Permission.DEALS_MANAGE)
def deal_edit(deal_id: int) -> Response:
    """The form with what is known."""
    row = queries.deal_page(deal_id)
    return deal_form(row, known_about(row))


@blueprint.post("/deals/<int:deal_id>/edit")
@requires(Permission.DEALS_MANAGE)
@shown_again_by(deal_edit)
def change_deal(deal_id: int) -> Response:
    """Change a deal."""
    row = find(Deal, deal_id)
    given = read_form(DealForm)
    services.change_deal(row, given.facts(), given.version, by=actor())
    say(f"{row.number} was saved.")
    return go_to(url_for("crm.deal", deal_id=deal_id))


@blueprint.post("/deals/<int:deal_id>/stage")
@requires(Permission.DEALS_MANAGE)
@shown_again_by(deal)
def move_deal(deal_id: int) -> Response:
    """Move a deal over the board; its new state is answered to whoever dragged it."""
    row = find(Deal, deal_id)
    given = read_form(Move)
    services.move_deal(row, given.column, by=actor(), reason=given.reason)
    if given.column is Stage.WON:
        say(f"{row.number} is won. Accept its quote to make the event.", "warn")
    if request.headers.get("HX-Target") != "deal-board":
        say(f"{row.number} is in {queries.LABELS[row.stage]} now.")
        return go_to(url_for("crm.deal", deal_id=deal_id))
    chosen = filters()
    return part("crm/_deal_board.html", board=queries.deal_board(chosen), filters=chosen, today=today())


@blueprint.post("/deals/<int:deal_id>/loss")
@requires(Permission.DEALS_MANAGE)
@shown_again_by(deal)
def lose_deal(deal_id: int) -> Response:
    """The deal is lost; or cancelled, when it was confirmed."""
    row = find(Deal, deal_id)
    services.move_deal(row, Stage.LOST, by=actor(), reason=read_form(Reason).reason)
    say(f"{row.number} is {row.stage}.")
    return go_to(url_for("crm.deal", deal_id=deal_id))


@blueprint.post("/deals/<int:deal_id>/chases")
@requires(Permission.DEALS_MANAGE)
@shown_again_by(deal)
def chase_deal(deal_id: int) -> Response:
    """Write down a chase."""
    row = find(Deal, deal_id)
    services.chase_deal(row, services.Chase(**read_form(ChaseForm).model_dump()), by=actor())
    say("Written down.")
    return go_to(url_for("crm.deal", deal_id=deal_id))


@blueprint.get("/companies/offers")
@requires(Permission.CLIENTS_READ)
def company_offers() -> Response:
    """Companies that fit what is being typed, as options of the box."""
    typed = request.args.get("company", "").strip()[:200]
    return page(
        "crm/_company_offers.html", part="crm/_company_offers.html", names=clients.offered_companies(typed)
    )


def deal_form(row: Deal | None, known: dict[str, Any], lead: Lead | None = None) -> Response:
    """The form, for a new deal or a known one."""
    return page(
        "crm/deal_form.html",
        deal=row,
        lead=lead,
        known=known,
        form=current_form(),
        names=clients.offered_companies(""),
        venues=clients.offered_venues(),
        warehouses=warehouses(),
        owners=queries.owners(),
        stages=queries.OPEN_STAGES,
    )


def known_about(row: Deal) -> dict[str, Any]:
    """A deal as its form shows it."""
    contact = row.contact
    named = {
        "company": row.company.name,
        "contact_name": contact.name if contact else "",
        "contact_email": contact.email if contact else "",
        "contact_phone": contact.phone if contact else "",
        "venue": row.venue.name if row.venue else "",
    }
    plain = (
        "name",
        "warehouse_id",
        "owner_id",
        "probability",
        "value",
        "next_action",
        "next_action_on",
        "version",
    )
    windows = {name: local_input(getattr(row, name)) for name in services.WINDOWS}
    return named | windows | {name: getattr(row, name) for name in plain} | {"stage": str(row.stage)}
