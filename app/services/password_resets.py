"""Letters with links: invitations and forgotten passwords."""

from flask import current_app

from app.models import LinkPurpose, User
from app.scope import organization_scope
from app.services.accounts import make_link
from app.services.deliveries import write_mail
from app.services.sessions import find_user


def ask_for_reset(email: str) -> None:
    """Mail a link to choose a new password, if somebody has this address."""
    user = find_user(email)
    if user is None:
        return
    with organization_scope(user.organization_id):
        send_link(
            user, LinkPurpose.PASSWORD_RESET, "Choose a new password", "This link works once, for 30 minutes:"
        )


def invite(user: User) -> None:
    """Mail a link with which an added person chooses their first password."""
    send_link(
        user,
        LinkPurpose.INVITATION,
        "Your access to Crosshire",
        "Choose your password here; the link works for 7 days:",
    )


def send_link(user: User, purpose: LinkPurpose, subject: str, sentence: str) -> None:
    """Mail a one-time link to a person."""
    base = current_app.config["SETTINGS"].base_url
    address = f"{base}/password/{make_link(purpose, user)}"
    write_mail(user.email, subject, f"Hello {user.name},\n\n{sentence}\n\n{address}\n")
