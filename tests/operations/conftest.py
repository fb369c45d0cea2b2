"""What the tests of operations share."""

from pathlib import Path

import pytest

from tests.operations.installations import crosshire

ADA = ("--email", "ada@house.example", "--name", "Ada", "--password", "seven quiet amplifiers")


@pytest.fixture(scope="session")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation in which somebody can sign in already. Copy it before changing it."""
    folder = tmp_path_factory.mktemp("set-up") / "house"
    added = crosshire("create-admin", *ADA, data=folder)
    assert added.returncode == 0, added.stderr
    return folder
