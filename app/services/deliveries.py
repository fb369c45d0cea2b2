"""Messages to the outside: kept as rows first, sent after the commit, each with what became of it."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.extensions import db
from app.gateways.mail import Letter, send_letter
from app.gateways.sms import TextMessage, send_text
from app.gateways.stationery import Message, as_html, as_text
from app.models import Delivery, DeliveryState, Organization, StoredFile
from app.outbox import Errand, enqueue
from app.scope import current_organization_id


def write_mail(address: str, subject: str, message: Message) -> Delivery:
    """Queue an email. It goes out after the commit, and its row says when it did."""
    return post(draft_mail(address, subject, message))


def draft_mail(address: str, subject: str, message: Message) -> Delivery:
    """An email that waits for its attachment before it is posted."""
    sender = db.session.get_one(Organization, current_organization_id())
    delivery = Delivery(
        channel="email",
        address=address,
        subject=subject,
        body=as_text(message, sender),
        html=as_html(message, sender),
        created_at=datetime.now(UTC),
    )
    db.session.add(delivery)
    db.session.flush()
    return delivery


def post(delivery: Delivery, attachment: StoredFile | None = None) -> Delivery:
    """Let an email go out after the commit, with what belongs to it."""
    delivery.attachment_id = attachment.id if attachment else None
    enqueue("mail.send", dedupe_key=f"delivery:{delivery.id}", queue="mail", delivery_id=delivery.id)
    db.session.flush()
    return delivery


def write_text(number: str, text: str) -> Delivery:
    """Queue a text message to an international number; it goes out like an email does."""
    delivery = Delivery(
        channel="sms", address=number, subject="Text message", body=text, created_at=datetime.now(UTC)
    )
    db.session.add(delivery)
    db.session.flush()
    enqueue("sms.send", dedupe_key=f"delivery:{delivery.id}", queue="mail", delivery_id=delivery.id)
    db.session.flush()
    return delivery


def letter_to_send(delivery_id: int) -> Letter | None:
    """The letter of a delivery that waits; none when it has gone out."""
    delivery = db.session.get_one(Delivery, delivery_id)
    return None if delivery.state is DeliveryState.SENT else letter_of(delivery)


def note_sent(_answer: object, delivery_id: int) -> None:
    """The mail server took it."""
    delivery = db.session.get_one(Delivery, delivery_id)
    if delivery.state is not DeliveryState.SENT:
        delivery.state, delivery.error = DeliveryState.SENT, ""
        delivery.sent_at = datetime.now(UTC)


def note_failed(delivery_id: int, error: str) -> None:
    """Nobody took it, however often we tried."""
    delivery = db.session.get_one(Delivery, delivery_id)
    delivery.state, delivery.error = DeliveryState.FAILED, error


def letter_of(delivery: Delivery) -> Letter:
    """The message with its attachment; its id is the delivery's, so that a second copy is recognised."""
    organization = db.session.get_one(Organization, current_organization_id())
    attached = db.session.scalar(
        select(StoredFile).where(StoredFile.id == delivery.attachment_id).options(undefer(StoredFile.content))
    )
    return Letter(
        reference=reference_of(delivery, organization),
        sender_name=organization.name,
        reply_to=organization.email,
        address=delivery.address,
        subject=delivery.subject,
        body=delivery.body,
        html=delivery.html,
        attachment=(attached.name, attached.media_type, attached.content) if attached else None,
    )


def text_to_send(delivery_id: int) -> TextMessage | None:
    """The text message of a delivery that waits; none when it has gone out."""
    delivery = db.session.get_one(Delivery, delivery_id)
    if delivery.state is DeliveryState.SENT:
        return None
    sender = db.session.get_one(Organization, current_organization_id())
    return TextMessage(reference_of(delivery, sender), sender.name, delivery.address, delivery.body)


def reference_of(delivery: Delivery, sender: Organization) -> str:
    """What a delivery is called outside, so that a second copy is recognised."""
    return f"delivery-{delivery.id}-{sender.slug}"


SEND = Errand(letter_to_send, send_letter, note_sent, note_failed)
"""Sending one email: the mail server is asked while no transaction is open."""
SEND_TEXT = Errand(text_to_send, send_text, note_sent, note_failed)
"""Sending one text message, in the same way."""
