"""archive: old years of the ledger."""

from pathlib import Path

import click

from app.cli.place import absolute, data_option, settings_at
from app.cli.work import installation
from app.services.closed_years import bring_back
from app.services.ledger_keeping import keep_ledger
from app.services.year_files import FOLDER
from app.serving import claimed


@click.command()
@data_option
@click.option("--back", is_flag=True, help="Bring everything back into the database instead; stop first.")
def archive(data_dir: Path, back: bool) -> None:
    """Do now what the worker does every few hours: move closed years of the ledger out of the database,
    and drop those that LEDGER_YEARS_KEPT does not keep."""
    settings = settings_at(data_dir)
    if back and settings.is_sqlite:
        with claimed(absolute(data_dir)):
            click.echo(f"{bring_back(settings.database_file):,} movements came back from the archive.")
        return
    with installation(settings):
        kept = keep_ledger(settings)
    click.echo(f"{kept.moved:,} movements went into the archive.")
    if kept.dropped:
        click.echo(f"{kept.dropped:,} movements left the ledger; they are in {settings.data_dir / FOLDER}.")
