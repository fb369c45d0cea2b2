"""The clock beside the client: an answer that came first stands."""

import threading
import time
from datetime import date

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Quote, QuoteState
from app.services.acceptance import decline_quote
from app.services.holds import expire_quotes
from tests.crm import offers
from tests.factories import me
from tests.people import House

pytestmark = pytest.mark.races

TIME_TO_ARRIVE = 0.7


def test_a_quote_that_is_being_answered_does_not_expire(house: House) -> None:
    with house.writing():
        quote = offers.sent(house, [(offers.products(house, 1)[0].id, 2)])
        quote.valid_until, quote_id = date(2020, 1, 1), quote.id
    answered = threading.Event()

    def decline() -> None:
        with house.writing():
            decline_quote(db.session.get_one(Quote, quote_id), "Nora", "too late", by=me())
            answered.set()
            time.sleep(TIME_TO_ARRIVE)

    client = threading.Thread(target=decline)
    client.start()
    assert answered.wait(10)
    with house.writing():
        expire_quotes()
    client.join()
    with house.reading():
        assert db.session.get_one(Quote, quote_id).state is QuoteState.DECLINED
        said = db.session.scalars(select(Activity.verb).where(Activity.verb.like("quote.%")))
        assert "quote.expired" not in said.all()
