"""How old years of the ledger are kept is said by the installation's settings."""

from pathlib import Path

import pytest

from app.config import BadSettings, Settings


def settings(tmp_path: Path, **environ: str) -> Settings:
    """The settings of an environment."""
    return Settings.from_environment({"CROSSHIRE_DATA": str(tmp_path), **environ})


def test_two_closed_years_stay_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    assert settings(tmp_path).ledger_years_live == 2
    assert settings(tmp_path, LEDGER_YEARS_LIVE="0").ledger_years_live == 0
    assert settings(tmp_path, LEDGER_YEARS_LIVE="7").ledger_years_live == 7


def test_what_is_no_number_of_years_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="LEDGER_YEARS_LIVE"):
        settings(tmp_path, LEDGER_YEARS_LIVE="two")


def test_everything_is_kept_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    assert settings(tmp_path).ledger_years_kept == 0
    assert settings(tmp_path, LEDGER_YEARS_KEPT="10").ledger_years_kept == 10


def test_too_few_years_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="2 closed years at least"):
        settings(tmp_path, LEDGER_YEARS_KEPT="1")
