"""The modules, as the browser meets them."""

from flask import Blueprint

from app.blueprints.accounts import blueprint as accounts
from app.blueprints.api import blueprint as api
from app.blueprints.api import pages as api_pages
from app.blueprints.crm import blueprint as crm
from app.blueprints.health import blueprint as health
from app.blueprints.insight import blueprint as insight
from app.blueprints.inventory import blueprint as inventory
from app.blueprints.jobs import blueprint as jobs
from app.blueprints.live import blueprint as live
from app.blueprints.planning import blueprint as planning
from app.blueprints.public import blueprint as public
from app.blueprints.reports import blueprint as reports
from app.blueprints.warehouse import blueprint as warehouse

BLUEPRINTS: tuple[Blueprint, ...] = (
    accounts,
    api,
    api_pages,
    insight,
    health,
    inventory,
    jobs,
    crm,
    planning,
    public,
    reports,
    warehouse,
    live,
)
