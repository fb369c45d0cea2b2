"""Deals as the board, the list and their page show them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, or_, select

from app.extensions import db
from app.finding import find
from app.models import Activity, Company, Deal, Event, Lead, Quote, User
from app.models.base import plain_text
from app.queries.paging import Page, paged
from app.queries.rows import AnyRow, AnySelect
from app.rules.deals import CLOSED, PROBABILITIES, Stage, weighted_value
from app.rules.money import ZERO

LABELS: Final = {
    Stage.ENQUIRY: "Enquiry",
    Stage.QUALIFIED: "Qualified",
    Stage.QUOTED: "Quoted",
    Stage.NEGOTIATION: "Negotiation",
    Stage.WON: "Won",
    Stage.LOST: "Lost",
    Stage.CANCELLED: "Cancelled",
}
ON_BOARD: Final = (Stage.ENQUIRY, Stage.QUALIFIED, Stage.QUOTED, Stage.NEGOTIATION, Stage.WON)
STAGES: Final = [(str(stage), label) for stage, label in LABELS.items()]
OPEN_STAGES: Final = [(str(stage), label) for stage, label in LABELS.items() if stage.is_open]
SORTS: Final[dict[str, Any]] = {
    "name": Deal.name, "company": Company.name, "dates": Deal.occupied_from, "value": Deal.value,
    "next": Deal.next_action_on, "number": Deal.number,
}  # fmt: skip
OPEN: Final = "open"
EVERY: Final = "all"
CHOICES: Final = [(OPEN, "Open"), *STAGES, (EVERY, "All")]
"""What a list of deals may be narrowed to: those that are still to be won, one stage, or none left out."""
MOST_IN_COLUMN: Final = 60
WON_SHOWN: Final = timedelta(days=30)
ACTIVITIES_SHOWN: Final = 40
QUIET_VERBS: Final = "quote_line."


@dataclass
class Column:
    """One stage of the board: its cards, and what all its deals are worth."""

    stage: Stage
    label: str
    count: int = 0
    value: Decimal = ZERO
    weighted: Decimal = ZERO
    cards: list[AnyRow] = field(default_factory=list)


@dataclass(frozen=True)
class Board:
    """The stages side by side, and the whole open pipeline."""

    columns: Sequence[Column]
    value: Decimal
    weighted: Decimal


@dataclass(frozen=True)
class DealFilters:
    """What deals are narrowed to."""

    find: str = ""
    owner: int | None = None
    stage: str = ""
    sort: str = ""


def card_query(filters: DealFilters) -> AnySelect:
    """Deals with what a card or a row shows."""
    query = (
        select(
            Deal.id, Deal.number, Deal.name, Deal.stage, Deal.value, Deal.probability, Deal.occupied_from,
            Deal.occupied_until, Deal.charged_from, Deal.charged_until, Deal.next_action, Deal.next_action_on,
            Company.name.label("company"), Company.is_stopped, User.name.label("owner"),
        )
        .join(Company, Company.id == Deal.company_id)
        .outerjoin(User, User.id == Deal.owner_id)
    )  # fmt: skip
    return narrowed(query, filters)


def narrowed(query: AnySelect, filters: DealFilters) -> AnySelect:
    """Only what the filters let through."""
    for word in plain_text(filters.find).split():
        query = query.where(
            or_(
                Deal.search_text.contains(word, autoescape=True),
                Company.search_text.contains(word, autoescape=True),
            )
        )
    if filters.owner:
        query = query.where(Deal.owner_id == filters.owner)
    if filters.stage == OPEN:
        query = query.where(Deal.stage.not_in(CLOSED))
    elif filters.stage in set(Stage):
        query = query.where(Deal.stage == Stage(filters.stage))
    return query


def deal_board(filters: DealFilters) -> Board:
    """The board: two statements, however many deals. Won deals stay until their event is a month past."""
    recent = datetime.now(UTC) - WON_SHOWN
    shown = (Deal.stage.in_(ON_BOARD)) & ((Deal.stage != Stage.WON) | (Deal.occupied_until > recent))
    columns = {stage: Column(stage, LABELS[stage]) for stage in ON_BOARD}
    sums = (
        select(Deal.stage, Deal.probability, func.count(Deal.id), func.sum(Deal.value))
        .join(Company, Company.id == Deal.company_id)
        .where(shown)
        .group_by(Deal.stage, Deal.probability)
    )
    for stage, probability, count, value in db.session.execute(narrowed(sums, filters)):
        add_up(columns[stage], probability, count, value or ZERO)
    query = card_query(filters).where(shown)
    order = (Deal.next_action_on.is_(None), Deal.next_action_on, Deal.occupied_from, Deal.id)
    for row in db.session.execute(query.order_by(*order).limit(MOST_IN_COLUMN * len(ON_BOARD))):
        if len(columns[row.stage].cards) < MOST_IN_COLUMN:
            columns[row.stage].cards.append(row)
    pipeline = [column for column in columns.values() if column.stage.is_open]
    return Board(
        list(columns.values()),
        sum((column.value for column in pipeline), ZERO),
        sum((column.weighted for column in pipeline), ZERO),
    )


def add_up(column: Column, probability: int | None, count: int, value: Decimal) -> None:
    """Add deals of one stage and probability to their column."""
    column.count += count
    column.value += value
    column.weighted += weighted_value(value, column.stage, probability)


def deal_lines(filters: DealFilters, page: int = 1) -> Page[AnyRow]:
    """One page of deals; those that lack what they are sorted by come last."""
    column = SORTS.get(filters.sort.removeprefix("-"), Deal.occupied_from)
    order = column.desc() if filters.sort.startswith("-") else column.asc()
    ordered = card_query(filters).order_by(column.is_(None), order, Deal.occupied_from, Deal.id)
    return paged(ordered, page, scalars=False)


def deal_page(deal_id: int) -> Deal:
    """A deal with its client and venue. Raises NotFound."""
    return find(Deal, deal_id, Deal.company, Deal.contact, Deal.venue)


def event_of_deal(deal_id: int) -> Event | None:
    """The event that a deal became."""
    return db.session.scalars(select(Event).where(Event.deal_id == deal_id)).one_or_none()


def lead_of_deal(deal_id: int) -> AnyRow | None:
    """The lead that a deal came from."""
    return db.session.execute(
        select(Lead.id, Lead.number, Lead.message).where(Lead.deal_id == deal_id)
    ).first()


def quotes_of_deal(deal_id: int) -> Sequence[AnyRow]:
    """The quotes of a deal with all their versions, the newest first."""
    query = select(
        Quote.id, Quote.number, Quote.version_number, Quote.state, Quote.net, Quote.gross, Quote.valid_until,
        Quote.sent_at, Quote.viewed_at, Quote.answered_at, Quote.answered_by, Quote.decline_reason, Quote.created_at,
    ).where(Quote.deal_id == deal_id)  # fmt: skip
    return db.session.execute(query.order_by(Quote.number.desc(), Quote.version_number.desc())).all()


def activities_of_deal(deal_id: int) -> Sequence[Activity]:
    """What happened to a deal, the latest first; single lines of quotes are left out."""
    query = (
        select(Activity)
        .where(Activity.deal_id == deal_id, ~Activity.verb.startswith(QUIET_VERBS))
        .order_by(Activity.id.desc())
    )
    return db.session.scalars(query.limit(ACTIVITIES_SHOWN)).all()


def owners() -> Sequence[tuple[int, str]]:
    """People as options of a select."""
    query = select(User.id, User.name).where(User.is_active).order_by(User.name)
    return [(row.id, row.name) for row in db.session.execute(query)]


def name_of_user(user_id: int | None) -> str:
    """What a person is called."""
    return db.session.scalar(select(User.name).where(User.id == user_id)) or "" if user_id else ""


def is_late(next_action_on: date | None, today: date) -> bool:
    """True when the next action should have happened already."""
    return next_action_on is not None and next_action_on < today


__all__ = [
    "CHOICES", "LABELS", "OPEN", "OPEN_STAGES", "PROBABILITIES", "STAGES", "Board", "DealFilters",
    "activities_of_deal", "deal_board",
    "deal_lines", "deal_page", "event_of_deal", "is_late", "lead_of_deal", "name_of_user", "owners", "quotes_of_deal",
]  # fmt: skip
