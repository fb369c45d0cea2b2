"""Whoever comes without signing in: whose page they are on, and in whose name they act."""

from flask import g, request

from app.actors import Actor
from app.models import Organization
from app.scope import enter_organization


def host(organization: Organization) -> Organization:
    """This page belongs to this organization: its money, its dates, its rows."""
    g.organization = organization
    enter_organization(organization.id)
    return organization


def visitor(organization: Organization, name: str) -> Actor:
    """A person whom nobody has signed in; they may do nothing but what their link is for."""
    return Actor(None, name.strip()[:120] or "A client", organization.id)


def network_address() -> str:
    """From where an answer came."""
    return request.remote_addr or ""
