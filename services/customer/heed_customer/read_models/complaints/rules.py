"""State of a complaint, derived from its newest event. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from heed_common.contracts.complaint import CaseKind, ComplaintEvent
from heed_common.contracts.event import Event
from heed_common.contracts.message import MessageSubject
from heed_common.decoding import ReceivedEvent

NAMING_FIELDS = frozenset({"complaint_id", "about"})
"""Fields of events that name a complaint: its own, and the subject of messages."""
ABOUT_COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class ComplaintState:
    """A complaint as its event with the highest version describes it."""

    id: UUID
    version: int
    customer_id: UUID
    kind: str
    severity: str
    category: str
    state: str
    opened_at: datetime
    is_open: bool
    selling_suspended: bool
    confidential: bool


def newest_states(events: Iterable[ReceivedEvent[Any]]) -> list[ComplaintState]:
    """Return the newest state of each complaint, sorted by id; other events than those of complaints do not count."""
    complaints = [received for received in events if isinstance(received.event, ComplaintEvent)]
    newest = {
        received.event.complaint_id: received for received in sorted(complaints, key=lambda each: each.aggversion)
    }
    return [_state(newest[complaint_id]) for complaint_id in sorted(newest)]


def complaint_of(event: Event) -> UUID | None:
    """Return the complaint that an event of any service is about."""
    complaint_id: UUID | None = getattr(event, "complaint_id", None)
    about: MessageSubject | None = getattr(event, "about", None)
    return about.id if about is not None and about.type == ABOUT_COMPLAINT else complaint_id


def is_open(event: ComplaintEvent) -> bool:
    """Return whether the customer waits for an answer: other cases than complaints do not count, merged ones once."""
    return event.case is CaseKind.COMPLAINT and event.ended_at is None and event.merged_into is None


def _state(received: ReceivedEvent[ComplaintEvent]) -> ComplaintState:
    event = received.event
    return ComplaintState(
        id=event.complaint_id,
        version=received.aggversion,
        customer_id=event.customer_id,
        kind=event.case,
        severity=event.severity,
        category=event.category,
        state=event.state,
        opened_at=event.opened_at,
        is_open=is_open(event),
        selling_suspended=event.selling_suspended,
        confidential=event.confidential,
    )
