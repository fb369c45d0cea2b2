"""How people want to hear of each kind of thing: in the app, by email or SMS, at once or once a day."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select

from app.actors import Actor
from app.extensions import db
from app.models import NotificationPreference, User
from app.refusals import Refused
from app.rules.text_messages import international

CHANNELS: Final = ("app", "email", "sms")
NO_NUMBER: Final = "Give your phone number with its country code first, such as +49 170 1234567."


class Way(StrEnum):
    """When somebody hears over one channel. What is critical comes at once, unless they hear nothing at all."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    OFF = "off"


Ways = Mapping[str, Way]
"""Channel → when."""


def usual_ways(*, has_digest: bool) -> dict[str, Way]:
    """What holds until somebody says otherwise: no SMS, and by email what is gathered once a day."""
    email = Way.DIGEST if has_digest else Way.AT_ONCE
    return {"app": Way.AT_ONCE, "email": email, "sms": Way.OFF}


def ways_of(user_ids: Collection[int], kind: str, *, has_digest: bool) -> dict[int, Ways]:
    """How each of these people hears of one kind: one statement for all of them."""
    ways = {user_id: usual_ways(has_digest=has_digest) for user_id in user_ids}
    query = select(NotificationPreference).where(
        NotificationPreference.user_id.in_(user_ids), NotificationPreference.kind == kind
    )
    for said in db.session.scalars(query):
        ways[said.user_id][said.channel] = way_said(said)
    return dict(ways)


def way_said(said: NotificationPreference) -> Way:
    """What a row means."""
    if not said.is_wanted:
        return Way.OFF
    return Way.DIGEST if said.is_digest else Way.AT_ONCE


def my_ways(user_id: int, digests: Mapping[str, bool]) -> dict[str, dict[str, Way]]:
    """Kind → channel → when, of one person; `digests` says which kinds can be gathered."""
    ways = {kind: usual_ways(has_digest=has_digest) for kind, has_digest in digests.items()}
    query = select(NotificationPreference).where(NotificationPreference.user_id == user_id)
    for said in db.session.scalars(query):
        if said.kind in ways:
            ways[said.kind][said.channel] = way_said(said)
    return ways


def choose_ways(wanted: Collection[str], digests: Mapping[str, bool], *, by: Actor) -> None:
    """Hear of exactly these: `kind:channel`, or `kind:channel:digest`. Only what is unusual is kept.

    Raises Refused where text messages are wanted and there is no number to send them to.
    """
    ways = {(kind, channel): way_wanted(kind, channel, wanted) for kind in digests for channel in CHANNELS}
    if any(channel == "sms" and way is not Way.OFF for (_, channel), way in ways.items()):
        refuse_without_number(db.session.get_one(User, by.id).phone)
    db.session.execute(delete(NotificationPreference).where(NotificationPreference.user_id == by.id))
    db.session.add_all(rows_of(ways, digests, by.id))
    db.session.flush()


def way_wanted(kind: str, channel: str, wanted: Collection[str]) -> Way:
    """What was chosen for one kind and channel."""
    if f"{kind}:{channel}:digest" in wanted:
        return Way.DIGEST
    return Way.AT_ONCE if f"{kind}:{channel}" in wanted else Way.OFF


def rows_of(
    ways: Mapping[tuple[str, str], Way], digests: Mapping[str, bool], user_id: int | None
) -> Iterable[NotificationPreference]:
    """A row for everything that differs from what is usual."""
    for (kind, channel), way in ways.items():
        if way is not usual_ways(has_digest=digests[kind])[channel]:
            yield NotificationPreference(
                user_id=user_id,
                kind=kind,
                channel=channel,
                is_wanted=way is not Way.OFF,
                is_digest=way is Way.DIGEST,
            )


def refuse_without_number(phone: str) -> None:
    """A text message needs a number that can be found from everywhere. Raises Refused."""
    if not international(phone):
        raise Refused(NO_NUMBER, "wanted")


def wants_texts(user_id: int) -> bool:
    """True for somebody who asked for text messages of any kind."""
    query = select(NotificationPreference.id).where(
        NotificationPreference.user_id == user_id,
        NotificationPreference.channel == "sms",
        NotificationPreference.is_wanted,
    )
    return db.session.scalar(query.limit(1)) is not None
