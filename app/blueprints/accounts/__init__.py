"""Signing in, people, roles, settings."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

from app.blueprints.accounts import (  # noqa: E402
    profile,
    proof,
    roles,
    settings,
    sign_in,
    stock_rules,
    tasks,
    tokens,
    users,
)

__all__ = [
    "blueprint",
    "profile",
    "proof",
    "roles",
    "settings",
    "sign_in",
    "stock_rules",
    "tasks",
    "tokens",
    "users",
]
