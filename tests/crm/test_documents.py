"""Documents: ordered with the deed, set while nothing is locked, stored once, and only then mailed."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app import jobs
from app.extensions import db
from app.models import (
    Delivery,
    DeliveryState,
    Organization,
    OutboxRow,
    OutboxState,
    Quote,
    QuoteLine,
    StoredFile,
)
from app.outbox import Errand, enqueue
from app.scope import current_organization_id
from app.services.documents import TYPESET
from app.services.quote_lines import LineChange, change_line
from app.services.quote_sending import Dispatch, send_quote
from app.tasks import TASKS
from app.transactions import is_writing
from tests import factories
from tests.crm import offers
from tests.crm.test_invoices import final_draft, invoiced_event, issue
from tests.people import House
from tests.tasks import do_tasks

HTMX = {"HX-Request": "true"}


def sent_quote(house: House) -> int:
    """The id of a quote that was just sent."""
    with house.writing():
        product = offers.products(house, 1)[0]
        return offers.sent(house, [(product.id, 2)]).id


def quote_of(quote_id: int) -> Quote:
    """The quote as it is now."""
    return db.session.get_one(Quote, quote_id)


def watch(monkeypatch: pytest.MonkeyPatch, setter: Any) -> None:
    """Let another function set the documents."""
    errand = Errand(TYPESET.read, setter, TYPESET.note, TYPESET.give_up)
    monkeypatch.setattr(jobs, "TASKS", TASKS | {"documents.typeset": errand})


def test_a_document_is_set_while_no_transaction_is_open(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones = []

    def setter(sheet: Any) -> bytes:
        open_ones.append(db.session().in_transaction() or is_writing())
        return TYPESET.do(sheet)

    watch(monkeypatch, setter)
    quote_id = sent_quote(house)
    issue(house, final_draft(house, invoiced_event(house)))
    do_tasks(house)
    assert open_ones == [False, False]
    with house.reading():
        assert db.session.get_one(StoredFile, quote_of(quote_id).pdf_id).content.startswith(b"%PDF")


def test_the_letter_leaves_with_the_document_and_not_before(house: House) -> None:
    sent_quote(house)
    with house.reading():
        kinds = db.session.scalars(select(OutboxRow.kind).where(OutboxRow.state == OutboxState.READY)).all()
        assert "documents.typeset" in kinds and "mail.send" not in kinds
    do_tasks(house)
    with house.reading():
        letter = db.session.scalars(select(Delivery)).one()
        assert letter.state is DeliveryState.SENT
        assert db.session.get_one(StoredFile, letter.attachment_id).name.endswith("-v1.pdf")


def test_a_document_says_what_was_true_when_it_was_ordered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    watch(monkeypatch, lambda sheet: said.append(sheet.content["owner"]["name"]) or b"%PDF")
    sent_quote(house)
    with house.writing():
        db.session.get_one(Organization, current_organization_id()).name = "Renamed Ltd"
    do_tasks(house)
    assert said and said[0] != "Renamed Ltd"


def test_a_document_that_is_there_is_not_set_again(house: House) -> None:
    invoice_id = final_draft(house, invoiced_event(house))
    issue(house, invoice_id)
    with house.reading():
        order = db.session.scalars(
            select(OutboxRow.payload).where(OutboxRow.kind == "documents.typeset")
        ).one()
    do_tasks(house)
    with house.writing():
        enqueue("documents.typeset", **order)
    do_tasks(house)
    with house.reading():
        assert db.session.scalar(select(func.count(StoredFile.id))) == 1
        assert set(db.session.scalars(select(OutboxRow.state))) == {OutboxState.DONE}


def test_a_setter_that_dies_leaves_the_work_to_the_next_try(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def setter(_sheet: Any) -> bytes:
        tries.append(1)
        if len(tries) == 1:
            raise MemoryError
        return b"%PDF"

    watch(monkeypatch, setter)
    quote_id = sent_quote(house)
    do_tasks(house)
    with house.reading():
        assert len(tries) == 2 and quote_of(quote_id).pdf_id is not None
        assert db.session.scalars(select(Delivery.state)).all() == [DeliveryState.SENT]


def test_the_database_keeps_the_document_of_an_invoice(house: House) -> None:
    issue(house, final_draft(house, invoiced_event(house)))
    do_tasks(house)
    for value in ("NULL", "pdf_id + 1"):
        with pytest.raises(DBAPIError, match="frozen"), house.writing():
            db.session.execute(text(f"UPDATE invoice SET pdf_id = {value}"))


def test_the_screens_say_that_the_document_is_being_prepared(house: House) -> None:
    quote_id = sent_quote(house)
    with house.reading():
        link = f"/q/{quote_of(quote_id).link_token}"
    sally, client = house.browser("Sally"), house.app.test_client()
    pages = ((sally, f"/crm/quotes/{quote_id}"), (client, link))
    for browser, address in pages:
        assert "is being prepared" in browser.get(address).text
        assert browser.get(f"{address}/pdf").status_code == 503
        assert "hx-trigger" in browser.get(f"{address}/pdf", headers=HTMX).text
    do_tasks(house)
    for browser, address in pages:
        assert "is being prepared" not in browser.get(address).text
        assert browser.get(f"{address}/pdf").data.startswith(b"%PDF")
        part = browser.get(f"{address}/pdf", headers=HTMX).text
        assert f'href="{address}/pdf"' in part and "hx-trigger" not in part


def test_the_rows_of_a_printed_quote_add_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with house.writing():
        product = offers.products(house, 1)[0]
        product.day_rate = Decimal(100)
        quote = offers.draft(house, [(product.id, 2)])
        line = db.session.scalars(select(QuoteLine).where(QuoteLine.quote_id == quote.id)).one()
        change_line(quote, line.id, LineChange(factor=Decimal("1.5")), by=factories.me())
        offers.again()
        send_quote(quote, Dispatch(offers.CLIENT), by=factories.me())
    said = []
    watch(monkeypatch, lambda sheet: said.append(sheet.content) or TYPESET.do(sheet))
    do_tasks(house)
    ((section,),) = [content["sections"] for content in said]
    (row,) = section["lines"]
    assert (row["quantity"], row["price"], row["net"], row["days"]) == ("2", "€150.00", "€300.00", "")


@pytest.mark.parametrize(
    ("words", "hellos"), [("", 1), ("Hello Nora,\n\nhere it is.", 1), ("Here it is.", 0)]
)
def test_a_letter_with_words_of_its_own_greets_once(house: House, words: str, hellos: int) -> None:
    with house.writing():
        quote = offers.draft(house, [(offers.products(house, 1)[0].id, 1)])
        send_quote(quote, Dispatch(offers.CLIENT, words), by=factories.me())
        letter = db.session.scalars(select(Delivery)).one()
        assert (letter.body.count("Hello"), letter.html.count("Hello")) == (hellos, hellos)
