"""The modules on the rail, as far as this person may see them."""

from dataclasses import dataclass, replace
from functools import lru_cache

from flask import current_app, request, url_for

from app.permissions import Permission, who


@dataclass(frozen=True)
class Place:
    """One entry of the rail, or of the line below the header."""

    label: str
    icon: str
    endpoint: str
    permission: Permission
    children: tuple["Place", ...] = ()


P = Permission
PLACES = (
    Place("Home", "house", "insight.dashboard", P.DASHBOARD_READ),
    Place(
        "Events", "calendar-days", "planning.events", P.EVENTS_READ,
        (
            Place("Events", "list", "planning.events", P.EVENTS_READ),
            Place("Calendar", "calendar", "planning.calendar", P.EVENTS_READ),
            Place("Shortages", "triangle-alert", "planning.shortages", P.EVENTS_READ),
        ),
    ),
    Place(
        "Warehouse", "warehouse", "warehouse.today", P.SCANS_READ,
        (
            Place("Today", "list-checks", "warehouse.today", P.SCANS_READ),
            Place("Put away", "map-pin", "warehouse.put_away", P.SCANS_WRITE),
            Place("Late", "alarm-clock", "warehouse.late_returns", P.SCANS_READ),
            Place("Cases", "box", "warehouse.cases", P.SCANS_READ),
            Place("Repairs", "wrench", "warehouse.repairs", P.REPAIRS_READ),
            Place("Quarantine", "lock", "warehouse.quarantines", P.REPAIRS_READ),
            Place("Inspections", "badge-check", "warehouse.inspections", P.INSPECTIONS_READ),
            Place("Notes", "file-text", "warehouse.handovers", P.SCANS_READ),
        ),
    ),
    Place(
        "Inventory", "boxes", "inventory.products", P.PRODUCTS_READ,
        (
            Place("Products", "package", "inventory.products", P.PRODUCTS_READ),
            Place("Assets", "barcode", "inventory.assets", P.STOCK_READ),
            Place("Locations", "map-pin", "inventory.locations", P.STOCK_READ),
            Place("Stock levels", "boxes", "inventory.stock_levels", P.STOCK_READ),
            Place("Transactions", "history", "inventory.transactions", P.STOCK_READ),
            Place("Receive", "package-plus", "inventory.receive", P.STOCK_RECEIVE),
            Place("Alerts", "triangle-alert", "inventory.alerts", P.ALERTS_READ),
            Place("Orders", "receipt-text", "inventory.orders", P.ORDERS_READ),
            Place("Counts", "list-checks", "inventory.counts", P.COUNTS_READ),
            Place("Import", "upload", "inventory.imports", P.IMPORTS_RUN),
        ),
    ),
    Place(
        "Jobs", "wrench", "jobs.jobs", P.JOBS_READ,
        (
            Place("My jobs", "hard-hat", "jobs.mine", P.JOB_PARTS_USE),
            Place("All jobs", "list", "jobs.jobs", P.JOBS_READ),
            Place("Board", "calendar-days", "jobs.board", P.JOBS_READ),
            Place("Job types", "list-checks", "jobs.types", P.JOBS_READ),
        ),
    ),
    Place(
        "CRM", "handshake", "crm.deals", P.DEALS_READ,
        (
            Place("Deals", "briefcase", "crm.deals", P.DEALS_READ),
            Place("Leads", "inbox", "crm.leads", P.LEADS_READ),
            Place("Quotes", "file-text", "crm.quotes", P.QUOTES_READ),
            Place("Companies", "building-2", "crm.companies", P.CLIENTS_READ),
            Place("Invoices", "receipt-text", "crm.invoices", P.INVOICES_READ),
        ),
    ),
    Place("Reports", "chart-column", "reports.reports", P.REPORTS_READ),
    Place("Activity", "activity", "insight.activity", P.ACTIVITY_READ),
    Place("Settings", "settings", "accounts.settings", P.USERS_READ,
        (
            Place("Organization", "building-2", "accounts.settings", P.USERS_READ),
            Place("People", "users", "accounts.users", P.USERS_READ),
            Place("Roles", "shield", "accounts.roles", P.USERS_READ),
            Place("API tokens", "key-round", "accounts.tokens", P.TOKENS_MANAGE),
            Place("Tasks", "list-checks", "accounts.tasks", P.TASKS_MANAGE),
            Place("Set-up guide", "flag", "insight.set_up_guide", P.PRODUCTS_MANAGE),
            Place("Stock and parts", "sliders-horizontal", "accounts.stock_rules", P.PRODUCTS_MANAGE),
        ),
    ),
)  # fmt: skip
OWN_WORK = "jobs.jobs"


@dataclass(frozen=True)
class Entry:
    """A place as the templates show it."""

    label: str
    icon: str
    url: str
    current: bool
    exact: bool
    children: tuple["Entry", ...] = ()

    def is_around(self, path: str) -> bool:
        """True when the page of this path lies below it, as one repair below all repairs."""
        return path.startswith(f"{self.url}/")


def navigation() -> tuple[Entry, ...]:
    """What this person sees on the rail."""
    permissions = frozenset(getattr(who(), "permissions", ()))
    rule = request.url_rule.rule if request.url_rule else ""
    return entries(begun_with_own(permissions), permissions, request.endpoint or "", rule)


@lru_cache(maxsize=256)
def begun_with_own(permissions: frozenset[str]) -> tuple[Place, ...]:
    """The places in their order. Who has no dashboard begins with the jobs that are theirs."""
    if str(P.DASHBOARD_READ) in permissions:
        return PLACES
    return tuple(sorted(PLACES, key=lambda place: place.endpoint != OWN_WORK))


@lru_cache(maxsize=1024)
def entries(
    places: tuple[Place, ...], permissions: frozenset[str], here: str, path: str
) -> tuple[Entry, ...]:
    """The places that somebody with these permissions may go to; remembered, because every page asks."""
    return tuple(entry(place, permissions, here, path) for place in places if is_open(place, permissions))


def with_nearest(children: tuple[Entry, ...], path: str) -> tuple[Entry, ...]:
    """Where none of them is the page itself, the nearest one above it counts as where we are; not one that its
    neighbours lie below, too."""
    if any(child.exact for child in children):
        return children
    around = [
        child
        for child in children
        if child.is_around(path) and not any(child.is_around(other.url) for other in children)
    ]
    nearest = max(around, key=lambda child: len(child.url), default=None)
    return tuple(replace(child, current=child is nearest) for child in children)


def is_open(place: Place, permissions: frozenset[str]) -> bool:
    """True when this person may go there, or to something in it."""
    return is_allowed(place, permissions) or any(is_open(child, permissions) for child in place.children)


def is_allowed(place: Place, permissions: frozenset[str]) -> bool:
    """True when this person may go to the place itself, and the module is part of this installation."""
    return str(place.permission) in permissions and place.endpoint in current_app.view_functions


def entry(place: Place, permissions: frozenset[str], here: str, path: str) -> Entry:
    """One place with its address, or that of the first thing in it, and whether the person is there."""
    module = place.endpoint.partition(".")[0]
    inside = here.partition(".")[0] == module and (bool(place.children) or here == place.endpoint)
    children = with_nearest(entries(place.children, permissions, here, path), path)
    url = url_for(place.endpoint) if is_allowed(place, permissions) else children[0].url
    return Entry(place.label, place.icon, url, inside, here == place.endpoint, children)
