"""Jobs: planned and followed at a desk, worked on from a phone."""

from flask import Blueprint

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")

from app.blueprints.jobs import board, deeds, job_forms, jobs, mine, parts, types, ways_out  # noqa: E402

__all__ = ["blueprint", "board", "deeds", "job_forms", "jobs", "mine", "parts", "types", "ways_out"]
