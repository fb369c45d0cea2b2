"""verify, doctor and migrate."""

from pathlib import Path

import click

from app.cli.place import absolute, data_option, settings_at
from app.cli.work import installation
from app.migrate import upgrade
from app.queries.invariants import INVARIANTS
from app.revisions import head_revision
from app.services.doctor import examine
from app.services.verify import broken_invariants
from app.serving import claimed

SHOWN = 20
"""How many offending rows are printed; their number is always said."""


@click.command()
@data_option
def verify(data_dir: Path) -> None:
    """Check every invariant; where one is broken, print the rows and end with status 1."""
    with installation(settings_at(data_dir)):
        broken = broken_invariants()
    for found in broken:
        click.echo(f"{found.invariant.id} is broken by {len(found.rows)} rows: {found.invariant.sentence}")
        for row in found.rows[:SHOWN]:
            click.echo("  " + ", ".join(f"{name} {value}" for name, value in row.items()))
    click.echo(f"{len(INVARIANTS) - len(broken)} of {len(INVARIANTS)} invariants hold.")
    raise SystemExit(1 if broken else 0)


@click.command()
@data_option
def doctor(data_dir: Path) -> None:
    """Say what is wrong with this machine, disk, database, Redis and mail; status 1 when something is."""
    settings = settings_at(data_dir)
    ails = False
    with installation(settings, as_it_is=True):
        for finding in examine(settings):
            ails = ails or not finding.ok
            advice = "" if finding.ok else f"  -> {finding.advice}"
            click.echo(f"{'ok ' if finding.ok else 'BAD'} {finding.part:<9} {finding.seen}{advice}")
    raise SystemExit(1 if ails else 0)


@click.command()
@data_option
def migrate(data_dir: Path) -> None:
    """Bring the database to the schema of this version. Starting Crosshire does this by itself."""
    with claimed(absolute(data_dir)):
        upgrade(settings_at(data_dir, makes_it=True))
    click.echo(f"The database has schema {head_revision()}.")
