"""The bench of the tests of jobs."""

import pytest

from tests.jobs.stories import Bench, make_bench
from tests.people import House


@pytest.fixture
def bench(house: House) -> Bench:
    """A job for Tess tomorrow, and screws and bolts to use up on it."""
    return make_bench(house)
