"""What a person, htmx or a program sees when something does not work."""

import logging

from flask import (
    Flask,
    Response,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from app.edge import API
from app.extensions import login_manager
from app.htmx import flashed
from app.permissions import who
from app.refusals import Busy, Forbidden, Refused
from app.transactions import is_lock_timeout, rollback, start_reading

log = logging.getLogger(__name__)

TITLES = {
    400: "That did not arrive whole",
    401: "Nobody has signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Somebody was faster",
    413: "Too large",
    422: "That will not do",
    429: "A little slower, please",
    500: "Something broke on our side",
    503: "Busy for a moment",
}
TEXTS = {
    400: "The page may have been open for too long. Go back, load it again and repeat the last step.",
    404: "This does not exist, or you may not see it.",
    429: "Too many requests came from here. Wait a moment and try again.",
    500: "Nothing was changed. The reference below helps us to find the cause.",
}


def bind_errors(app: Flask) -> None:
    """Answer every error in the form that the asker understands."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(DBAPIError, database_error)
    app.register_error_handler(Exception, broken)
    login_manager.unauthorized_handler(sign_in_first)


def refused(error: Refused) -> Response:
    """A deed said no. Where nobody is signed in, signing in comes first."""
    if isinstance(error, Forbidden) and not who().is_authenticated and not wants_json():
        return sign_in_first()
    return problem(error.status, error.message, error.errors)


def http_error(error: HTTPException) -> Response:
    """Werkzeug's own errors: not found, wrong method, missing CSRF token, too many requests."""
    status = error.code or 500
    response = problem(status, TEXTS.get(status, error.description or ""), {})
    for name, value in error.get_headers():
        if name.lower() in ("retry-after", "allow"):
            response.headers[name] = value
    if isinstance(error, CSRFError):
        # What another page still sent may be answered after the page on which somebody signs in now: with a cookie
        # of its own, it would take the one away to which that form belongs.
        session.modified = False
    return response


def database_error(error: DBAPIError) -> Response:
    """Somebody else holds the rows: try again. Anything else is our mistake."""
    if is_lock_timeout(error):
        response = problem(
            503, Busy("Somebody else is booking the same things. Please try again.").message, {}
        )
        response.headers["Retry-After"] = "1"
        return response
    return broken(error)


def broken(error: Exception) -> Response:
    """A mistake in the program: nothing is kept, and the log says where to look."""
    log.exception("Request %s failed", g.get("request_id", ""))
    return problem(500, TEXTS[500], {})


def problem(status: int, text: str, errors: dict[str, list[str]]) -> Response:
    """The error as problem+json, as a message beside the page, or as a page."""
    rollback()
    start_reading()
    if wants_json():
        return problem_json(status, text, errors)
    if request.headers.get("HX-Request") == "true":
        return problem_part(text, status)
    reference = g.get("request_id", "") if status >= 500 else ""
    body = render_template(
        "layout/error.html", status=status, title=TITLES.get(status, ""), text=text, kept=reference
    )
    return make_response(body, status)


def problem_json(status: int, text: str, errors: dict[str, list[str]]) -> Response:
    """RFC 9457."""
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": text}
    response = jsonify(body | ({"errors": errors} if errors else {}))
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def problem_part(text: str, status: int) -> Response:
    """A message that appears beside the page, which stays as it is."""
    flash(text, "error")
    response = make_response(flashed(), status)
    response.headers["HX-Reswap"] = "none"
    return response


def wants_json() -> bool:
    """True on the API and for callers that ask for JSON."""
    return request.path.startswith(API) or request.accept_mimetypes.best == "application/json"


def sign_in_first() -> Response:
    """Lead to the sign-in page and remember where the person wanted to go."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    url = url_for("accounts.sign_in", next=wanted)
    if request.headers.get("HX-Request") == "true":
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url_for("accounts.sign_in")
        return response
    return make_response(redirect(url, 303))
