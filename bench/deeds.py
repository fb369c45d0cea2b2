"""Things for the measured deeds: drafts to write on, sent quotes to accept, pieces to scan out."""

from datetime import timedelta

from sqlalchemy import select

from app.actors import Actor, system_actor
from app.extensions import db
from app.models import Asset, Product, Quote, Reservation
from app.services.companies import ContactFacts
from app.services.deals import DealFacts, add_deal
from app.services.quote_lines import add_product_line
from app.services.quote_sending import Dispatch, send_quote
from app.services.quotes import draft_quote
from bench.data import START
from bench.stage import Stage

LATER = START + timedelta(days=700)


def actor(set_up: Stage) -> Actor:
    """Who prepares the measurement."""
    return system_actor(set_up.organization_id)


def draft_quotes(set_up: Stage, count: int) -> list[int]:
    """Drafts, each written in a transaction of its own."""
    return [made_quote(set_up, 1000 + number, []) for number in range(count)]


def sent_quotes(set_up: Stage, product_ids: list[int], count: int) -> list[int]:
    """Quotes of these products, sent to a client."""
    quotes = [made_quote(set_up, number, product_ids) for number in range(count)]
    for quote_id in quotes:
        with set_up.writing():
            send_quote(db.session.get_one(Quote, quote_id), Dispatch("lena@brandt.example"), by=actor(set_up))
    return quotes


def made_quote(set_up: Stage, number: int, product_ids: list[int]) -> int:
    """One draft with these products."""
    quote_id = deal_and_draft(set_up, number)
    for product_id in product_ids:
        with set_up.writing():
            quote = db.session.get_one(Quote, quote_id)
            add_product_line(quote, db.session.get_one(Product, product_id), 1, by=actor(set_up))
    return quote_id


def deal_and_draft(set_up: Stage, number: int) -> int:
    """The id of a new draft; deal and draft are deeds of their own, with locks of their own."""
    begins = LATER + timedelta(days=7 * (number % 300))
    facts = DealFacts(
        name=f"Show {number}",
        company=f"Company {number}",
        warehouse_id=set_up.warehouse_id,
        occupied_from=begins,
        occupied_until=begins + timedelta(days=3),
        contact=ContactFacts("Lena Brandt", "lena@brandt.example"),
    )
    with set_up.writing():
        deal = add_deal(facts, by=actor(set_up))
    with set_up.writing():
        return draft_quote(deal, by=actor(set_up)).id


def scannable(set_up: Stage, count: int) -> list[tuple[int, str]]:
    """(event, tag) of planned pieces, each tag once."""
    with set_up.reading():
        query = (
            select(Reservation.event_id, Reservation.product_id)
            .where(Reservation.event_id.is_not(None), Reservation.quantity > 0)
            .order_by(Reservation.id)
            .limit(count)
        )
        found: list[tuple[int, str]] = []
        used: dict[int, int] = {}
        for event_id, product_id in db.session.execute(query):
            tags = select(Asset.tag).where(Asset.product_id == product_id).order_by(Asset.id)
            tag = db.session.scalars(tags.offset(used.get(product_id, 0)).limit(1)).first()
            used[product_id] = used.get(product_id, 0) + 1
            if tag:
                found.append((event_id, tag))
    return found
