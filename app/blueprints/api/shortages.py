"""What events lack, for programs: why, and the ways out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.costs import CostOut
from app.blueprints.api.fields import fields_called, named
from app.blueprints.api.pull_lists import PullLineAdded, line_of
from app.blueprints.planning.shortages import Hire, Part, StandInChoice, Taking
from app.edge import actor
from app.finding import find
from app.models import Event, EventCost, Product, PullLine, Reservation
from app.permissions import Permission
from app.queries.shortages import Explained, Ways, event_shortages, shortage_worklist
from app.services.ways_out import deliver_part, hire_outside, substitute, take_from_tentative


class ShortLineOut(Output):
    """A line that is short: how many are missing of how many that we own, and why."""

    event_id: int
    event_number: str
    occupied_from: datetime
    line_id: int
    product_id: int
    product: str
    missing: int
    total: int
    reasons: list[str]


class ElsewhereOut(Output):
    """What another warehouse could send."""

    warehouse_id: int
    name: str
    free: int


class StandInOut(Output):
    """A product that could stand in: named for it, or of the same category."""

    product_id: int
    name: str
    free: int
    is_named: bool


class HoldOut(Output):
    """A tentative claim from which pieces could be taken."""

    reservation_id: int
    event_id: int | None
    event_number: str
    quantity: int


class ShortageOut(ShortLineOut):
    """A line that is short, with its ways out in the order in which they are tried."""

    elsewhere: list[ElsewhereOut]
    substitutes: list[StandInOut]
    holds: list[HoldOut]


def short_facts(short: Explained) -> dict[str, Any]:
    """A short line as the contract lists it."""
    return {
        "event_id": short.event.id,
        "event_number": short.event.number,
        "occupied_from": short.event.occupied_from,
        "line_id": short.line.id,
        "product_id": short.product.id,
        "product": short.product.name,
        "missing": short.missing,
        "total": short.total,
        "reasons": [reason.text for reason in short.reasons],
    }


def way_facts(ways: Ways) -> dict[str, Any]:
    """The ways out as the contract lists them."""
    return {
        "elsewhere": ways.elsewhere,
        "substitutes": [
            {
                "product_id": one.product.id,
                "name": one.product.name,
                "free": one.availability.free,
                "is_named": one.is_named,
            }
            for one in ways.substitutes
        ],
        "holds": [
            {
                "reservation_id": hold.reservation.id,
                "event_id": hold.reservation.event_id,
                "event_number": hold.event.number if hold.event else "",
                "quantity": hold.quantity,
            }
            for hold in ways.holds
        ],
    }


@operation("GET", "/planning/shortages", permission=Permission.EVENTS_READ, answer=ShortLineOut, is_list=True)
def list_shortages() -> Iterable[dict[str, Any]]:
    """What is short across all events of the coming half year, the most urgent first."""
    return [short_facts(short) for short in shortage_worklist()]


@operation(
    "GET",
    "/planning/events/<int:event_id>/shortages",
    permission=Permission.EVENTS_READ,
    answer=ShortageOut,
    is_list=True,
)
def get_shortages(event_id: int) -> list[dict[str, Any]]:
    """What an event lacks, each with its reasons and its ways out."""
    found = event_shortages(find(Event, event_id))
    return [short_facts(solvable.short) | way_facts(solvable.ways) for solvable in found]


class PartIn(Part):
    """How many are left out, and why."""


@operation(
    "POST",
    "/planning/events/<int:event_id>/pull-list/<int:line_id>/part",
    permission=Permission.EVENTS_MANAGE,
    answer=PullLineAdded,
    body=PartIn,
    is_idempotent=True,
)
def plan_part(event_id: int, line_id: int, body: PartIn) -> PullLine:
    """Deliver a part: fewer are planned, and the demand that is turned down is remembered."""
    find(Event, event_id)
    return deliver_part(line_of(event_id, line_id), body.quantity, body.reason, by=actor())


class SubstitutionIn(StandInChoice):
    """What stands in, for how many."""


@operation(
    "POST",
    "/planning/events/<int:event_id>/pull-list/<int:line_id>/substitution",
    permission=Permission.EVENTS_MANAGE,
    answer=PullLineAdded,
    body=SubstitutionIn,
    is_list=True,
    is_idempotent=True,
)
def substitute_line(event_id: int, line_id: int, body: SubstitutionIn) -> list[PullLine]:
    """Plan another product in place of so many pieces; its lines are answered."""
    find(Event, event_id)
    line, product = line_of(event_id, line_id), named(Product, body.product_id, "product_id")
    with fields_called(product="product_id"):
        return substitute(line, product.id, body.quantity, by=actor())


class TakingIn(Taking):
    """From whose tentative claim, and how many."""


@operation(
    "POST",
    "/planning/events/<int:event_id>/pull-list/<int:line_id>/taking",
    permission=Permission.RESERVATIONS_OVERBOOK,
    answer=PullLineAdded,
    body=TakingIn,
    is_idempotent=True,
)
def take_for_line(event_id: int, line_id: int, body: TakingIn) -> PullLine:
    """Take pieces from a tentative claim; whose event it is hears of it."""
    find(Event, event_id)
    line, hold = line_of(event_id, line_id), named(Reservation, body.reservation_id, "reservation_id")
    take_from_tentative(line, hold, body.quantity, by=actor())
    return line


class HireIn(Hire):
    """Who lends how many, and for how much in all."""


@operation(
    "POST",
    "/planning/events/<int:event_id>/pull-list/<int:line_id>/hire",
    permission=Permission.EVENT_COSTS_MANAGE,
    answer=CostOut,
    body=HireIn,
    status=201,
    is_idempotent=True,
)
def hire_for_line(event_id: int, line_id: int, body: HireIn) -> EventCost:
    """Get pieces from an external supplier; their cost on the event is answered."""
    find(Event, event_id)
    return hire_outside(line_of(event_id, line_id), body.quantity, body.supplier, body.cost, by=actor())
