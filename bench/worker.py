"""A worker in a process of its own: it does what waits, and tells what that took. Run as `python -m bench.worker`."""

import gc
import json
import os
import time
from datetime import UTC, datetime

from app import jobs
from app.application import create_app
from app.config import Settings
from app.leasing import lease_ready_rows
from app.scope import system_scope
from app.transactions import finish
from bench.servers import highest_memory


def main() -> None:
    """Lease all that is due and do it, as a fork of the worker would."""
    app = create_app(Settings.from_environment(os.environ))
    gc.collect()
    gc.freeze()
    with app.app_context(), system_scope("the bench plays the relay"):
        leased = lease_ready_rows(datetime.now(UTC))
    finish()
    begun, spent = time.perf_counter(), time.process_time()
    for given in leased:
        with app.app_context():
            jobs.perform(given.row_id, given.attempt)
    told = {
        "seconds": time.perf_counter() - begun,
        "cpu_seconds": time.process_time() - spent,
        "highest_mb": highest_memory(os.getpid()) / 1024,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
