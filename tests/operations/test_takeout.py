"""Everything can be taken out, by people and by programs, and nothing that opens a door leaves with it."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.config import Settings
from app.extensions import db
from app.models import Base, StoredFile, Tracking
from app.refusals import Refused
from app.services.takeout import INNER, take_out
from tests.factories import product
from tests.people import House


@pytest.fixture
def archive(house: House, settings: Settings, tmp_path: Path) -> zipfile.ZipFile:
    """What was taken out of a house with a nasty product, an asset and a file."""
    with house.writing():
        product("=1+1", stock=2, at=house.warehouse_id, day_rate=Decimal("-12.50"), notes="Größe\n„zwei“")
        product("Mischpult", tracking=Tracking.SERIALIZED, stock=1, at=house.warehouse_id)
        db.session.add(StoredFile(name="../../plan?.pdf", media_type="application/pdf", sha256="", content=b"%PDF",
                                  created_at=datetime.now(UTC)))  # fmt: skip
    house.browser("Alice")
    take_out(settings, tmp_path / "everything.zip")
    return zipfile.ZipFile(tmp_path / "everything.zip")


def test_every_table_of_the_company_is_there_twice(archive: zipfile.ZipFile) -> None:
    tables = {table.name for table in Base.metadata.tables.values()} - INNER
    names = set(archive.namelist())
    assert {f"json/{name}.jsonl" for name in tables} | {f"csv/{name}.csv" for name in tables} <= names
    assert all(name in archive.read("README.txt").decode() for name in tables)


def test_numbers_and_text_arrive_as_they_are(archive: zipfile.ZipFile) -> None:
    first, _ = map(json.loads, archive.read("json/product.jsonl").decode().splitlines())
    assert (first["name"], first["day_rate"], first["notes"]) == ("=1+1", "-12.50", "Größe\n„zwei“")


def test_a_spreadsheet_runs_nothing_and_reads_numbers_as_numbers(archive: zipfile.ZipFile) -> None:
    sheet = list(csv.DictReader(io.StringIO(archive.read("csv/product.csv").decode("utf-8-sig"), newline="")))
    assert (sheet[0]["name"], sheet[0]["day_rate"]) == ("'=1+1", "-12.50")


def test_files_leave_under_harmless_names(archive: zipfile.ZipFile) -> None:
    (name,) = [name for name in archive.namelist() if name.startswith("files/")]
    assert name.count("/") == 1 and "?" not in name
    assert archive.read(name) == b"%PDF"


def test_nothing_that_opens_a_door_leaves(archive: zipfile.ZipFile) -> None:
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert (
        b"argon2" not in everything and b"token_hash" not in everything and b"password_hash" not in everything
    )


def test_an_export_does_not_write_over_a_file(house: House, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "taken.zip").write_text("precious")
    with pytest.raises(Refused, match="exists already"):
        take_out(settings, tmp_path / "taken.zip")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
