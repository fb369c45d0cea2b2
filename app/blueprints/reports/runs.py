"""Reports that the worker makes."""

from flask import Response, request, url_for

from app.blueprints.reports import blueprint
from app.blueprints.reports.asked import asked_by, report_named
from app.edge import actor
from app.htmx import go_to
from app.permissions import Permission, requires
from app.services.report_files import begin_report


@blueprint.post("/<report_name>/runs")
@requires(Permission.REPORTS_READ)
def run_report(report_name: str) -> Response:
    """Have a report made as a file while the person goes on working."""
    chosen = report_named(report_name)
    work = begin_report(chosen.name, asked_by(chosen, request.form), by=actor())
    return go_to(url_for("insight.work", work_id=work.id))
