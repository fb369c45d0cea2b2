"""export, backup, restore, and import of products."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.actors import system_actor
from app.cli.place import absolute, data_option, settings_at
from app.cli.work import installation, organization_called
from app.extensions import db
from app.models import Location
from app.refusals import Refused
from app.scope import current_organization_id, organization_scope
from app.services.accounts import first_warehouse
from app.services.backup import backup as back_up
from app.services.imports import ImportReport, import_catalogue, start_import
from app.services.long_imports import Unwatched, let_in
from app.services.restore import restore as bring_back
from app.services.takeout import take_out
from app.services.verify import broken_invariants
from app.serving import claimed
from app.transactions import write_transaction

FILE = click.Path(path_type=Path)


@click.command()
@data_option
@click.argument("target", required=False, type=FILE)
def backup(data_dir: Path, target: Path | None) -> None:
    """Write one verified file that restores the installation; by default below the data folder."""
    settings = settings_at(data_dir)
    target = target or settings.data_dir / "backups" / f"crosshire-{stamp()}.zip"
    with installation(settings):
        manifest = back_up(settings, absolute(target))
    rows = sum(manifest.rows.values())
    click.echo(
        f"{target}: {rows:,} rows in {len(manifest.rows)} tables, schema {manifest.revision}, read again."
    )


@click.command()
@data_option
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(data_dir: Path, source: Path) -> None:
    """Restore a backup into an empty installation. Everybody has to sign in again afterwards."""
    with claimed(absolute(data_dir)):
        settings = settings_at(data_dir, makes_it=True)
        try:
            restored = bring_back(settings, absolute(source))
        except DBAPIError as error:
            raise Refused(f"The database cannot be used: {' '.join(str(error.orig).split())}") from error
        with installation(settings):
            broken = broken_invariants()
    click.echo(f"Restored what was backed up at {restored.manifest.made_at}. Everybody signs in again.")
    if restored.held_letters:
        click.echo(f"{restored.held_letters} letters that waited then are held: see the page of tasks.")
    click.echo(
        f"{len(broken)} invariants are broken: run `crosshire verify`."
        if broken
        else "Every invariant holds."
    )
    raise SystemExit(1 if broken else 0)


@click.command()
@data_option
@click.argument("target", required=False, type=FILE)
def export(data_dir: Path, target: Path | None) -> None:
    """Write everything into one zip of JSON and CSV, to read elsewhere; by default in this folder."""
    settings = settings_at(data_dir)
    target = absolute(target or Path(f"crosshire-export-{stamp()}.zip"))
    with installation(settings):
        written = take_out(settings, target)
    click.echo(f"{target}: {sum(written.values()):,} rows in {len(written)} tables.")


@click.command("import")
@data_option
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--organization", help="Whose products, where there are several organizations.")
@click.option(
    "--location", help="The code of the place that quantities are received into: the first warehouse."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_(
    data_dir: Path, source: Path, organization: str | None, location: str | None, dry_run: bool
) -> None:
    """Read products from a CSV file: its columns are recognised by their names."""
    with installation(settings_at(data_dir)):
        owner = organization_called(organization)
        if owner is None:
            raise Refused("There is no organization yet that the products could belong to.")
        with organization_scope(owner.id):
            report = looked_at(source, location) if dry_run else let_in_file(source, location)
    for plan in report.refused:
        click.echo(f"line {plan.line}: {' '.join(plan.reasons)}", err=True)
    click.echo(", ".join(f"{count} {verdict}" for verdict, count in report.counts.items()))
    raise SystemExit(1 if report.refused else 0)


def looked_at(source: Path, location: str | None) -> ImportReport:
    """What the file would do."""
    by = system_actor(current_organization_id(), "Command line")
    return import_catalogue(source.read_bytes(), by=by, location=place_called(location), dry_run=True)


def let_in_file(source: Path, location: str | None) -> ImportReport:
    """Let the good rows in, part after part, so that the server can write meanwhile. Raises Refused."""
    report = looked_at(source, location)
    by = system_actor(current_organization_id(), "Command line")
    with write_transaction(current_organization_id()):
        run_id = start_import(source.name, source.read_bytes(), place_called(location), by=by).id
    return replace(report, run_id=run_id, counts=let_in(run_id, Unwatched(), by=by))


def place_called(code: str | None) -> Location:
    """The location with this code, or the first warehouse. Raises Refused."""
    if code is None:
        return first_warehouse()
    found = db.session.scalars(select(Location).where(Location.code == code)).one_or_none()
    if found is None:
        raise Refused(f"There is no location with the code {code}.")
    return found


def stamp() -> str:
    """The moment, as it stands in a file's name."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
