"""Messages to the outside: kept as rows first, sent after the commit, each with what became of it."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.extensions import db
from app.gateways.mail import Letter, send_letter
from app.models import Delivery, DeliveryState, Organization, StoredFile
from app.outbox import enqueue
from app.scope import current_organization_id


def write_mail(
    address: str, subject: str, body: str, *, html: str = "", attachment: StoredFile | None = None
) -> Delivery:
    """Queue an email. It goes out after the commit, and its row says when it did."""
    delivery = Delivery(
        channel="email",
        address=address,
        subject=subject,
        body=body,
        html=html,
        attachment_id=attachment.id if attachment else None,
        created_at=datetime.now(UTC),
    )
    db.session.add(delivery)
    db.session.flush()
    enqueue("mail.send", dedupe_key=f"delivery:{delivery.id}", queue="mail", delivery_id=delivery.id)
    db.session.flush()
    return delivery


def send_delivery(delivery_id: int) -> None:
    """Hand one waiting message over to the mail server. Raises OSError when it cannot be reached."""
    delivery = db.session.get_one(Delivery, delivery_id)
    if delivery.state is DeliveryState.SENT:
        return
    send_letter(letter_of(delivery))
    delivery.state = DeliveryState.SENT
    delivery.sent_at = datetime.now(UTC)


def letter_of(delivery: Delivery) -> Letter:
    """The message with its attachment; its id is the delivery's, so that a second copy is recognised."""
    organization = db.session.get_one(Organization, current_organization_id())
    attached = db.session.scalar(
        select(StoredFile).where(StoredFile.id == delivery.attachment_id).options(undefer(StoredFile.content))
    )
    return Letter(
        reference=f"delivery-{delivery.id}-{organization.slug}",
        sender_name=organization.name,
        reply_to=organization.email,
        address=delivery.address,
        subject=delivery.subject,
        body=delivery.body,
        html=delivery.html,
        attachment=(attached.name, attached.media_type, attached.content) if attached else None,
    )
