"""Working on an installation from the command line: its database, with the application around it."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.application import create_app
from app.config import Settings
from app.extensions import db
from app.migrate import current_revision, is_current, refuse_newer, upgrade
from app.models import Organization
from app.refusals import Refused
from app.transactions import commit, finish, start_writing


@contextmanager
def installation(settings: Settings, *, makes_it: bool = False, as_it_is: bool = False) -> Iterator[Flask]:
    """The application on its database. Raises Refused when there is none, or its schema is another one.

    With `makes_it` an empty database gets its schema first, so that the first command may be any; with
    `as_it_is` the database is not even looked at.
    """
    app = create_app(settings)
    try:
        with app.app_context():
            if not as_it_is:
                require_schema(settings, makes_it)
            yield app
    except DBAPIError as error:
        raise Refused(f"The database cannot be used: {' '.join(str(error.orig).split())}") from error
    finally:
        finish()
        db.engine.dispose()


def require_schema(settings: Settings, makes_it: bool) -> None:
    """See that the database has the schema of this code. Raises Refused."""
    with db.engine.connect() as connection:
        refuse_newer(connection)
        is_empty, is_ready = current_revision(connection) is None, is_current(connection)
    if is_empty and makes_it:
        upgrade(settings)
    elif is_empty:
        raise Refused(f"There is no installation in {settings.data_dir} yet: start it, or restore a backup.")
    elif not is_ready:
        raise Refused("The database has an older schema: run `crosshire migrate` first.")


@contextmanager
def writing() -> Iterator[None]:
    """One writing transaction, kept at the end."""
    finish()
    start_writing()
    try:
        yield
        commit()
    finally:
        finish()


def organization_called(slug: str | None) -> Organization | None:
    """The organization of this name, or the only one; none when there is none at all. Raises Refused."""
    found = {row.slug: row for row in db.session.scalars(select(Organization).order_by(Organization.id))}
    if slug is not None and slug not in found:
        raise Refused(f"There is no organization '{slug}' here, only: {', '.join(found) or 'none'}.")
    if slug is None and len(found) > 1:
        raise Refused(f"Say which organization with --organization: {', '.join(found)}.")
    return found[slug] if slug else next(iter(found.values()), None)
