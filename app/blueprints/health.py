"""Whether this installation works: for monitors, load balancers and the supervisor; no sign-in."""

from flask import Blueprint, Response, jsonify

from app.extensions import limiter
from app.permissions import public
from app.queries.health import Health, health_of_parts, health_of_web

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
@limiter.exempt
def healthz() -> Response:
    """Everything works: 200; something does not: 503. Each part says how it is."""
    return answered(health_of_parts())


@blueprint.get("/readyz")
@public
@limiter.exempt
def readyz() -> Response:
    """This web process can answer requests, whatever becomes of the work behind it."""
    return answered(health_of_web())


def answered(parts: dict[str, Health]) -> Response:
    """The parts as JSON, and the status that says it in a number."""
    ready = all(part.ok for part in parts.values())
    told = {name: {"ok": part.ok, "state": part.told} for name, part in parts.items()}
    response = jsonify(ready=ready, parts=told)
    response.status_code = 200 if ready else 503
    return response
