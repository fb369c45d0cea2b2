"""Quotes that tests need, made through the services."""

from collections.abc import Sequence

from app.extensions import db
from app.models import Deal, Product, Quote
from app.services.quote_lines import add_product_line
from app.services.quote_sending import Dispatch, send_quote
from app.services.quotes import draft_quote
from app.transactions import commit, start_writing
from tests import factories
from tests.factories import me
from tests.people import House

CLIENT = "nora@lindenau.example"


def again() -> None:
    """Begin another transaction: locks are taken once in each."""
    commit()
    start_writing()


def draft(house: House, wanted: Sequence[tuple[int, int]], deal: Deal | None = None) -> Quote:
    """A draft of a deal with these products."""
    quote = draft_quote(deal or factories.deal(house.warehouse_id), by=me())
    for product_id, quantity in wanted:
        again()
        add_product_line(quote, db.session.get_one(Product, product_id), quantity, by=me())
    again()
    return quote


def sent(house: House, wanted: Sequence[tuple[int, int]], deal: Deal | None = None) -> Quote:
    """A quote that is with the client."""
    quote = draft(house, wanted, deal)
    send_quote(quote, Dispatch(CLIENT), by=me())
    again()
    return quote


def products(house: House, count: int, stock: int = 10) -> list[Product]:
    """So many products with stock."""
    return [factories.product(stock=stock, at=house.warehouse_id) for _ in range(count)]
