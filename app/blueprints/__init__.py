"""The modules, as the browser meets them."""

from flask import Blueprint

from app.blueprints.accounts import blueprint as accounts
from app.blueprints.insight import blueprint as insight

BLUEPRINTS: tuple[Blueprint, ...] = (accounts, insight)
