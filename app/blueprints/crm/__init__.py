"""Clients and what we offer them."""

from flask import Blueprint

blueprint = Blueprint("crm", __name__, url_prefix="/crm")

from app.blueprints.crm import (  # noqa: E402
    answers,
    companies,
    contacts,
    deals,
    invoices,
    leads,
    quote_lines,
    quotes,
)

__all__ = [
    "answers",
    "blueprint",
    "companies",
    "contacts",
    "deals",
    "invoices",
    "leads",
    "quote_lines",
    "quotes",
]
