"""The demo company, built once for all its promises."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Organization
from app.preparation import fill_demo
from app.scope import leave_organization
from app.serving import LOGINS
from app.transactions import finish
from tests.demo.company import Demo, kept_logins, make_app


@pytest.fixture(scope="module")
def demo(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """The demo as `crosshire demo` builds it on an empty database."""
    server: Any = request.getfixturevalue(f"{database_kind}_server")
    data_dir, url = tmp_path_factory.mktemp("demo"), server.make()
    app = make_app(data_dir, url)
    with app.app_context():
        fill_demo(app.config["SETTINGS"])
        organization_id = db.session.scalars(select(Organization.id)).one()
    yield Demo(app, data_dir, organization_id, kept_logins(data_dir / LOGINS))
    finish()
    leave_organization()
    db.session.remove()
    db.engine.dispose()
    server.drop(url)
