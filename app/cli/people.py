"""create-admin and token."""

from datetime import timedelta
from pathlib import Path

import click

from app.actors import system_actor
from app.cli.place import data_option, settings_at
from app.cli.work import installation, organization_called, writing
from app.extensions import db
from app.models import User
from app.refusals import Refused
from app.scope import organization_scope
from app.services.accounts import add_user, found_organization, slug_of
from app.services.sessions import actor_of_user, find_user
from app.services.tokens import first_administrator, issue_token


@click.command("create-admin")
@data_option
@click.option("--email", prompt=True, help="What they sign in with.")
@click.option("--name", prompt=True, help="What they are called.")
@click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out."
)
@click.option("--organization", help="Whose administrator, where there are several.")
@click.option("--company", default="My company", show_default=True, help="Founded when there is none yet.")
def create_admin(
    data_dir: Path, email: str, name: str, password: str, organization: str | None, company: str
) -> None:
    """Add an administrator."""
    with installation(settings_at(data_dir, makes_it=True), makes_it=True), writing():
        place = organization_called(organization) or found_organization(company, slug_of(company))
        with organization_scope(place.id):
            add_user(name, email, ["administrator"], by=system_actor(place.id), password=password)
            db.session.flush()
        click.echo(f"{name} administers {place.name} and signs in as {email}.")


@click.command()
@data_option
@click.option("--email", help="Whose token; by default the first administrator's.")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 365), help="How long it lives.")
def token(data_dir: Path, email: str | None, name: str, days: int) -> None:
    """Print a new API token, alone on the last line. It is shown only now."""
    with installation(settings_at(data_dir)), writing():
        user = owner_of_token(email)
        with organization_scope(user.organization_id):
            actor = actor_of_user(user.id)
            assert actor is not None
            row, secret = issue_token(user, name, by=actor, lives=timedelta(days=days))
        click.echo(f"A token of {user.email}, until {row.expires_at:%Y-%m-%d}:")
    click.echo(secret)


def owner_of_token(email: str | None) -> User:
    """The person whose token it will be. Raises Refused when there is nobody."""
    user = find_user(email) if email else first_administrator()
    if user is None:
        raise Refused(
            f"Nobody signs in as {email}." if email else "Nobody can sign in yet: create an administrator."
        )
    return user
