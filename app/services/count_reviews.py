"""Reviewing a count: deciding about differences, and sending lines back to be counted by somebody else."""

from collections.abc import Collection

from sqlalchemy import update

from app.actors import Actor
from app.extensions import db
from app.models import CountAction, CountLine, CountSession, CountState, Location
from app.permissions import Permission
from app.queries.accounts import people_who_may
from app.queries.count_review import people_of, review_of
from app.refusals import NotFound, Refused
from app.services.activities import record
from app.services.counts import refuse_unless
from app.transactions import lock


def decide(
    count: CountSession,
    line_ids: Collection[int],
    action: CountAction,
    *,
    by: Actor,
    from_location: Location | None = None,
    note: str = "",
) -> None:
    """Say what is done about some lines; NONE leaves it at what is proposed. Raises Refused, NotFound.

    A transfer names the place that the things come from, or takes the one that is proposed.
    """
    lock({CountSession: [count.id]})
    refuse_unless(count, CountState.REVIEW)
    known = {line.id: line for line in review_of(count).lines}
    if missing := set(line_ids) - known.keys():
        raise NotFound(f"{count.number} has no line {min(missing)}.")
    for line_id in line_ids:
        line = known[line_id]
        if action is CountAction.TRANSFER:
            origin = from_location.id if from_location else line.proposal.from_id
            refuse_transfer(line.location_id, line.finding.difference, origin)
    chosen = from_location.id if from_location and action is CountAction.TRANSFER else None
    said = {"action": action, "transfer_from_id": chosen, **({"note": note} if note else {})}
    db.session.execute(update(CountLine).where(CountLine.id.in_(line_ids)).values(said))
    record("count.decided", count, by=by, action=action.value, lines=len(line_ids))
    db.session.flush()


def refuse_transfer(location_id: int, difference: int, origin: int | None) -> None:
    """Only what was found too many comes from somewhere else. Raises Refused."""
    if difference <= 0:
        raise Refused("Nothing was found too many here: there is nothing to move here.", "action")
    if origin is None:
        raise Refused("Please choose where it is booked.", "from_id")
    if origin == location_id:
        raise Refused("It is here already.", "from_id")


def send_back(count: CountSession, *, by: Actor) -> int:
    """Have the lines that are to be recounted counted again, by somebody else; how many. Raises Refused."""
    lock({CountSession: [count.id]})
    refuse_unless(count, CountState.REVIEW)
    lines = [line.id for line in review_of(count).recounts]
    if not lines:
        raise Refused("No line is to be counted again.")
    count.round += 1
    again = {"round": count.round, "action": CountAction.NONE, "transfer_from_id": None}
    db.session.execute(update(CountLine).where(CountLine.id.in_(lines)).values(again))
    count.state, count.finished_at, count.finished_by_id = CountState.COUNTING, None, None
    record("count.sent_back", count, by=by, lines=len(lines))
    db.session.flush()
    return len(lines)


def refuse_same_person(count: CountSession, by: Actor) -> None:
    """Who counted or handed the count in does not post it. Raises Refused, naming who could."""
    if others := second_person(count, by):
        raise Refused(f"You counted or handed this in: {others} must look at it and post it.")


def second_person(count: CountSession, by: Actor) -> str:
    """Who has to look at a count before it is posted; nobody, when this person may post it.

    An organization in which only one person may post cannot have a second: there that person posts, and the
    log says that nobody else looked.
    """
    took_part = people_of(count.id) | {count.finished_by_id}
    if by.id is None or by.id not in took_part:
        return ""
    others = people_who_may(Permission.COUNTS_MANAGE)
    others.pop(by.id, None)
    return one_of([name for user_id, name in others.items() if user_id not in took_part]) if others else ""


def one_of(names: list[str]) -> str:
    """Who can do it."""
    if not names:
        return "somebody who did not count"
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def looks_alone(count: CountSession, by: Actor) -> bool:
    """True when the only person who may post has counted as well."""
    return by.id in people_of(count.id) | {count.finished_by_id}
