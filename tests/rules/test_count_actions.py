"""What is proposed about differences, and that carrying it out leaves every place with what was counted in it."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.rules.count_actions import Case, Decided, Proposal, propose, steps

HERE, THERE, YONDER = 1, 2, 3


def case(line_id: int, location_id: int, difference: int, **more: object) -> Case:
    """A difference of the same product in some place."""
    return Case(line_id, 7, location_id, difference, **more)


def test_what_is_too_many_here_is_moved_from_where_as_many_are_missing() -> None:
    found = propose([case(1, HERE, 3), case(2, THERE, -3, value=Decimal(900)), case(3, YONDER, -1)])
    assert found == {1: Proposal("transfer", THERE), 2: Proposal("adjust"), 3: Proposal("adjust")}


def test_one_place_explains_only_as_many_as_are_missing_there() -> None:
    found = propose([case(1, HERE, 3), case(2, YONDER, 2), case(3, THERE, -4)])
    assert found[1] == Proposal("transfer", THERE) and found[2] == Proposal("adjust")


def test_an_asset_comes_from_where_it_is_booked_and_one_out_of_the_books_comes_back() -> None:
    moved = case(1, HERE, 1, asset_id=5, booked_at=THERE)
    back = case(2, HERE, 1, asset_id=6)
    assert propose([moved, back]) == {1: Proposal("transfer", THERE), 2: Proposal("adjust")}


def test_what_is_out_on_an_event_is_left_to_a_person_and_what_is_prepped_stands_where_it_should() -> None:
    assert propose([case(1, HERE, 1, asset_id=5, booked_at=THERE, is_out=True)])[1] == Proposal("none")
    assert propose([case(1, HERE, -1, asset_id=5, value=Decimal(900), is_held=True)])[1] == Proposal("ignore")


def test_what_is_dear_or_unsure_is_counted_again_but_the_dear_only_once() -> None:
    dear = Decimal(250)
    assert propose([case(1, HERE, -1, value=dear)])[1] == Proposal("recount")
    assert propose([case(1, HERE, -1, value=dear, is_second_look=True)])[1] == Proposal("adjust")
    assert propose([case(1, HERE, -1, is_unsure=True, is_second_look=True)])[1] == Proposal("recount")
    assert propose([case(1, HERE, -1, value=dear - 1)])[1] == Proposal("adjust")


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(0, 20), st.integers(0, 20)),
                unique_by=lambda line: line[:2]))  # fmt: skip
def test_what_is_proposed_leaves_every_place_with_what_was_counted_and_none_below_nothing(
    lines: list[tuple[int, int, int, int]],
) -> None:
    books = Counter({(product, place): booked for product, place, booked, _ in lines})
    counted = {(product, place): there for product, place, _, there in lines}
    cases = [
        Case(number, product, place, there - booked)
        for number, (product, place, booked, there) in enumerate(lines, 1)
        if there != booked
    ]
    found = propose(cases)
    decided = [
        Decided(one.line_id, one.product_id, one.location_id, one.difference, found[one.line_id].action,
                from_id=found[one.line_id].from_id)
        for one in cases
    ]  # fmt: skip
    for step in steps(decided):
        for place, change in ((step.from_id, -step.quantity), (step.to_id, step.quantity)):
            if place is not None:
                books[step.product_id, place] += change
                assert books[step.product_id, place] >= 0
    assert dict(books) == counted


def test_what_is_ignored_stays_as_it_is_in_the_books() -> None:
    assert steps([Decided(1, 7, HERE, -2, "ignore"), Decided(2, 7, THERE, 2, "none")]) == []


def test_a_found_asset_is_moved_once_though_both_places_were_counted() -> None:
    missing = Decided(1, 7, THERE, -1, "adjust", asset_id=5)
    found = Decided(2, 7, HERE, 1, "transfer", asset_id=5, from_id=THERE)
    (step,) = steps([missing, found])
    assert (step.line_id, step.from_id, step.to_id, step.quantity) == (2, THERE, HERE, 1)
