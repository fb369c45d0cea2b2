"""Invoices: drafted from an event, issued without gaps, frozen, credited, paid."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.models import CostKind, Event, Invoice, InvoiceLine, Payment, StoredFile
from app.refusals import Refused
from app.services.costs import CostFacts, add_cost
from app.services.event_phases import cancel_event
from app.services.invoices import (
    Entry,
    add_draft_line,
    credited_so_far,
    delete_draft,
    draft_credit,
    draft_deposit,
    draft_final,
    issue_invoice,
)
from app.services.payments import outstanding, record_payment
from tests.factories import me
from tests.people import House
from tests.planning.stories import accepted_quote, event_with
from tests.tasks import do_tasks

RACERS = 8


def invoiced_event(house: House, *, net: int = 1000, discount: int = 0) -> int:
    """An event with an accepted quote."""
    with house.writing():
        event = event_with(house, {})
        accepted_quote(event, net=net, discount=discount)
        return event.id


def event_of(event_id: int) -> Event:
    """The event."""
    return db.session.get_one(Event, event_id)


def final_draft(house: House, event_id: int) -> int:
    """The draft of the final invoice."""
    with house.writing():
        return draft_final(event_of(event_id), by=me()).id


def issue(house: House, invoice_id: int) -> str:
    """Issue a draft; its number."""
    with house.writing():
        return str(issue_invoice(db.session.get_one(Invoice, invoice_id), by=me()).number)


def test_a_final_invoice_is_the_quote_and_the_charges_less_the_deposit(house: House) -> None:
    event_id = invoiced_event(house, discount=10)
    with house.writing():
        deposit_id = draft_deposit(event_of(event_id), Decimal(50), by=me()).id
    deposit = issue(house, deposit_id)
    with house.writing():
        add_cost(event_of(event_id), CostFacts(CostKind.DAMAGE, "Broken lens", charge=Decimal(80)), by=me())
    invoice_id = final_draft(house, event_id)
    with house.reading():
        invoice = db.session.get_one(Invoice, invoice_id)
        lines = db.session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)).all()
        written = [(line.description, line.net) for line in lines]
        assert written == [
            ("Lighting", 1000), ("Discount", -100), ("Broken lens", 80), (f"Less {deposit}", -450),
        ]  # fmt: skip
        assert (invoice.net, invoice.tax, invoice.gross) == (530, Decimal("100.70"), Decimal("630.70"))
        assert invoice.number is None


def test_drafting_twice_is_one_draft_and_nothing_left_is_refused(house: House) -> None:
    event_id = invoiced_event(house)
    first, second = final_draft(house, event_id), final_draft(house, event_id)
    with house.reading():
        assert db.session.scalars(select(Invoice.id)).all() == [second] and first
    issue(house, second)
    with pytest.raises(Refused, match="invoiced already"):
        final_draft(house, event_id)


def deposit_draft(house: House, event_id: int, percent: int) -> int:
    """The draft of a deposit."""
    with house.writing():
        return draft_deposit(event_of(event_id), Decimal(percent), by=me()).id


def test_a_deposit_after_the_final_invoice_asks_for_nothing_twice(house: House) -> None:
    event_id = invoiced_event(house)
    late = deposit_draft(house, event_id, 30)
    issue(house, final_draft(house, event_id))
    with pytest.raises(Refused, match=r"Only 0\.00 net"):
        issue(house, late)
    with pytest.raises(Refused, match=r"Only 0\.00 net"):
        deposit_draft(house, event_id, 10)


def test_deposits_together_ask_for_no_more_than_was_agreed(house: House) -> None:
    event_id = invoiced_event(house)
    first, second = deposit_draft(house, event_id, 60), deposit_draft(house, event_id, 60)
    issue(house, first)
    with pytest.raises(Refused, match=r"Only 400.00 net"):
        issue(house, second)
    issue(house, deposit_draft(house, event_id, 40))


def test_a_cancelled_event_asks_for_no_deposit(house: House) -> None:
    event_id = invoiced_event(house)
    with house.writing():
        cancel_event(event_of(event_id), "rain", by=me())
    with pytest.raises(Refused, match="not invoiced yet"):
        deposit_draft(house, event_id, 50)


def test_an_issued_invoice_has_a_number_a_day_and_a_document_and_is_frozen(house: House) -> None:
    invoice_id = final_draft(house, invoiced_event(house))
    number = issue(house, invoice_id)
    assert issue(house, invoice_id) == number and number.startswith("INV-") and number.endswith("-0001")
    do_tasks(house)
    with house.reading():
        invoice = db.session.get_one(Invoice, invoice_id)
        assert invoice.due_on == invoice.issued_on + timedelta(days=14)
        file = db.session.get_one(StoredFile, invoice.pdf_id)
        assert file.content.startswith(b"%PDF")
    with pytest.raises(Refused, match="only a credit note"), house.writing():
        add_draft_line(
            db.session.get_one(Invoice, invoice_id), Entry("More", Decimal(1), Decimal(19)), by=me()
        )
    with pytest.raises(DBAPIError, match="frozen"), house.writing():
        db.session.execute(text("UPDATE invoice SET gross = 1"))


def test_a_thrown_away_draft_leaves_no_gap(house: House) -> None:
    ids = [final_draft(house, invoiced_event(house)) for _ in range(3)]
    assert issue(house, ids[0]).endswith("0001")
    with house.writing():
        delete_draft(db.session.get_one(Invoice, ids[1]), by=me())
    assert issue(house, ids[2]).endswith("0002")


def test_issuing_at_once_gives_every_number_once(house: House) -> None:
    ids = [final_draft(house, invoiced_event(house)) for _ in range(RACERS)]
    browsers = [house.browser("Sally") for _ in range(RACERS)]
    start, answers = threading.Barrier(RACERS), []

    def race(number: int) -> None:
        start.wait()
        for invoice_id in (ids[number], ids[(number + 1) % RACERS]):
            answers.append(browsers[number].post(f"/crm/invoices/{invoice_id}/issue").status_code)

    racers = [threading.Thread(target=race, args=(number,)) for number in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert set(answers) == {303}
    with house.reading():
        numbers = sorted(db.session.scalars(select(Invoice.number)))
        year = house.today().year
        assert numbers == [f"INV-{year}-{number:04d}" for number in range(1, RACERS + 1)]


def test_a_credit_note_takes_back_what_was_asked_and_no_more(house: House) -> None:
    event_id = invoiced_event(house)
    invoice_id = final_draft(house, event_id)
    issue(house, invoice_id)
    with house.writing():
        credit_id = draft_credit(db.session.get_one(Invoice, invoice_id), by=me()).id
    assert issue(house, credit_id).startswith("CN-")
    with house.reading():
        invoice = db.session.get_one(Invoice, invoice_id)
        assert credited_so_far(invoice) == invoice.gross and outstanding(invoice) == 0
    with pytest.raises(Refused, match="credited already"), house.writing():
        draft_credit(db.session.get_one(Invoice, invoice_id), by=me())
    assert final_draft(house, event_id)


def test_the_same_payment_twice_is_one_and_too_much_is_refused(house: House) -> None:
    invoice_id = final_draft(house, invoiced_event(house))
    issue(house, invoice_id)
    for _ in range(2):
        with house.writing():
            invoice = db.session.get_one(Invoice, invoice_id)
            record_payment(invoice, Decimal(190), date(2027, 6, 20), by=me(), request_id="request-1")
    with house.reading():
        assert len(db.session.scalars(select(Payment)).all()) == 1
        assert outstanding(db.session.get_one(Invoice, invoice_id)) == 1000
    with pytest.raises(Refused, match="Only 1000"), house.writing():
        invoice = db.session.get_one(Invoice, invoice_id)
        record_payment(invoice, Decimal(1001), date(2027, 6, 20), by=me(), request_id="request-2")


def test_the_screens_go_from_draft_to_paid(house: House) -> None:
    event_id = invoiced_event(house)
    sally, ada = house.browser("Sally"), house.browser("Ada")
    assert b"No invoices yet" in sally.get("/crm/invoices").data
    bad = sally.post(f"/crm/events/{event_id}/invoices", data={"kind": "deposit", "percent": "0"})
    assert bad.status_code == 422 and b"above 0" in bad.data
    drafted = sally.post(f"/crm/events/{event_id}/invoices", data={"kind": "final"})
    url = drafted.headers["Location"]
    assert b"Draft" in sally.get(url).data and sally.get(f"{url}/pdf").status_code == 404
    line = {"description": "Fuel", "net": "10,50", "tax_rate": "19"}
    assert sally.post(f"{url}/lines", data=line).status_code == 303
    assert sally.post(url, data={"address": ""}).status_code == 422
    assert sally.post(f"{url}/issue").status_code == 303
    do_tasks(house)
    assert sally.get(f"{url}/pdf").mimetype == "application/pdf"
    payment = {"amount": "5000", "paid_on": "2027-06-20", "request_id": "request-0001"}
    assert sally.post(f"{url}/payments", data=payment).status_code == 403
    refused = ada.post(f"{url}/payments", data=payment)
    assert refused.status_code == 422 and b"5000" in refused.data and b"outstanding" in refused.data
    assert ada.post(f"{url}/payments", data=payment | {"amount": "1202.50"}).status_code == 303
    assert b"Paid" in sally.get("/crm/invoices?state=paid").data
    assert b"No invoice fits" in sally.get("/crm/invoices?state=outstanding").data
    assert b"1202.50" in sally.get("/crm/invoices.csv").data


MAY: dict[str, tuple[bool, bool, bool]] = {
    "Ada": (True, True, True), "Sally": (True, True, False), "Alice": (True, False, False),
    "Vic": (True, False, False), "Ivy": (False, False, False), "Bob": (False, False, False),
}  # fmt: skip
"""Who reads invoices, who drafts and issues them, and who records payments, as the table of roles says."""


@pytest.mark.parametrize("name", MAY)
def test_invoices_and_payments_are_for_the_roles_of_the_table(house: House, name: str) -> None:
    event_id, invoice_id = invoiced_event(house), final_draft(house, invoiced_event(house))
    reads, issues, records = MAY[name]
    browser, url = house.browser(name), f"/crm/invoices/{invoice_id}"
    drafted = browser.post(f"/crm/events/{event_id}/invoices", data={"kind": "final"})
    assert (browser.get(url).status_code == 200) is reads
    assert (drafted.status_code == 303) is issues
    assert (browser.post(f"{url}/issue").status_code == 303) is issues
    issue(house, invoice_id)
    payment = {"amount": "10", "paid_on": "2027-06-20", "request_id": "request-0007"}
    assert (browser.post(f"{url}/payments", data=payment).status_code == 303) is records


def test_payments_are_shown_to_whom_the_table_names(house: House) -> None:
    invoice_id = final_draft(house, invoiced_event(house))
    issue(house, invoice_id)
    for name, is_shown in (("Sally", True), ("Vic", True), ("Alice", False)):
        page = house.browser(name).get(f"/crm/invoices/{invoice_id}").text
        assert ("Payments" in page) is is_shown, name
