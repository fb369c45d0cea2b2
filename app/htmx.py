"""Every hypermedia convention: page or part, out-of-band parts, going elsewhere, and when to commit."""

import json
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request
from htmx_flask import Htmx

from app.transactions import commit, is_writing

htmx = Htmx()
FLASH_PART = "layout/_flash.html"


def wants_part() -> bool:
    """True when htmx asks for a piece of a page rather than the page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Target") != "body"
    )


def page(template: str, *, part: str | None = None, **context: Any) -> Response:
    """The page to a browser, its part to htmx. The page includes that same part."""
    settle()
    if not wants_part():
        return answer(render_template(template, **context))
    if part is None:
        whole = answer(render_template(template, **context))
        whole.headers["HX-Retarget"] = "body"
        return whole
    return answer(render_template(part, **context) + flashed())


def part(template: str, *out_of_band: str, trigger: str | None = None, **context: Any) -> Response:
    """A part, then other parts out of band, then what is to be said."""
    settle()
    pieces = [render_template(template, **context)]
    pieces += [render_template(other, out_of_band=True, **context) for other in out_of_band]
    response = answer("".join(pieces) + flashed())
    if trigger:
        response.headers["HX-Trigger"] = trigger
    return response


def go_to(url: str) -> Response:
    """Lead the person elsewhere."""
    settle()
    if request.headers.get("HX-Request") != "true":
        return make_response(redirect(url, 303))
    response = make_response("", 204)
    response.headers["HX-Location"] = json.dumps({"path": url, "target": "body"})
    return response


def say(message: str, kind: str = "ok") -> None:
    """Tell the person something beside the answer: ok, warn or refused."""
    flash(message, kind)


def settle() -> None:
    """Commit before anything is rendered: what is shown is what was kept, and no lock waits for a template."""
    if is_writing():
        commit()


def flashed() -> str:
    """The messages that wait to be said, as an out-of-band part."""
    return render_template(FLASH_PART, out_of_band=True)


def answer(body: str) -> Response:
    """The response, with the status that a refusal left behind."""
    return make_response(body, getattr(g, "answer_status", 200))
