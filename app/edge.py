"""The edge of a request: who asks, which transaction it runs in, and the headers every answer carries."""

import secrets
import time

from flask import Flask, Response, current_app, g, request, session

from app.actors import Actor
from app.at_once import LIVE
from app.config import Settings
from app.extensions import login_manager
from app.models import Organization
from app.permissions import ONLY_ASKS, who
from app.refusals import Forbidden, NotFound
from app.scope import enter_organization, leave_organization
from app.services.sessions import actor_of_session
from app.services.tokens import actor_of_token
from app.transactions import commit, finish, is_writing, start_reading, start_writing

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
API = "/api/v1/"
TOKEN_KEY = "sid"
SEEN_KEY = "seen"
IDLE = 12 * 3600
"""Seconds without a request after which a session is over."""
NOTE_SEEN_EVERY = 600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "manifest-src 'self'"
)
DECODER = "js/camera_worker.js"
DECODER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""The one script that may run WebAssembly: a worker with a policy of its own, so that no page need allow as much."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def bind_edge(app: Flask) -> None:
    """Wrap every request of the application."""
    app.before_request(open_request)
    app.after_request(close_request)
    app.teardown_request(leave_request)
    login_manager.request_loader(actor_of_request)


def open_request() -> None:
    """Choose the transaction by the method, and find out who asks."""
    g.request_id = secrets.token_hex(8)
    leave_organization()
    finish()
    if request.endpoint == "static":
        return
    refuse_nul()
    if request.method not in SAFE and not only_asks():
        start_writing()


def only_asks() -> bool:
    """True for a question that is sent by POST because it is long: it waits for nobody who writes."""
    return bool(getattr(current_app.view_functions.get(request.endpoint or ""), ONLY_ASKS, False))


def refuse_nul() -> None:
    """An address with a NUL names nothing; PostgreSQL would break on it."""
    in_query = not request.path.startswith(API) and b"%00" in request.query_string
    if "\x00" in request.path or in_query:
        raise NotFound("This address names nothing.")


def actor_of_request(_request: object) -> object | None:
    """The person whose session this is; entering their organization is part of knowing them.

    On a page that belongs to another organization, as a client's quote does, they are nobody.
    """
    found, host = asker(), g.get("organization")
    if found is None or (host is not None and host.id != found[0].organization_id):
        return None
    someone, g.organization = found
    enter_organization(someone.organization_id)
    return someone


def asker() -> tuple[Actor, Organization] | None:
    """Programs bring a token and no cookie counts for them; people bring the cookie of their session."""
    if request.path.startswith(API) or (request.path == LIVE and "Authorization" in request.headers):
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secret:
            return actor_of_token(secret.strip())
        return None
    return actor_of_cookie()


def actor_of_cookie() -> tuple[Actor, Organization] | None:
    """The person of a session that was not left alone for too long."""
    token = session.get(TOKEN_KEY)
    if not token or time.time() - session.get(SEEN_KEY, 0) > IDLE:
        return None
    return actor_of_session(token)


def actor() -> Actor:
    """The person or program in whose name this request acts. Raises Forbidden when nobody has signed in."""
    someone = who()._get_current_object()
    if not isinstance(someone, Actor):
        raise Forbidden("Please sign in first.")
    return someone


def is_somebody() -> bool:
    """True when somebody has signed in."""
    return isinstance(who()._get_current_object(), Actor)


def close_request(response: Response) -> Response:
    """Commit what a view wrote and did not settle itself; add the headers; note that the person is there."""
    if is_writing() and response.status_code < 400:
        commit()
    note_seen()
    if request.endpoint == "static" and (request.view_args or {}).get("filename") == DECODER:
        response.headers["Content-Security-Policy"] = DECODER_POLICY
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.vary.update(["HX-Request", "HX-Target", "Cookie"])
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-ID"] = g.get("request_id", "")
    settings: Settings = _settings()
    if settings.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def note_seen() -> None:
    """Renew the time in the signed cookie now and then: a GET writes nothing to the database."""
    now = int(time.time())
    if session.get(TOKEN_KEY) and now - session.get(SEEN_KEY, 0) > NOTE_SEEN_EVERY:
        session[SEEN_KEY] = now


def leave_request(_error: BaseException | None) -> None:
    """Keep nothing that was not committed, and forget whose request it was."""
    finish()
    leave_organization()
    start_reading()


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
