"""Where the data lies: the option that every command takes, and the settings found there."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from app.config import Settings
from app.serving import CannotStart, read_settings

Command = TypeVar("Command", bound=Callable[..., Any])
HOME = Path("~/.local/share/crosshire")


def data_option(command: Command, default: Path = HOME) -> Command:
    """`--data DIR`, also read from CROSSHIRE_DATA."""
    option = click.option(
        "--data", "data_dir", envvar="CROSSHIRE_DATA", metavar="DIR", default=default, show_default=True,
        type=click.Path(path_type=Path), help="The data folder.",
    )  # fmt: skip
    return option(command)


def absolute(data_dir: Path) -> Path:
    """The folder as everybody finds it, wherever they stand."""
    return data_dir.expanduser().resolve()


def settings_at(data_dir: Path, *, makes_it: bool = False) -> Settings:
    """The settings of the installation in this folder. Raises Refused when there is none to be found.

    Only a command that `makes_it` may leave anything in an empty folder.
    """
    folder = absolute(data_dir)
    environ = {**os.environ, "CROSSHIRE_DATA": str(folder)}
    if not (makes_it or environ.get("DATABASE_URL") or (folder / "crosshire.sqlite3").exists()):
        raise CannotStart(f"There is no installation in {folder}: start it with `crosshire serve` first.")
    return read_settings(environ)
