"""The demo's files: facts from public sources, named in data/SOURCES.md."""

import csv
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "data"


def content_of(name: str) -> bytes:
    """A file as it is."""
    return (FOLDER / name).read_bytes()


@cache
def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a file by the names of their columns."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
