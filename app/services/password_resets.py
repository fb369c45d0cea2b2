"""Letters with links: invitations and forgotten passwords."""

from flask import current_app

from app.extensions import db
from app.gateways.stationery import Message
from app.models import LinkPurpose, Organization, User
from app.scope import current_organization_id, organization_scope
from app.services.accounts import make_link
from app.services.deliveries import write_mail
from app.services.sessions import find_user


def ask_for_reset(email: str) -> None:
    """Mail a link to choose a new password, if somebody has this address."""
    user = find_user(email)
    if user is None:
        return
    with organization_scope(user.organization_id):
        message = Message(
            greeting=f"Hello {user.name},",
            paragraphs=["You asked for a new password. With the link below you choose one."],
            deed="Choose a new password",
            url=one_time_address(LinkPurpose.PASSWORD_RESET, user),
            ending="The link works once, for 30 minutes. If you did not ask, do nothing: your password stays.",
        )
        write_mail(user.email, "Choose a new password", message)


def invite(user: User) -> None:
    """Mail a link with which an added person chooses their first password."""
    organization = db.session.get_one(Organization, current_organization_id())
    message = Message(
        greeting=f"Hello {user.name},",
        paragraphs=[
            f"{organization.name} plans its events and equipment with Crosshire, and you have access now."
        ],
        deed="Choose your password",
        url=one_time_address(LinkPurpose.INVITATION, user),
        ending=f"The link works once, for 7 days. After that you sign in with {user.email}.",
    )
    write_mail(user.email, f"Your access to {organization.name}", message)


def one_time_address(purpose: LinkPurpose, user: User) -> str:
    """Where a person chooses their password."""
    base: str = current_app.config["SETTINGS"].base_url
    return f"{base}/password/{make_link(purpose, user)}"
