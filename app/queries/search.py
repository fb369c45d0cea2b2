"""One box for everything: grouped results as one types, and the way a code leads straight to its thing."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.extensions import db
from app.models import (
    Asset,
    Code,
    Company,
    Contact,
    Deal,
    Event,
    Invoice,
    Job,
    Lead,
    Location,
    LocationKind,
    Product,
    PurchaseOrder,
    Quote,
    Repair,
    plain_text,
)
from app.permissions import Permission

SHORTEST = 2
SHOWN = 5
SHOWN_ON_PAGE = 25
MOST_WORDS = 6
May = Callable[[str], bool]


@dataclass(frozen=True)
class Hit:
    """One thing that was found; `path` is the address of its page, with a gap for its id."""

    label: str
    detail: str
    path: str
    id: int
    is_code: bool = False

    @property
    def url(self) -> str:
        """Where its page is."""
        return self.path.format(self.id)

    @property
    def kind(self) -> str:
        """The sort of thing, as addresses name it: `events`, `products`."""
        return self.path.split("/")[-2]


@dataclass(frozen=True)
class Group:
    """Things of one sort that were found."""

    name: str
    icon: str
    hits: Sequence[Hit]
    has_more: bool


@dataclass(frozen=True)
class Sort:
    """One sort of thing: who may find it, how it is looked up, and where it stands."""

    name: str
    icon: str
    permission: Permission
    path: str
    query: Select[Any, Any, Any]
    text: Any
    order: Any


def sorts() -> list[Sort]:
    """Everything that can be found, in the order in which it is shown. Each query gives id, label, detail."""
    p = Permission
    return [
        Sort("Events", "calendar-days", p.EVENTS_READ, "/planning/events/{}",
             select(Event.id, Event.name, Event.number), Event.search_text, Event.occupied_from.desc()),
        Sort("Products", "package", p.PRODUCTS_READ, "/inventory/products/{}",
             select(Product.id, Product.name, Product.sku).where(Product.archived_at.is_(None)), Product.search_text,
             Product.name),
        Sort("Assets", "barcode", p.STOCK_READ, "/inventory/assets/{}",
             select(Asset.id, Asset.tag, Product.name).join(Product, Product.id == Asset.product_id)
             .where(Asset.retired_at.is_(None)), Asset.search_text, Asset.tag),
        Sort("Companies", "building-2", p.CLIENTS_READ, "/crm/companies/{}",
             select(Company.id, Company.name, Company.email).where(Company.archived_at.is_(None)),
             Company.search_text, Company.name),
        Sort("Contacts", "contact", p.CLIENTS_READ, "/crm/contacts/{}",
             select(Contact.id, Contact.name, Company.name).outerjoin(Company, Company.id == Contact.company_id)
             .where(Contact.archived_at.is_(None)), Contact.search_text, Contact.name),
        Sort("Deals", "briefcase", p.DEALS_READ, "/crm/deals/{}",
             select(Deal.id, Deal.name, Deal.number), Deal.search_text, Deal.id.desc()),
        Sort("Quotes", "file-text", p.QUOTES_READ, "/crm/quotes/{}",
             select(Quote.id, Deal.name, Quote.number).join(Deal, Deal.id == Quote.deal_id), Quote.number,
             Quote.id.desc()),
        Sort("Leads", "inbox", p.LEADS_READ, "/crm/leads/{}",
             select(Lead.id, Lead.name, Lead.number), Lead.search_text, Lead.id.desc()),
        Sort("Locations", "map-pin", p.STOCK_READ, "/inventory/locations/{}",
             select(Location.id, Location.name, Location.code).where(Location.archived_at.is_(None),
             Location.kind != LocationKind.EVENT_SITE), Location.search_text, Location.name),
        Sort("Invoices", "receipt-text", p.INVOICES_READ, "/crm/invoices/{}",
             select(Invoice.id, Invoice.number, Company.name).join(Company, Company.id == Invoice.company_id),
             Invoice.number, Invoice.id.desc()),
        Sort("Orders", "receipt-text", p.ORDERS_READ, "/inventory/orders/{}",
             select(PurchaseOrder.id, PurchaseOrder.number, Company.name)
             .outerjoin(Company, Company.id == PurchaseOrder.company_id), PurchaseOrder.search_text,
             PurchaseOrder.id.desc()),
        Sort("Jobs", "wrench", p.JOBS_READ, "/jobs/{}",
             select(Job.id, Job.title, Job.number), Job.search_text, Job.starts_at.desc()),
        Sort("Repairs", "wrench", p.REPAIRS_READ, "/warehouse/repairs/{}",
             select(Repair.id, Repair.number, Product.name).join(Product, Product.id == Repair.product_id),
             Repair.number, Repair.id.desc()),
    ]  # fmt: skip


def search(typed: str, may: May, limit: int = SHOWN) -> list[Group]:
    """What was found, by sort: a statement for each sort that this person may see."""
    words = plain_text(typed).split()[:MOST_WORDS]
    if sum(map(len, words)) < SHORTEST:
        return []
    found = [look_up(sort, words, limit) for sort in sorts() if may(sort.permission)]
    return [group for group in found if group.hits]


def look_up(sort: Sort, words: Collection[str], limit: int) -> Group:
    """Things of one sort whose text holds every word."""
    is_folded = sort.text.key == "search_text"
    holds = sort.text.contains if is_folded else sort.text.icontains
    query = sort.query.where(*(holds(word, autoescape=True) for word in words))
    rows = db.session.execute(query.order_by(sort.order).limit(limit + 1)).all()
    hits = [Hit(label or "", detail or "", sort.path, row_id) for row_id, label, detail in rows[:limit]]
    return Group(sort.name, sort.icon, hits, len(rows) > limit)


def thing_called(keys: Sequence[str], typed: str, may: May) -> Hit | None:
    """The one thing that a scanned code or a whole number names."""
    return thing_of_code(keys, may) or thing_of_number(typed, may)


def thing_of_code(keys: Sequence[str], may: May) -> Hit | None:
    """What a code names: an asset, a product or a place; the keys are in order of preference."""
    query = select(Code.code, Code.code_key, Code.asset_id, Code.product_id, Code.location_id)
    found = {row.code_key: row for row in db.session.execute(query.where(Code.code_key.in_(keys)))}
    for key in keys:
        if row := found.get(key):
            for row_id, permission, path in (
                (row.asset_id, Permission.STOCK_READ, "/inventory/assets/{}"),
                (row.product_id, Permission.PRODUCTS_READ, "/inventory/products/{}"),
                (row.location_id, Permission.STOCK_READ, "/inventory/locations/{}"),
            ):
                if row_id is not None and may(permission):
                    return Hit(row.code, "this code", path, row_id, is_code=True)
    return None


NUMBERED: tuple[tuple[Any, Permission, str], ...] = (
    (Event, Permission.EVENTS_READ, "/planning/events/{}"),
    (Deal, Permission.DEALS_READ, "/crm/deals/{}"),
    (Quote, Permission.QUOTES_READ, "/crm/quotes/{}"),
    (Invoice, Permission.INVOICES_READ, "/crm/invoices/{}"),
    (Lead, Permission.LEADS_READ, "/crm/leads/{}"),
    (Repair, Permission.REPAIRS_READ, "/warehouse/repairs/{}"),
    (PurchaseOrder, Permission.ORDERS_READ, "/inventory/orders/{}"),
    (Job, Permission.JOBS_READ, "/jobs/{}"),
)


def thing_of_number(typed: str, may: May) -> Hit | None:
    """What a whole human number names, such as EV-2026-0042; of a quote the latest version."""
    number = typed.strip().upper()
    if not any(letter.isdigit() for letter in number):
        return None
    for model, permission, path in NUMBERED:
        if may(permission):
            query = select(model.id).where(model.number == number).order_by(model.id.desc()).limit(1)
            if row_id := db.session.scalar(query):
                return Hit(number, "this number", path, row_id, is_code=True)
    return None


__all__ = ["SHOWN_ON_PAGE", "Group", "Hit", "search", "thing_called"]
