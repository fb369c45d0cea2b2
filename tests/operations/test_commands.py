"""Each command does its one thing from a shell, and says no in one line."""

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from app.cli import COMMANDS
from tests.operations.installations import CROSSHIRE, crosshire

CATALOGUE = (
    "name,category,day_rate,qty_total\nMischpult,Audio,120.00,2\nCable,Audio,1.50,40\nBroken,Audio,dear,1\n"
)


@pytest.fixture
def folder(set_up: Path, tmp_path: Path) -> Path:
    """An installation that a test may change."""
    return Path(shutil.copytree(set_up, tmp_path / "house"))


def test_help_names_every_command() -> None:
    said = subprocess.run([str(CROSSHIRE), "--help"], capture_output=True, text=True)
    assert said.returncode == 0 and all(f"  {name} " in said.stdout for name in COMMANDS)


def test_a_token_stands_alone_on_the_last_line(folder: Path) -> None:
    issued = crosshire("token", data=folder)
    assert issued.returncode == 0 and re.fullmatch(r"xh_\S{40,}", issued.stdout.splitlines()[-1])
    refused = crosshire("token", "--email", "nobody@house.example", data=folder)
    assert (refused.returncode, refused.stderr) == (
        2,
        "crosshire: Nobody signs in as nobody@house.example.\n",
    )


def test_without_an_installation_nothing_is_done_and_nothing_is_left(tmp_path: Path) -> None:
    for command in ("verify", "backup", "token"):
        refused = crosshire(command, data=tmp_path / "nowhere")
        assert refused.returncode == 2 and len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "nowhere").exists()


def test_products_come_in_and_bad_lines_are_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "catalogue.csv").write_text(CATALOGUE)
    read = crosshire("import", tmp_path / "catalogue.csv", data=folder)
    assert read.returncode == 1
    assert "2 create" in read.stdout and "line 4" in read.stderr
    again = crosshire("import", tmp_path / "catalogue.csv", data=folder)
    assert "0 create" in again.stdout and "2 unchanged" in again.stdout


def test_what_is_backed_up_is_restored_elsewhere_and_verified(folder: Path, tmp_path: Path) -> None:
    kept = crosshire("backup", tmp_path / "kept.zip", data=folder)
    assert kept.returncode == 0 and (tmp_path / "kept.zip").stat().st_mode & 0o777 == 0o600
    refused = crosshire("restore", tmp_path / "kept.zip", data=folder)
    assert refused.returncode == 2 and "installation here already" in refused.stderr
    restored = crosshire("restore", tmp_path / "kept.zip", data=tmp_path / "new")
    assert restored.returncode == 0 and "Every invariant holds." in restored.stdout
    assert crosshire("export", tmp_path / "all.zip", data=tmp_path / "new").returncode == 0


def test_verify_prints_the_rows_that_break_an_invariant(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "catalogue.csv").write_text(CATALOGUE)
    crosshire("import", tmp_path / "catalogue.csv", data=folder)
    assert crosshire("verify", data=folder).returncode == 0
    with closing(sqlite3.connect(folder / "crosshire.sqlite3")) as connection:
        connection.execute("UPDATE stock_level SET quantity = quantity + 1 WHERE product_id = 2")
        connection.commit()
    broken = crosshire("verify", data=folder)
    assert broken.returncode == 1
    assert "I1 is broken by 1 rows" in broken.stdout and "product_id 2" in broken.stdout


def test_doctor_says_what_ails_and_what_to_do(folder: Path) -> None:
    said = crosshire("doctor", data=folder)
    assert said.returncode == 1
    lines = {line.split()[1]: line for line in said.stdout.splitlines()}
    assert lines["database"].startswith("ok") and lines["disk"].split()[-3:] == ["fsync", "a", "second"]
    assert lines["redis"].startswith("BAD") and "->" in lines["redis"]


def test_old_years_are_moved_and_brought_back_by_hand(folder: Path) -> None:
    assert crosshire("archive", data=folder).stdout == "0 movements went into the archive.\n"
    assert "0 movements came back" in crosshire("archive", "--back", data=folder).stdout
    assert not list(folder.glob("*archive*"))
