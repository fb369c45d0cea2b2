"""A case inside a sealed one: asked for like a thing in it, and taken out when somebody agrees; to nothing else."""

import uuid

import pytest

from app.extensions import db
from app.models import CaseState, Event, Location, Product, Scan
from app.rules.verdicts import Offer
from app.services.case_seals import seal
from app.services.cases import CaseFacts, add_case, move_case
from app.services.pull_lines import Wanted, add_lines
from app.services.scans import undo
from tests import factories
from tests.factories import me
from tests.warehouse.test_case_scans import (
    S,
    agree,
    case_of,
    counts,
    everything,
    fill,
    free,
    hall,
    packed,
    place_of,
    site,
    state_of,
)
from tests.warehouse.test_scans import Hall

__all__ = ["hall", "packed"]


def nest(hall: Hall, inner: str = "CASE-1", outer: str = "CASE-2") -> None:
    """Put a case into another, and seal that."""
    with hall.house.writing():
        move_case(case_of(inner), db.session.get_one(Location, case_of(outer).location_id), by=me())
    with hall.house.writing():
        seal(case_of(outer), by=me())


def is_sealed(hall: Hall, code: str = "CASE-2") -> bool:
    """True when this case is sealed."""
    with hall.house.reading():
        return case_of(code).is_sealed


@pytest.mark.parametrize("mode", ["prep", "out"])
def test_a_case_in_a_sealed_one_asks_for_that_or_is_taken_out(packed: Hall, mode: str) -> None:
    fill(packed)
    nest(packed)
    asked = packed.scan("CASE-1", mode)
    assert (asked.situation, asked.offer, asked.case_code) == (S.SEALED, Offer.TAKE_OUT, "CASE-2")
    assert "in Case 2, which is sealed" in asked.message and is_sealed(packed)
    assert free(packed) == 50 - 20 - 4
    taken = packed.scan("CASE-1", mode, accept=True)
    assert taken.situation in (S.PLANNED, S.PACKING) and not is_sealed(packed)
    assert taken.message.startswith("Case 2 is open. ")
    assert free(packed) == 50 - 20 and state_of(packed, "CASE-2") == (CaseState.STORED, None)
    assert place_of(packed) == (site(packed) if mode == "out" else "CASE-2")
    agree(packed)


def test_the_whole_case_that_is_offered_takes_both(packed: Hall) -> None:
    fill(packed)
    nest(packed)
    whole = packed.scan(packed.scan("CASE-1").case_code)
    assert whole.situation is S.PLANNED and is_sealed(packed)
    assert state_of(packed) == state_of(packed, "CASE-2") == (CaseState.OUT, packed.here)
    assert packed.scan("CASE-1").situation is S.SAME_AGAIN
    agree(packed)


def test_out_in_a_sealed_case_it_comes_back_with_that_or_by_itself(packed: Hall) -> None:
    fill(packed)
    nest(packed)
    packed.scan("CASE-2")
    asked = packed.scan("CASE-1", "in")
    assert (asked.situation, asked.offer, asked.case_code) == (S.SEALED, Offer.TAKE_OUT, "CASE-2")
    assert packed.scan("CASE-1", "in", accept=True).situation is S.PLANNED
    assert counts(packed, packed.cable) == (0, 4, 4) and not is_sealed(packed)
    assert state_of(packed) == (CaseState.STORED, None)
    assert state_of(packed, "CASE-2") == (CaseState.OUT, packed.here)
    assert packed.scan("CASE-2", "in").situation is S.PLANNED
    agree(packed)


def test_cases_around_are_opened_from_the_outermost_in_and_each_is_asked_for(packed: Hall) -> None:
    fill(packed)
    with packed.house.writing():
        add_case(CaseFacts(name="Case 3", code="CASE-3", home_id=packed.house.warehouse_id), by=me())
    nest(packed)
    nest(packed, "CASE-2", "CASE-3")
    assert packed.scan("CASE-1").case_code == "CASE-3"
    again = packed.scan("CASE-1", accept=True)
    assert (again.situation, again.case_code) == (S.SEALED, "CASE-2")
    assert (is_sealed(packed, "CASE-3"), is_sealed(packed)) == (False, True)
    assert packed.scan("CASE-1", accept=True).situation is S.PLANNED and not is_sealed(packed)
    agree(packed)


def test_who_takes_it_out_has_not_agreed_to_a_longer_list(packed: Hall) -> None:
    fill(packed)
    with packed.house.writing():
        factories.product("Hazer", stock=1, at=case_of().location_id)
    nest(packed)
    assert packed.scan("CASE-1", accept=True).situation is S.NOT_PLANNED
    assert state_of(packed) == (CaseState.STORED, None) and counts(packed, packed.cable) == (0, 0, 0)
    assert packed.scan("CASE-1", accept=True).situation is S.PLANNED
    agree(packed)


def test_taken_back_it_lies_in_the_other_again_whose_seal_stays_broken(packed: Hall) -> None:
    fill(packed)
    nest(packed)
    packed.scan("CASE-1")
    before = everything(packed)
    taken = packed.scan("CASE-1", accept=True)
    by = packed.house.actor("Walter")
    with packed.house.writing():
        undo(db.session.get_one(Scan, taken.scan_id), by=by, uuid=str(uuid.uuid4()))
    assert everything(packed) == before and not is_sealed(packed)
    agree(packed)


def test_sent_twice_it_is_taken_out_once(packed: Hall) -> None:
    fill(packed)
    nest(packed)
    first, second = (packed.scan("CASE-1", accept=True, uuid="twice") for _ in range(2))
    assert first.scan_id == second.scan_id and first.situation is S.PLANNED
    agree(packed)


def test_out_on_another_event_in_a_sealed_case_it_is_taken_out_before_it_is_returned(packed: Hall) -> None:
    with packed.house.writing():
        add_lines(db.session.get_one(Event, packed.there), [Wanted(packed.cable, 4)], by=me())
    with packed.house.writing():
        factories.carry(
            db.session.get_one(Product, packed.cable), 4, packed.house.warehouse_id, case_of().location_id
        )
    nest(packed)
    assert packed.scan("CASE-2", event=packed.there).situation is S.PLANNED
    assert packed.scan("CASE-1").case_code == "CASE-2"
    opened = packed.scan("CASE-1", accept=True)
    assert opened.situation is S.OUT_ELSEWHERE and not is_sealed(packed)
    assert packed.scan("CASE-1", accept=True).situation is S.PLANNED
    assert state_of(packed) == (CaseState.OUT, packed.here)
    agree(packed)
