"""Who may do what: the permissions, the roles that bundle them, and the marks that every view carries."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar

from flask_login import current_user

from app.refusals import Forbidden

View = TypeVar("View", bound=Callable[..., Any])
MARK = "declared_permission"
PUBLIC = "public"
SIGNED_IN = "signed in"
ONLY_ASKS = "only_asks"


class Permission(StrEnum):
    """Everything that can be allowed, as `module:noun:deed`."""

    ORGANIZATION_MANAGE = "accounts:organization:manage"
    USERS_READ = "accounts:users:read"
    USERS_MANAGE = "accounts:users:manage"
    TOKENS_MANAGE = "accounts:tokens:manage"
    TASKS_MANAGE = "accounts:tasks:manage"

    PRODUCTS_READ = "inventory:products:read"
    PRODUCTS_MANAGE = "inventory:products:manage"
    LOCATIONS_MANAGE = "inventory:locations:manage"
    ASSETS_MANAGE = "inventory:assets:manage"
    COSTS_READ = "inventory:costs:read"
    STOCK_READ = "inventory:stock:read"
    STOCK_RECEIVE = "inventory:stock:receive"
    STOCK_ADJUST = "inventory:stock:adjust"
    STOCK_TRANSFER = "inventory:stock:transfer"
    STOCK_ISSUE = "inventory:stock:issue"
    IMPORTS_RUN = "inventory:imports:run"

    ALERTS_READ = "inventory:alerts:read"
    ALERTS_MANAGE = "inventory:alerts:manage"
    ORDERS_READ = "inventory:orders:read"
    ORDERS_REQUEST = "inventory:orders:request"
    ORDERS_MANAGE = "inventory:orders:manage"
    COUNTS_READ = "inventory:counts:read"
    COUNTS_WRITE = "inventory:counts:write"
    COUNTS_MANAGE = "inventory:counts:manage"

    JOBS_READ = "planning:jobs:read"
    JOBS_MANAGE = "planning:jobs:manage"
    JOB_PARTS_USE = "planning:job_parts:use"

    EVENTS_READ = "planning:events:read"
    EVENTS_MANAGE = "planning:events:manage"
    EVENTS_CLOSE = "planning:events:close"
    EVENT_COSTS_READ = "planning:costs:read"
    EVENT_COSTS_MANAGE = "planning:costs:manage"
    RESERVATIONS_OVERBOOK = "planning:reservations:overbook"

    SCANS_READ = "warehouse:scans:read"
    SCANS_WRITE = "warehouse:scans:write"
    SCANS_OVERRIDE = "warehouse:scans:override"
    LINES_ADD = "warehouse:lines:add"
    RETURNS_BACKDATE = "warehouse:returns:backdate"
    REPAIRS_READ = "warehouse:repairs:read"
    REPAIRS_MANAGE = "warehouse:repairs:manage"
    INSPECTIONS_READ = "warehouse:inspections:read"
    INSPECTIONS_WRITE = "warehouse:inspections:write"
    INSPECTIONS_MANAGE = "warehouse:inspections:manage"

    CLIENTS_READ = "crm:clients:read"
    CLIENTS_MANAGE = "crm:clients:manage"
    LEADS_READ = "crm:leads:read"
    LEADS_MANAGE = "crm:leads:manage"
    DEALS_READ = "crm:deals:read"
    DEALS_MANAGE = "crm:deals:manage"
    QUOTES_READ = "crm:quotes:read"
    QUOTES_MANAGE = "crm:quotes:manage"
    QUOTES_SEND = "crm:quotes:send"
    MARGINS_READ = "crm:margins:read"
    INVOICES_READ = "crm:invoices:read"
    INVOICES_MANAGE = "crm:invoices:manage"
    PAYMENTS_READ = "crm:payments:read"
    PAYMENTS_MANAGE = "crm:payments:manage"

    DASHBOARD_READ = "insight:dashboard:read"
    ACTIVITY_READ = "insight:activity:read"
    REPORTS_READ = "insight:reports:read"
    EXPORTS_RUN = "insight:exports:run"


P = Permission
READS_STOCK = {P.DASHBOARD_READ, P.ACTIVITY_READ, P.PRODUCTS_READ, P.STOCK_READ}
READS_PARTS = {P.ALERTS_READ, P.ORDERS_READ, P.COUNTS_READ, P.JOBS_READ, P.REPORTS_READ}
READS_EVENTS = {P.EVENTS_READ, P.SCANS_READ, P.REPAIRS_READ, P.INSPECTIONS_READ}
READS_CRM = {P.CLIENTS_READ, P.LEADS_READ, P.DEALS_READ, P.QUOTES_READ}
HANDS = {P.SCANS_WRITE, P.LINES_ADD, P.REPAIRS_MANAGE, P.INSPECTIONS_WRITE, P.STOCK_RECEIVE}
INVENTORY = {
    P.PRODUCTS_MANAGE, P.LOCATIONS_MANAGE, P.ASSETS_MANAGE, P.COSTS_READ, P.STOCK_RECEIVE, P.STOCK_ADJUST,
    P.STOCK_TRANSFER, P.STOCK_ISSUE, P.IMPORTS_RUN,
}  # fmt: skip
SUPPLY = {P.ALERTS_MANAGE, P.ORDERS_REQUEST, P.ORDERS_MANAGE, P.COUNTS_WRITE, P.COUNTS_MANAGE}
JOBS = {P.JOBS_READ, P.JOBS_MANAGE, P.JOB_PARTS_USE}
"""All jobs. Who may only use parts sees the jobs that are theirs."""

ROLES: dict[str, tuple[str, frozenset[Permission]]] = {
    "administrator": ("Administrator", frozenset(Permission)),
    "inventory_manager": (
        "Inventory manager",
        frozenset(READS_STOCK | READS_EVENTS | READS_PARTS | INVENTORY | SUPPLY | JOBS | HANDS)
        | {
            P.SCANS_OVERRIDE, P.INSPECTIONS_MANAGE, P.RESERVATIONS_OVERBOOK, P.RETURNS_BACKDATE, P.CLIENTS_READ,
            P.EXPORTS_RUN,
        },
    ),
    "warehouse_manager": (
        "Warehouse manager",
        frozenset(READS_STOCK | READS_EVENTS | READS_PARTS | SUPPLY | HANDS)
        | {
            P.SCANS_OVERRIDE, P.INSPECTIONS_MANAGE, P.RETURNS_BACKDATE, P.ASSETS_MANAGE, P.LOCATIONS_MANAGE,
            P.STOCK_ADJUST, P.STOCK_TRANSFER, P.STOCK_ISSUE, P.CLIENTS_READ,
        },
    ),
    "warehouse_staff": (
        "Warehouse staff",
        frozenset(READS_STOCK | READS_EVENTS | HANDS)
        | {P.ALERTS_READ, P.ORDERS_READ, P.COUNTS_READ, P.COUNTS_WRITE},
    ),
    "service_manager": (
        "Service manager",
        frozenset(READS_STOCK | READS_EVENTS | JOBS)
        | {
            P.STOCK_RECEIVE, P.STOCK_ADJUST, P.REPAIRS_MANAGE, P.INSPECTIONS_WRITE, P.INSPECTIONS_MANAGE,
            P.COSTS_READ, P.REPORTS_READ, P.ALERTS_READ, P.ORDERS_READ, P.ORDERS_REQUEST, P.CLIENTS_READ,
        },
    ),
    "technician": (
        "Technician",
        frozenset(
            {
                P.PRODUCTS_READ, P.REPAIRS_READ, P.REPAIRS_MANAGE, P.JOB_PARTS_USE, P.INSPECTIONS_READ,
                P.INSPECTIONS_WRITE,
            }
        ),
    ),
    "sales": (
        "Sales",
        frozenset(READS_STOCK | READS_CRM)
        | {
            P.EVENTS_READ, P.CLIENTS_MANAGE, P.LEADS_MANAGE, P.DEALS_MANAGE, P.QUOTES_MANAGE, P.QUOTES_SEND,
            P.MARGINS_READ, P.INVOICES_READ, P.INVOICES_MANAGE, P.PAYMENTS_READ,
        },
    ),
    "planner": (
        "Planner",
        frozenset(READS_STOCK | READS_EVENTS | READS_CRM)
        | {
            P.EVENTS_MANAGE, P.EVENTS_CLOSE, P.EVENT_COSTS_READ, P.EVENT_COSTS_MANAGE, P.SCANS_WRITE,
            P.LINES_ADD, P.RESERVATIONS_OVERBOOK, P.INVOICES_READ, P.JOBS_READ,
        },
    ),
    "crew": ("Crew", frozenset({P.PRODUCTS_READ})),
    "viewer": (
        "Viewer / analyst",
        frozenset(READS_STOCK | READS_EVENTS | READS_PARTS | READS_CRM)
        | {P.COSTS_READ, P.INVOICES_READ, P.PAYMENTS_READ, P.USERS_READ},
    ),
}  # fmt: skip


def roles_with(permission: Permission) -> list[str]:
    """Whom to ask for what needs a permission: the roles that have it, as people call them."""
    return [label for label, permissions in ROLES.values() if permission in permissions]


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view: only people with this permission reach it. Raises Forbidden for others."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not can(permission):
                raise Forbidden("You may not do this. Ask an administrator if you should.")
            return view(*args, **kwargs)

        setattr(guarded, MARK, str(permission))
        return guarded  # type: ignore[return-value]

    return mark


def signed_in(view: View) -> View:
    """Mark a view: whoever is signed in reaches it."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not who().is_authenticated:
            raise Forbidden("Please sign in first.")
        return view(*args, **kwargs)

    setattr(guarded, MARK, SIGNED_IN)
    return guarded  # type: ignore[return-value]


def public(view: View) -> View:
    """Mark a view: everybody reaches it, without signing in."""
    setattr(view, MARK, PUBLIC)
    return view


def can(permission: Permission | str) -> bool:
    """True when the person (or token) of this request may do it."""
    return str(permission) in getattr(who(), "permissions", frozenset())


def who() -> Any:
    """Whoever makes this request: an actor, or Flask-Login's nobody."""
    return current_user
