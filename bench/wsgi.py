"""The product as it is measured: as in production, but with request limits off."""

import gc
from dataclasses import replace

from app.application import create_app
from app.config import Settings

app = create_app(replace(Settings.from_environment(), testing=True))

gc.collect()
gc.freeze()
