"""The worker with two more tasks, whose effect is one countable row each; run as a program by the tests.

Its lease may be shorter, so that a test need not wait a minute for what a killed process left behind.
"""

import os
import sys
import time
from datetime import timedelta
from functools import partial

import worker
from app import leasing, outbox
from app.actors import system_actor
from app.application import create_app
from app.extensions import db
from app.models import Organization
from app.scope import current_organization_id
from app.services.activities import record
from app.tasks import TASKS

COUNTED = "test.counted"


def count(number: int, pause: float = 0.0) -> None:
    """Leave a row that says that this was done, early, so that dying later must take it back."""
    organization = db.session.get_one(Organization, current_organization_id())
    record(COUNTED, organization, by=system_actor(organization.id), number=number)
    db.session.flush()
    time.sleep(pause)


def main(halves: list[str]) -> None:
    """Run the halves that are named, or both."""
    TASKS["test.count"] = count
    lease = timedelta(seconds=float(os.environ["TEST_LEASE"]))
    outbox.LEASE = leasing.LEASE = lease
    leasing.TASK_LIMIT = lease * 5 / 6
    app = create_app()
    known = {"relay": partial(worker.relay, app), "worker": partial(worker.perform_tasks, app)}
    worker.Forks({name: known[name] for name in halves or known}).run()


if __name__ == "__main__":
    main(sys.argv[1:])
