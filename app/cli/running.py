"""serve and demo."""

from functools import partial
from pathlib import Path

import click

from app.cli.place import HOME, Command, absolute, data_option
from app.serving import Wish
from app.serving import serve as run

PORT = 8010


def address_options(command: Command) -> Command:
    """`--host` and `--port`."""
    host = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
    port = click.option(
        "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes any free one."
    )
    return host(port(command))


@click.command()
@data_option
@address_options
def serve(data_dir: Path, host: str, port: int) -> None:
    """Run an installation. On an empty database, a link is printed that makes the first administrator."""
    raise SystemExit(run(Wish(absolute(data_dir), host, port)))


@click.command()
@partial(data_option, default=HOME.with_name("crosshire-demo"))
@address_options
def demo(data_dir: Path, host: str, port: int) -> None:
    """Run a demo: a made-up company on a real catalogue, with one login per role."""
    raise SystemExit(run(Wish(absolute(data_dir), host, port, demo=True)))
