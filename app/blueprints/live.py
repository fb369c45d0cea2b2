"""`/live`: a WebSocket that says what changed, to pages and programs. They ask again, as they may see it."""

from queue import Empty
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request
from simple_websocket import ConnectionClosed, Server

from app.at_once import LIVE
from app.edge import asker
from app.live import Listener, hub
from app.permissions import Permission, requires
from app.refusals import Forbidden, Refused
from app.scope import current_organization_id, leave_organization
from app.transactions import finish

KEEP_ALIVE = 20.0
"""Seconds between two signs of life; with each of our own we see whether the person is still signed in."""
LARGEST_MESSAGE = 1024
"""Nobody needs to tell us anything."""

blueprint = Blueprint("live", __name__)


class Carried(Response):
    """The answer of a connection that was a WebSocket: gunicorn is told that nothing more is to be sent."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise StopIteration


@blueprint.get(LIVE, websocket=True)
@requires(Permission.STOCK_READ)
def live() -> Response:
    """Tell of every change of stock until one of us leaves, or the person may not see it any more."""
    refuse_foreign_page()
    refuse_without_socket()
    with hub.listening(current_organization_id()) as listener:
        finish()  # what looks on holds no connection to the database
        carry(listener)
    return Carried()


def refuse_foreign_page() -> None:
    """A page of another site would bring our cookie along. Programs say no origin. Raises Forbidden."""
    origin = request.headers.get("Origin")
    known = {urlsplit(current_app.config["SETTINGS"].base_url).netloc, request.host}
    if origin is not None and urlsplit(origin).netloc not in known:
        raise Forbidden("This page is not one of ours.")


class NoSocket(Refused):
    """Whatever serves us here cannot carry a WebSocket."""

    status = 426


def refuse_without_socket() -> None:
    """Raises NoSocket where the server does not hand its connection over."""
    if not {"gunicorn.socket", "werkzeug.socket"} & request.environ.keys():
        raise NoSocket("Connections that look on need gunicorn.")


def carry(listener: Listener) -> None:
    """Send what the listener hears, and end when either side is gone."""
    socket = Server.accept(request.environ, ping_interval=KEEP_ALIVE, max_message_size=LARGEST_MESSAGE)
    try:
        while socket.connected and (message := next_message(listener)) is not None:
            if message:
                socket.send(message)
        socket.close()
    except (ConnectionClosed, OSError):
        return


def next_message(listener: Listener) -> str | None:
    """What is to be sent; nothing new is an empty text, and None the end."""
    try:
        return listener.hear(KEEP_ALIVE)
    except Empty:
        return "" if may_still_see(listener.organization_id) else None


def may_still_see(organization_id: int) -> bool:
    """True while the session or token counts, and its owner may see stock there."""
    finish()
    found = asker()
    finish()
    leave_organization()
    return (
        found is not None
        and found[0].organization_id == organization_id
        and found[0].may(Permission.STOCK_READ)
    )
