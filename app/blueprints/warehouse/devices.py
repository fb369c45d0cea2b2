"""Who asks at a station: the device, which names itself in a cookie, so that two phones of one kind are two."""

import re
from typing import Final

from flask import request

COOKIE: Final = "device"
NAME: Final = re.compile(r"[0-9a-f]{8}")


def device() -> str:
    """The device's own name, if it has one, and what it says it is."""
    name = request.cookies.get(COOKIE, "")
    said = request.user_agent.string
    return f"{name} {said}" if NAME.fullmatch(name) else said
