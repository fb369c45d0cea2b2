"""Event phases."""

from itertools import pairwise

import pytest

from app.rules.phases import LineCounts, Phase, allowed_moves, is_allowed, proposed_phase

OPEN = [Phase.PLANNED, Phase.PREP, Phase.LOAD_OUT, Phase.ON_SITE, Phase.LOAD_IN]


def test_an_event_goes_through_its_phases_in_order():
    path = [*OPEN, Phase.CLOSED]
    assert all(is_allowed(current, wanted) for current, wanted in pairwise(path))


@pytest.mark.parametrize(
    ("current", "allowed"),
    [
        (Phase.PLANNED, {Phase.PREP, Phase.LOAD_OUT, Phase.ON_SITE, Phase.LOAD_IN, Phase.CANCELLED}),
        (Phase.PREP, {Phase.PLANNED, Phase.LOAD_OUT, Phase.ON_SITE, Phase.LOAD_IN, Phase.CANCELLED}),
        (Phase.LOAD_OUT, {Phase.PREP, Phase.ON_SITE, Phase.LOAD_IN, Phase.CANCELLED}),
        (Phase.ON_SITE, {Phase.LOAD_OUT, Phase.LOAD_IN, Phase.CANCELLED}),
        (Phase.LOAD_IN, {Phase.ON_SITE, Phase.CLOSED, Phase.CANCELLED}),
        (Phase.CLOSED, set()),
        (Phase.CANCELLED, set()),
    ],
)
def test_only_these_moves_are_allowed(current, allowed):
    assert {wanted for wanted in Phase if is_allowed(current, wanted)} == allowed
    assert set(allowed_moves(current)) == allowed


@pytest.mark.parametrize("phase", list(Phase))
def test_an_event_can_be_cancelled_while_it_is_open(phase):
    assert phase.is_open is (phase in OPEN)
    assert is_allowed(phase, Phase.CANCELLED) is phase.is_open


def test_load_in_is_read_as_the_return_to_the_warehouse():
    assert [phase.label for phase in Phase] == [
        "Planned",
        "Prep",
        "Load-Out",
        "On-Site",
        "Load-In (return to warehouse)",
        "Closed",
        "Cancelled",
    ]


NOTHING, PREPPED, LEFT, BACK = (
    LineCounts(4, 0, 0, 0),
    LineCounts(4, 1, 0, 0),
    LineCounts(4, 4, 4, 0),
    LineCounts(4, 4, 4, 1),
)


@pytest.mark.parametrize(
    ("counts", "phase"),
    [
        ([], Phase.PLANNED),
        ([NOTHING], Phase.PLANNED),
        ([NOTHING, PREPPED], Phase.PREP),
        ([PREPPED, LEFT], Phase.LOAD_OUT),
        ([LineCounts(4, 0, 1, 0)], Phase.LOAD_OUT),  # a shop that skips prep
        ([LEFT, LEFT], Phase.ON_SITE),
        ([LineCounts(4, 6, 6, 0), LineCounts(2, 0, 0, 0)], Phase.LOAD_OUT),  # an extra is no substitute
        ([LineCounts(4, 6, 6, 0)], Phase.ON_SITE),
        ([LEFT, BACK], Phase.LOAD_IN),
        ([NOTHING, BACK], Phase.LOAD_IN),
        ([LineCounts(4, 4, 4, 4)], Phase.LOAD_IN),  # closing is asked at its gate
    ],
)
def test_the_lines_propose_a_phase(counts, phase):
    assert proposed_phase(counts) is phase
