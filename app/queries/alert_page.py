"""One alert with all that helps to decide: how stock went, what happened to it, and who can deliver."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from app.extensions import db
from app.models import (
    COMING_ORDERS,
    Activity,
    Company,
    Contact,
    OrderLine,
    OrderState,
    ProductSupplier,
    PurchaseOrder,
    StockTransaction,
)
from app.queries.alerts import AlertFilters, AlertLine, listed, with_cover
from app.queries.feed import Entry
from app.queries.rows import AnyRow
from app.queries.sentences import saying_of, sentence
from app.refusals import NotFound

SHOWN_DAYS: Final = 90
SPOKEN: Final = ("plan", "reason", "until", "summary")
"""The facts of a deed that are told beside it."""


def alert_line(alert_id: int, now: datetime) -> AlertLine:
    """One alert as the list has it. Raises NotFound."""
    from_all = listed(AlertFilters(state="all"), now)
    lines = with_cover(db.session.execute(from_all.where(id_of(from_all) == alert_id)).all(), now)
    if not lines:
        raise NotFound("This alert does not exist.")
    return lines[0]


def id_of(query: Any) -> Any:
    """The first column of the list: the alert's id."""
    return query.selected_columns.id


def earlier_alerts(line: AlertLine, now: datetime) -> Sequence[AnyRow]:
    """The other alerts of the same product, the latest first."""
    query = listed(AlertFilters(state="all", product=line.row.product_id, sort="age"), now)
    return db.session.execute(query.where(id_of(query) != line.row.id).limit(10)).all()


class StockDay(NamedTuple):
    """How many there were at the end of a day."""

    day: date
    pieces: int


def stock_by_day(product_id: int, on_hand: int, now: datetime, zone: str) -> list[StockDay]:
    """What there was of a product at the end of each of the last days, today last: one statement.

    Counted back from what there is, by when things happened.
    """
    since = now - timedelta(days=SHOWN_DAYS)
    query = select(
        StockTransaction.happened_at,
        StockTransaction.quantity,
        StockTransaction.from_id,
        StockTransaction.to_id,
    ).where(
        StockTransaction.product_id == product_id,
        StockTransaction.happened_at >= since,
        or_(StockTransaction.from_id.is_(None), StockTransaction.to_id.is_(None)),
    )
    rises: dict[date, int] = {}
    for at, quantity, from_id, to_id in db.session.execute(query):
        day = at.astimezone(ZoneInfo(zone)).date()
        rises[day] = rises.get(day, 0) + quantity * ((from_id is None) - (to_id is None))
    return counted_back(on_hand, rises, now.astimezone(ZoneInfo(zone)).date())


def counted_back(on_hand: int, rises: dict[date, int], today: date) -> list[StockDay]:
    """Each day's end, from what there is today and by how much it rose on each day."""
    left, days = on_hand, []
    for back in range(SHOWN_DAYS):
        day = today - timedelta(days=back)
        days.append(StockDay(day, max(left, 0)))
        left -= rises.get(day, 0)
    return days[::-1]


def history_of(alert_id: int) -> list[Entry]:
    """What happened to an alert, the latest first, with the words that were said: one statement."""
    query = select(Activity).where(Activity.subject_type == "alert", Activity.subject_id == alert_id)
    found = db.session.scalars(query.order_by(Activity.id.desc()).limit(50))
    return [entry(activity) for activity in found]


def entry(activity: Activity) -> Entry:
    """One deed as the feed has it, with its own words."""
    said = next((str(activity.facts[name]) for name in SPOKEN if activity.facts.get(name)), "")
    saying = saying_of(activity.verb)
    text = sentence(activity.verb, activity.subject_label)
    full = f"{text}: {said}" if said else text
    return Entry(activity.id, activity.actor_name, full, activity.happened_at, "", saying.icon, saying.tone)


class Caller(NamedTuple):
    """Who sells a product, and how to reach them."""

    company_id: int
    company: str
    is_preferred: bool
    code: str
    phone: str
    email: str
    people: list[tuple[str, str, str]]


def who_to_call(product_id: int) -> list[Caller]:
    """The suppliers of a product with their people, the preferred one first: one statement."""
    query = (
        select(
            Company.id, Company.name, ProductSupplier.is_preferred, ProductSupplier.code, Company.phone,
            Company.email, Contact.name.label("person"), Contact.phone.label("dials"), Contact.email.label("writes"),
        )
        .join(Company, Company.id == ProductSupplier.company_id)
        .outerjoin(Contact, and_(Contact.company_id == Company.id, Contact.archived_at.is_(None)))
        .where(ProductSupplier.product_id == product_id)
        .order_by(ProductSupplier.is_preferred.desc(), Company.name, Contact.name)
    )  # fmt: skip
    callers: dict[int, Caller] = {}
    for row in db.session.execute(query):
        made = Caller(row.id, row.name, row.is_preferred, row.code, row.phone, row.email, [])
        caller = callers.setdefault(row.id, made)
        if row.person:
            caller.people.append((row.person, row.dials, row.writes))
    return list(callers.values())


def orders_of(product_id: int) -> Sequence[AnyRow]:
    """The purchase orders on which the product is still to come, or is to be sent: one statement."""
    query = (
        select(
            PurchaseOrder.id, PurchaseOrder.number, PurchaseOrder.state, PurchaseOrder.expected_on,
            Company.name.label("company"), (OrderLine.quantity - OrderLine.received_quantity).label("pieces"),
        )
        .join(OrderLine, OrderLine.order_id == PurchaseOrder.id)
        .outerjoin(Company, Company.id == PurchaseOrder.company_id)
        .where(
            OrderLine.product_id == product_id,
            OrderLine.quantity > OrderLine.received_quantity,
            PurchaseOrder.state.in_((OrderState.DRAFT, *COMING_ORDERS)),
        )
        .order_by(PurchaseOrder.expected_on, PurchaseOrder.id)
    )  # fmt: skip
    return db.session.execute(query).all()
