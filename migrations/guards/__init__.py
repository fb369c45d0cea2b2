"""The SQL files of the triggers and constraints that hold when every service is bypassed."""

from pathlib import Path


def statements(dialect: str) -> list[str]:
    """The guards of a dialect, one statement each."""
    return (Path(__file__).parent / f"{dialect}.sql").read_text().split("\n--;\n")
