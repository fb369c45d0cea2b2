"""Years that a setting does not want kept leave the ledger for good, and what is left still proves the stock."""

import csv
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.config import Settings
from app.extensions import db
from app.models import StockLevel, StockTransaction
from app.queries.opening import ledger_begins
from app.queries.partitions import months_set_aside, partitions
from app.queries.worth import Wanted, ledger_worth, worth_at
from app.rules.months import is_month, month_in
from app.services import dropped_years
from app.services.dropped_years import NotProved
from app.services.ledger_keeping import Kept, keep_ledger
from app.services.openings import open_years
from app.services.partitions import make_ahead
from app.services.verify import broken_invariants
from tests.operations.closing import YEARS, in_each_file, new_request, told, work_through_years
from tests.people import House
from tests.reports import ledger

YEARLY = 4 * 8
ALL, GONE = 1 + 5 * YEARLY, 1 + 2 * YEARLY
BEGIN = datetime(YEARS[2], 1, 1, tzinfo=UTC)


@dataclass
class Old:
    """A house with five years behind it, whose settings keep two of them, and this one."""

    house: House
    settings: Settings
    known: dict[str, int]

    def keep(self, years: int = 2) -> Kept:
        """What the clock does."""
        with self.house.app.app_context():
            return keep_ledger(replace(self.settings, ledger_years_kept=years))


