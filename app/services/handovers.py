"""Closing a movement: what left or came back is written down, with a reason for whatever differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.actors import Actor
from app.extensions import db
from app.fields import LongText
from app.models import Discrepancy, Event, Handover, Organization, ScanMode
from app.queries.handover_cases import NotedCase, noted_cases
from app.queries.handover_cases import as_kept as cases_as_kept
from app.queries.handover_content import handover_content
from app.queries.handovers import (
    Span,
    as_kept,
    differences_now,
    handover_called,
    moved_in,
    on_note,
    open_span,
)
from app.refusals import Refused
from app.rules.discrepancies import Difference, Key
from app.scope import current_organization_id
from app.services.activities import record
from app.services.documents import order_document
from app.services.numbers import next_number, this_year
from app.services.scan_rows import refuse_finished
from app.transactions import lock

SERIES = {ScanMode.OUT: "DN", ScanMode.IN: "RN"}
LONGEST_REASON = 500


@dataclass(frozen=True)
class Closing:
    """What somebody says when they close a movement: reasons by the key of their difference, one for all others."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    reason_for_all: str = ""
    notes: LongText = ""

    def reason_for(self, difference: Difference) -> str:
        """What is known already, else its own reason, else the one for all."""
        if difference.known_reason:
            return difference.known_reason[:LONGEST_REASON]
        return (self.reasons.get(difference.key, "").strip() or self.reason_for_all.strip())[:LONGEST_REASON]


class NoReason(Refused):
    """Differences that nobody gave a reason for, field by field."""

    def __init__(self, missing: Sequence[Difference]) -> None:
        super().__init__("Please say why, where it differs.")
        self.errors = {f"reasons.{one.key}": ["Why is that?"] for one in missing}


def hand_over(event: Event, mode: ScanMode, closing: Closing, *, by: Actor, request_id: str) -> Handover:
    """Write a delivery note (OUT) or a return note (IN) for what moved since the last one, and have it printed.

    The same request again gives the same note. Raises Refused when nothing has moved, NoReason.
    """
    lock({Event: [event.id]})
    if before := handover_called(request_id):
        return same_note(before, event, mode)
    refuse_finished(event, mode)
    span = open_span(event.id, mode)
    moved, found, cases = moved_in(span), differences_now(span), noted_cases(span)
    if not moved and not cases and not any(one.known_reason for one in found):
        raise Refused("Nothing has left." if mode is ScanMode.OUT else "Nothing has come back.")
    if missing := [one for one in found if not closing.reason_for(one)]:
        raise NoReason(missing)
    row = write(span, moved, cases, closing, request_id, by)
    keep(row, found, closing)
    print_note(row, event, cases)
    record("handover.made", row, by=by, label=row.number, event_id=event.id, pieces=row.pieces)
    return row


def same_note(row: Handover, event: Event, mode: ScanMode) -> Handover:
    """What the same request has written before. Raises Refused when it was about something else."""
    if (row.event_id, row.mode) != (event.id, mode):
        raise Refused(f"This was sent before and made {row.number}. Please open the page again.")
    return row


def write(
    span: Span,
    moved: Mapping[Key, int],
    cases: Sequence[NotedCase],
    closing: Closing,
    request_id: str,
    by: Actor,
) -> Handover:
    """The note itself, with the next number of its kind."""
    now = datetime.now(UTC)
    row = Handover(
        number=next_number(SERIES[span.mode], this_year(now)),
        event_id=span.event_id,
        mode=span.mode,
        after_scan_id=span.after,
        last_scan_id=span.last,
        pieces=sum(moved.values()),
        moved=as_kept(moved) | cases_as_kept(cases),
        notes=closing.notes,
        request_id=request_id,
        by_id=by.id,
        by_name=by.name,
        made_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def keep(row: Handover, found: Sequence[Difference], closing: Closing) -> None:
    """The differences as they stood, with their reasons."""
    db.session.add_all(
        Discrepancy(
            handover_id=row.id,
            sort=one.sort,
            product_id=one.product_id,
            asset_id=one.asset_id,
            quantity=one.quantity,
            reason=closing.reason_for(one),
        )
        for one in found
    )
    db.session.flush()


def print_note(row: Handover, event: Event, cases: Sequence[NotedCase]) -> None:
    """Have the note set as PDF after the commit, as things stand now."""
    organization = db.session.get_one(Organization, current_organization_id())
    content = handover_content(row, event, on_note(row), cases, organization)
    order_document(row, f"{row.number}.pdf", content)


def void_handover(row: Handover, reason: str, *, by: Actor) -> Handover:
    """Take the latest note of a movement back: its scans are open again, and the next note covers them.

    Raises Refused for a note that others follow, or of a finished event. Taken back twice is once.
    """
    lock({Event: [row.event_id], Handover: [row.id]})
    if not row.stands:
        return row
    event = db.session.get_one(Event, row.event_id)
    refuse_finished(event, row.mode)
    if not reason.strip():
        raise Refused("Please say why.", "reason")
    if open_span(row.event_id, row.mode).after != row.last_scan_id:
        raise Refused(f"Another note follows {row.number}. Take that one back first.", "reason")
    row.voided_at, row.voided_reason = datetime.now(UTC), reason.strip()[:LONGEST_REASON]
    record("handover.voided", row, by=by, label=row.number, event_id=row.event_id, reason=row.voided_reason)
    return row


__all__ = ["Closing", "NoReason", "hand_over", "void_handover"]
