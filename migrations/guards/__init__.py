"""The SQL files of the triggers and constraints that hold when every service is bypassed."""

from pathlib import Path


def statements(revision: str, dialect: str) -> list[str]:
    """The guards that a revision adds for a dialect, one statement each."""
    return (Path(__file__).parent / revision / f"{dialect}.sql").read_text().split("\n--;\n")
