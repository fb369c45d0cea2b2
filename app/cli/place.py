"""What every command shares: where the data lies, and how a command says no."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from app.config import Settings
from app.serving import read_settings

Command = TypeVar("Command", bound=Callable[..., Any])
HOME = Path("~/.local/share/crosshire")


class Impossible(click.ClickException):
    """The command cannot be done like this: one line on stderr, status 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"crosshire: {self.format_message()}", file=file or sys.stderr)


def data_option(command: Command) -> Command:
    """`--data DIR`, also read from CROSSHIRE_DATA."""
    option = click.option(
        "--data", "data_dir", envvar="CROSSHIRE_DATA", metavar="DIR", default=HOME, show_default=True,
        type=click.Path(path_type=Path), help="The data folder.",
    )  # fmt: skip
    return option(command)


def absolute(data_dir: Path) -> Path:
    """The folder as everybody finds it, wherever they stand."""
    return data_dir.expanduser().resolve()


def settings_at(data_dir: Path) -> Settings:
    """The settings of the installation in this folder."""
    return read_settings({**os.environ, "CROSSHIRE_DATA": str(absolute(data_dir))})
