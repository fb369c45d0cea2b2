"""What the web server loads."""

import gc

from app.application import create_app

app = create_app()

# What exists now lives as long as the process: the collector need not look at it again, and pages
# that workers share stay shared.
gc.collect()
gc.freeze()
