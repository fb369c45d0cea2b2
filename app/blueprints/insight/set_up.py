"""The guided start of an empty company: what is done, what is still to do, and where each is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from flask import Response, g, session, url_for

from app.blueprints.insight import blueprint
from app.edge import actor
from app.htmx import go_to, page
from app.models import Organization
from app.permissions import Permission, can, requires
from app.queries.set_up import SetUp, set_up
from app.services.set_up import leave_out, take_up

P = Permission
State = Literal["done", "begun", "to do", "left out"]


@dataclass(frozen=True)
class Deed:
    """Somewhere to go, and who may."""

    label: str
    endpoint: str
    icon: str
    permission: Permission


@dataclass(frozen=True)
class Step:
    """A step of the guide: what it is for, how far it is, and where it is done."""

    key: str
    title: str
    why: str
    measure: Callable[[SetUp, Organization], tuple[State, str]]
    deeds: tuple[Deed, ...]


def some(count: int, one: str, many: str) -> str:
    """So many of something, in words that may begin a sentence."""
    return f"{count:,} {one if count == 1 else many}" if count else f"No {many} yet"


def company_state(found: SetUp, organization: Organization) -> tuple[State, str]:
    """Address and tax number are printed on everything that others get, and answers go to the email."""
    said = (
        ("the address", organization.address), ("the VAT number", organization.vat_id),
        ("the email", organization.email),
    )  # fmt: skip
    missing = [name for name, value in said if not value]
    return ("begun", f"Still missing: {listed(missing)}.") if missing else ("done", organization.name)


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def places_state(found: SetUp, organization: Organization) -> tuple[State, str]:
    """A warehouse is there from the start; it needs somewhere to put things."""
    said = some(found.warehouses, "warehouse", "warehouses")
    if not found.shelves:
        return "to do", f"{said}, nothing in it yet."
    return "done", f"{said}, {some(found.shelves, 'zone or shelf', 'zones and shelves')} in it."


def products_state(found: SetUp, organization: Organization) -> tuple[State, str]:
    """One product is a beginning."""
    return ("done" if found.products else "to do"), f"{some(found.products, 'product', 'products')}."


def levels_state(found: SetUp, organization: Organization) -> tuple[State, str]:
    """What is used up wants a level at which it is ordered again."""
    if not found.consumables:
        return "to do", "No consumables yet: products that are used up and do not come back."
    said = (
        f"A reorder level for {found.levelled:,} of {some(found.consumables, 'consumable', 'consumables')}."
    )
    whole: State = "done" if found.levelled == found.consumables else "begun"
    return (whole if found.levelled else "to do"), said


def stock_state(found: SetUp, organization: Organization) -> tuple[State, str]:
    """What lies on the shelves on the first day."""
    if not found.stocked:
        return "to do", "Nothing is in stock yet."
    are = "is" if found.stocked == 1 else "are"
    return "done", f"{found.stocked:,} of {some(found.products, 'product', 'products')} {are} in stock."


def people_state(found: SetUp, organization: Organization) -> tuple[State, str]:
    """Nobody runs a house alone."""
    said = f"{some(found.people, 'person', 'people')} in {some(found.roles, 'role', 'roles')}."
    return ("done" if found.people > 1 else "to do"), said


GUIDE: tuple[Step, ...] = (
    Step(
        "company", "Your company", "Its address, currency and time zone stand on every quote, order and label.",
        company_state, (Deed("Organization", "accounts.settings", "building-2", P.ORGANIZATION_MANAGE),),
    ),
    Step(
        "places", "Where things are",
        "Zones and shelves of the warehouse, made in one go. Print their labels: a scan then says where.",
        places_state,
        (
            Deed("Lay out a warehouse", "inventory.layout", "layout-grid", P.LOCATIONS_MANAGE),
            Deed("Locations", "inventory.locations", "map-pin", P.STOCK_READ),
        ),
    ),
    Step(
        "products", "What you have", "By hand, or from any CSV, with their codes, prices and quantities.",
        products_state,
        (
            Deed("Import a file", "inventory.imports", "upload", P.IMPORTS_RUN),
            Deed("New product", "inventory.product_new", "plus", P.PRODUCTS_MANAGE),
        ),
    ),
    Step(
        "stock", "What is there", "The first receipts: so many of this on that shelf, at this cost.",
        stock_state,
        (
            Deed("Write down what is there", "inventory.opening_stock", "package-plus", P.STOCK_RECEIVE),
            Deed("Receive one thing", "inventory.receive", "barcode", P.STOCK_RECEIVE),
        ),
    ),
    Step(
        "levels", "When to order again",
        "A level below which you are told, and one up to which is ordered; proposed from use and lead time.",
        levels_state, (Deed("Reorder levels", "inventory.levels", "sliders-horizontal", P.PRODUCTS_MANAGE),),
    ),
    Step(
        "people", "Who works here", "Each gets a link by email, and a role that says what they may do.",
        people_state, (Deed("Invite somebody", "accounts.new_user", "user-plus", P.USERS_MANAGE),),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A step as the page shows it."""

    key: str
    title: str
    why: str
    state: State
    fact: str
    deeds: list[tuple[str, str, str]]


def shown(step: Step, found: SetUp, organization: Organization) -> Shown:
    """How far a step is, and what of it this person may do."""
    state, fact = step.measure(found, organization)
    if state != "done" and step.key in organization.setup_left_out:
        state = "left out"
    deeds = [(deed.label, url_for(deed.endpoint), deed.icon) for deed in step.deeds if can(deed.permission)]
    return Shown(step.key, step.title, step.why, state, fact, deeds)


def guide() -> list[Shown]:
    """The whole guide, as far as it has come."""
    found = set_up()
    return [shown(step, found, g.organization) for step in GUIDE]


@blueprint.get("/set-up")
@requires(Permission.PRODUCTS_MANAGE)
def set_up_guide() -> Response:
    """The steps; the first that is still to do is open. While any is, every page leads back here."""
    steps = guide()
    left = [step for step in steps if step.state in ("to do", "begun")]
    session["is_guided"] = bool(left)
    return page("insight/set_up.html", steps=steps, left=left, first=left[0].key if left else "")


@blueprint.post("/set-up/<step>/left-out")
@requires(Permission.PRODUCTS_MANAGE)
def leave_step_out(step: str) -> Response:
    """This house does not need it."""
    leave_out(g.organization, step, by=actor())
    return go_to(url_for("insight.set_up_guide"))


@blueprint.post("/set-up/<step>/taken-up")
@requires(Permission.PRODUCTS_MANAGE)
def take_step_up(step: str) -> Response:
    """It does after all."""
    take_up(g.organization, step, by=actor())
    return go_to(url_for("insight.set_up_guide"))
