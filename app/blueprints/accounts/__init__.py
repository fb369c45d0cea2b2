"""Signing in, people, roles, settings."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

from app.blueprints.accounts import sign_in  # noqa: E402

__all__ = ["blueprint", "sign_in"]
