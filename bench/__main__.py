"""`uv run python -m bench`: the table of figures; `--json` prints a list of {name, value, unit, goal, ok}."""

import argparse
import json
import platform
import sys
import tempfile
import time
import timeit
from pathlib import Path

from bench.imports import import_rows
from bench.live import live_rows
from bench.measure import Figure
from bench.rows import large_rows, small_rows
from bench.stock import stock_rows
from bench.warehouse import warehouse_rows

KINDS = ("sqlite", "postgresql")


def main() -> int:
    """Measure on the chosen databases and print."""
    asked = arguments()
    figures = [
        Figure(f"this machine's Python {platform.python_version()}, 200,000 small steps", speed(), "s")
    ]
    for kind in KINDS if asked.database == "both" else (asked.database,):
        for rows in (small_rows, large_rows, stock_rows, import_rows, warehouse_rows):
            with tempfile.TemporaryDirectory() as folder:
                figures += list(rows(Path(folder), kind))
    with tempfile.TemporaryDirectory() as folder:
        figures += list(live_rows(Path(folder) / "house"))
    print(json.dumps([figure.row() for figure in figures], indent=1) if asked.json else table(figures))
    return 0


def speed() -> float:
    """Processor time of 200,000 small steps, the best of five, in seconds: figures of two machines, or of two builds
    of one Python, stand beside each other as these do."""
    step = "table[len(table) & 7] = str(table)[:9]"
    return min(timeit.repeat(step, "table = {}", number=200_000, repeat=5, timer=time.process_time))


def arguments() -> argparse.Namespace:
    """What to measure, and how to print it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a list of figures instead of a table")
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    return parser.parse_args()


def table(figures: list[Figure]) -> str:
    """The figures for people: missed goals are marked."""
    lines = [f"{'figure':<78}{'value':>10}  {'unit':<6}{'goal':>9}"]
    for figure in figures:
        goal = "" if figure.goal is None else f"{figure.goal:g}"
        mark = "" if figure.ok else "  missed"
        lines.append(f"{figure.name:<78}{figure.value:>10.2f}  {figure.unit:<6}{goal:>9}{mark}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
