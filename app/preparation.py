"""What a start needs before anything runs: the newest schema, and something to begin with.

It runs as a process of its own, because it loads more than the supervisor should carry with it.
"""

import sys

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.application import create_app
from app.config import Settings
from app.demo.build import build_demo
from app.extensions import db
from app.migrate import upgrade
from app.models import Organization
from app.refusals import Refused
from app.services.accounts import make_setup_link
from app.serving import LOGINS
from app.transactions import commit, finish, start_writing


def prepare(settings: Settings) -> None:
    """Migrate; then build the demo, or print the link that makes the first administrator."""
    upgrade(settings)
    app = create_app(settings)
    with app.app_context():
        if settings.demo:
            fill_demo(settings)
        else:
            print_setup_link(app, settings)


def fill_demo(settings: Settings) -> None:
    """Build the demo company, once, and keep its logins. Raises Refused where another company lives."""
    kept = settings.data_dir / LOGINS
    companies = list(db.session.scalars(select(Organization)))
    finish()
    if not all(company.is_demo for company in companies):
        raise Refused(f"{settings.data_dir} holds a company that is no demo: use `crosshire serve`.")
    if companies and not kept.exists():
        raise Refused(f"The demo in {settings.data_dir} was not finished: delete the folder and start again.")
    if not companies:
        print("Building the demo company; this happens once.", flush=True)
        lines = [f"  {login.role:<20} {login.email:<36} {login.password}\n" for login in build_demo()]
        kept.touch(mode=0o600)
        kept.write_text("".join(lines))


def print_setup_link(app: Flask, settings: Settings) -> None:
    """Without any user, whoever started us becomes the first one, through this link."""
    finish()
    start_writing()
    token = make_setup_link()
    commit()
    finish()
    if token:
        with app.test_request_context(base_url=settings.base_url):
            address = app.url_for("accounts.first_start", token=token, _external=True)
        print(
            f"Nobody can sign in yet. This link makes the first administrator:\n\n  {address}\n", flush=True
        )


def main() -> None:
    """Prepare the installation that the environment names; one line and status 2 when that cannot be."""
    try:
        prepare(Settings.from_environment())
    except Refused as refusal:
        sys.exit(refused(refusal.message))
    except DBAPIError as error:
        sys.exit(refused(f"The database cannot be used: {' '.join(str(error.orig).split())}"))
    except KeyboardInterrupt:
        sys.exit(130)


def refused(message: str) -> int:
    """Say why not, on one line."""
    print(f"crosshire: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