@pytest.fixture
def old(house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Old:
    """Five years, opened at each of their turns."""
    known = work_through_years(house, monkeypatch)
    with house.writing():
        open_years()
    return Old(house, settings, known)


def counted(old: Old) -> int:
    """How many lines the ledger has."""
    with old.house.reading():
        return db.session.scalar(text("SELECT COUNT(*) FROM stock_transaction")) or 0


def standing(old: Old) -> list[object]:
    """What is known of the stock now, and of its worth since the ledger begins."""
    moments = [BEGIN, *(ledger.at(f"{year}-{month:02d}-20") for year in YEARS[2:] for month in (1, 5, 12))]
    with old.house.reading():
        levels = db.session.query(StockLevel.product_id, StockLevel.location_id, StockLevel.quantity)
        return [
            sorted(map(tuple, levels)),
            [worth_at("product", Wanted(), moment) for moment in moments],
            [ledger_worth(old.known["tape"], moment) for moment in moments],
        ]


def test_nothing_is_dropped_unless_somebody_wants_it(old: Old) -> None:
    assert old.keep(years=0).dropped == 0
    assert (counted(old), broken_invariants()) == (ALL, [])


def test_years_leave_and_what_is_left_proves_the_stock(old: Old) -> None:
    before = standing(old)
    assert old.keep().dropped == GONE
    assert counted(old) == ALL - GONE
    assert standing(old) == before
    assert broken_invariants() == []
    assert old.keep() == Kept(0, 0)
    assert (counted(old), broken_invariants()) == (ALL - GONE, [])


def test_they_are_really_gone(old: Old) -> None:
    old.keep()
    old.keep()
    if db.is_sqlite:
        db.engine.dispose()
        assert in_each_file(old.settings.database_file) == (ALL - GONE, 0)
        return
    with old.house.reading():
        connection = db.session.connection()
        assert not months_set_aside(connection)
        assert min(month_in(name) for name in partitions(connection) if is_month(name)) >= BEGIN


def test_each_year_is_kept_as_a_file_with_its_fingerprint(old: Old) -> None:
    old.keep()
    folder, lines = old.settings.data_dir / "ledger", 0
    for year in YEARS[:2]:
        content = (folder / f"{year}.csv").read_bytes()
        assert (folder / f"{year}.csv.sha256").read_text().split()[0] == hashlib.sha256(content).hexdigest()
        rows = list(csv.DictReader(content.decode().splitlines()))
        assert {row["recorded_at"][:4] for row in rows} == {str(year)}
        lines += len(rows)
    assert lines == GONE
    assert len(list(folder.iterdir())) == 4


def test_without_what_is_brought_forward_verify_would_say_so(old: Old) -> None:
    """The control: the sums of the lines that are gone are what proves the rest."""
    old.keep()
    with old.house.writing():
        db.session.execute(text("DELETE FROM brought_forward"))
    assert {"I1", "I1c", "I1d", "I1f", "I3"} <= {found.invariant.id for found in broken_invariants()}


STEPS = ("write_year", "set_aside", "prove", "finish_dropping")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_whoever_is_stopped_at_any_step_goes_on_the_next_time(
    old: Old, step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, deed = standing(old), getattr(dropped_years, step)

    def stopped(*given: object) -> None:
        if when == "after":
            deed(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(dropped_years, step, stopped)
        patch.setattr("app.services.ledger_keeping.finish_dropping", dropped_years.finish_dropping)
        old.keep()
    assert (standing(old), broken_invariants()) == (before, [])
    old.keep()
    assert (counted(old), standing(old), broken_invariants()) == (ALL - GONE, before, [])


def test_what_does_not_prove_the_stock_brings_everything_back(
    old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = standing(old)
    with monkeypatch.context() as patch:
        wrong = dropped_years.BRING_FORWARD.replace("SUM(quantity),", "SUM(quantity) + 1,", 1)
        patch.setattr(dropped_years, "BRING_FORWARD", wrong)
        with pytest.raises(NotProved):
            old.keep()
    assert (counted(old), standing(old), broken_invariants()) == (ALL, before, [])
    with old.house.reading():
        assert ledger_begins() is None
    assert old.keep().dropped == GONE
    assert broken_invariants() == []


def test_a_year_after_the_other_is_brought_forward(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    before = standing(old)
    assert old.keep(years=3).dropped == 1 + YEARLY
    assert old.keep(years=2).dropped == YEARLY
    assert (counted(old), standing(old), broken_invariants()) == (ALL - GONE, before, [])


def test_a_later_failure_brings_back_only_what_was_not_deleted(
    old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.keep(years=3)
    old.keep(years=3)
    before = standing(old)
    wrong = dropped_years.BRING_FORWARD.replace("SUM(quantity),", "SUM(quantity) + 1,", 1)
    monkeypatch.setattr(dropped_years, "BRING_FORWARD", wrong)
    with pytest.raises(NotProved):
        old.keep(years=2)
    assert (counted(old), standing(old), broken_invariants()) == (ALL - 1 - YEARLY, before, [])


def test_years_without_their_opening_balances_wait(old: Old) -> None:
    with old.house.writing():
        for table in ("opening_balance", "opening_value"):
            db.session.execute(text(f"DELETE FROM {table}"))
    assert old.keep().dropped == 0
    assert counted(old) == ALL


def test_what_happened_before_and_is_posted_now_is_proved_as_well(old: Old) -> None:
    old.keep()
    with old.house.writing():
        tape = db.session.get_one(ledger.Product, old.known["tape"])
        ledger.receive(tape, 5, "2.00", old.house.warehouse_id, f"{YEARS[0]}-05-05")
    with old.house.writing():
        open_years()
        make_ahead()
    assert broken_invariants() == []


def test_what_is_gone_cannot_be_reversed_and_no_report_goes_further_back(old: Old) -> None:
    old.keep()
    ada, gone = old.house.browser("Ada"), old.known[f"receipt {YEARS[0]}-04"]
    asked = {"reason": "Counted twice", "request_id": new_request()}
    assert ada.post(f"/inventory/transactions/{gone}/reversal", data=asked).status_code == 404
    assert ada.get(f"/inventory/transactions/{gone}").status_code == 404
    shown = told(ada, f"/reports/valuation?by=product&at={YEARS[0]}-08-01")
    assert f'value="{YEARS[2]}-01-01"' in shown
    with old.house.reading():
        assert db.session.get(StockTransaction, gone) is None
