"""From a show to an accepted quote: the deal, its quote line by line, the letter, and the client's answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.demo.clients import Client, address_of, phone_of
from app.demo.rates import cost_of, rate_of
from app.demo.season import Show
from app.demo.shows import Need
from app.demo.stage import Stage
from app.extensions import db
from app.models import Deal, Lead, LineKind, Product, Quote
from app.models import Stage as DealStage
from app.queries.availability import availability
from app.services.acceptance import Answer, accept_quote
from app.services.accounts import first_warehouse
from app.services.companies import ContactFacts
from app.services.deals import DealFacts, add_deal
from app.services.quote_lines import LineChange, add_plain_line, add_product_line, change_line
from app.services.quote_sending import Dispatch, send_quote
from app.services.quotes import QuoteFacts, change_quote, draft_quote

LEAVES, RETURNS = time(9), time(15)
PLAYS_FROM, PLAYS_UNTIL = time(8), time(23, 30)


@dataclass(frozen=True)
class Offer:
    """What is to be offered to whom: a deal and the lines of its quote, products by their code."""

    title: str
    client: Client
    venue: str
    occupied: tuple[datetime, datetime]
    charged: tuple[datetime, datetime]
    lines: Sequence[tuple[str, int]]
    crew: Sequence[tuple[str, int]] = ()
    truck: str = ""
    introduction: str = ""
    discount: Decimal = Decimal(0)
    stage: DealStage = DealStage.QUALIFIED


def offer_for(show: Show, stage: Stage) -> Offer:
    """The offer of a drawn show: its gear in a quantity that fits its size and is free in its days."""
    occupied = stage.at(show.out_on, LEAVES), stage.at(show.back_on, RETURNS)
    charged = stage.at(show.first_day, PLAYS_FROM), stage.at(show.last_day, PLAYS_UNTIL)
    lines = what_is_free([(need.sku, pieces(need, show.size)) for need in show.sort.needs], *occupied, stage)
    return Offer(
        f"{show.name}, {show.client.name}", show.client, show.venue, occupied, charged, lines,
        show.sort.crew, show.sort.truck, discount=Decimal(5 if show.size > 0.8 else 0),
    )  # fmt: skip


def pieces(need: Need, size: float) -> int:
    """How many a show of this size needs."""
    return need.least + round((need.most - need.least) * size)


def what_is_free(
    wanted: Iterable[tuple[str, int]], starts_at: datetime, ends_at: datetime, stage: Stage
) -> list[tuple[str, int]]:
    """The same lines with no more than is free, as a salesperson would write them; the empty ones left out."""
    asked = dict(wanted)
    with stage.deed():
        query = select(Product.id, Product.sku).where(Product.sku.in_(asked))
        skus = dict(db.session.execute(query).all())
        found = availability(list(skus), first_warehouse().id, starts_at, ends_at)
    free = {skus[product_id]: max(answer.free, 0) for product_id, answer in found.items()}
    return [(sku, min(pieces, free[sku])) for sku, pieces in asked.items() if min(pieces, free[sku])]


def open_deal(stage: Stage, offer: Offer, lead_id: int | None = None) -> int:
    """The deal of an offer, from an enquiry if it began with one."""
    seller, client = stage.cast["sales"], offer.client
    with stage.deed():
        facts = DealFacts(
            offer.title,
            client.name,
            first_warehouse().id,
            *offer.occupied,
            *offer.charged,
            contact=ContactFacts(client.contact, address_of(client), phone_of(client), client.role),
            venue=offer.venue,
            owner_id=seller.id,
            stage=offer.stage,
        )
        lead = db.session.get_one(Lead, lead_id) if lead_id else None
        return add_deal(facts, by=seller, lead=lead).id


def write_quote(stage: Stage, deal_id: int, offer: Offer) -> int:
    """The draft of an offer, with all its lines."""
    seller = stage.cast["sales"]
    with stage.deed():
        quote_id = draft_quote(db.session.get_one(Deal, deal_id), by=seller).id
    for sku, quantity in offer.lines:
        with stage.deed():
            product = db.session.scalars(select(Product).where(Product.sku == sku)).one()
            add_product_line(db.session.get_one(Quote, quote_id), product, quantity, by=seller)
    for code, heads in offer.crew:
        write_labour(stage, quote_id, LineKind.CREW, code, heads)
    if offer.truck:
        write_labour(stage, quote_id, LineKind.TRANSPORT, offer.truck, 1)
    return quote_id


def write_labour(stage: Stage, quote_id: int, kind: LineKind, code: str, heads: int) -> None:
    """A line of people or transport at its published rate."""
    seller = stage.cast["sales"]
    description, rate = rate_of(code)
    with stage.deed():
        line_id = add_plain_line(db.session.get_one(Quote, quote_id), kind, description, by=seller).line.id
    with stage.deed():
        change = LineChange(quantity=heads, unit_price=rate, unit_cost=cost_of(code))
        change_line(db.session.get_one(Quote, quote_id), line_id, change, by=seller)


def send(stage: Stage, quote_id: int, offer: Offer, valid_until: date | None = None) -> None:
    """Say what stands around the lines, and send it."""
    seller = stage.cast["sales"]
    with stage.deed():
        quote = db.session.get_one(Quote, quote_id)
        if offer.introduction or offer.discount:
            change_quote(quote, QuoteFacts(offer.discount, offer.introduction, quote.terms), by=seller)
    with stage.deed():
        quote = db.session.get_one(Quote, quote_id)
        send_quote(quote, Dispatch(address_of(offer.client), valid_until=valid_until), by=seller)


def client_of(stage: Stage, offer: Offer) -> Actor:
    """The client's person, who needs no login to answer."""
    return Actor(None, offer.client.contact, stage.organization_id)


def accept(stage: Stage, quote_id: int, offer: Offer) -> int:
    """The client accepts; the event's id."""
    client = client_of(stage, offer)
    with stage.deed():
        quote = db.session.get_one(Quote, quote_id)
        return accept_quote(quote, Answer(client.name, "192.0.2.10"), by=client).id


def sell(stage: Stage, offer: Offer) -> int:
    """The whole way from deal to accepted quote; the event's id."""
    quote_id = write_quote(stage, open_deal(stage, offer), offer)
    send(stage, quote_id, offer)
    return accept(stage, quote_id, offer)
