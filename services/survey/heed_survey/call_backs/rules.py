"""Who is called back about what, and what an answer to it says. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from heed_common.contracts.complaint import CaseKind, ComplaintEvent, ComplaintStatus
from heed_common.contracts.survey import Answer

SOLVED, PLEASANT = "solved", "pleasant"
"""The two questions, by the codes of their items."""
ASKED_ABOUT = frozenset({CaseKind.COMPLAINT, CaseKind.SERVICE_REQUEST, CaseKind.ENQUIRY})
"""Praise, suggestions and grievances that nobody voiced have nothing that could be solved."""
TOO_LATE = timedelta(days=30)
"""Nobody is asked about what was resolved so long ago: a service that begins to listen hears the whole past at once."""
RESOLVED = frozenset({ComplaintStatus.COMPLETED, ComplaintStatus.CONFIRMED})


class CallBackState(StrEnum):
    SCHEDULED = "scheduled"
    DUE = "due"
    ANSWERED = "answered"
    CANCELLED = "cancelled"


OPEN = frozenset({CallBackState.SCHEDULED, CallBackState.DUE})


@dataclass(frozen=True, slots=True)
class Known:
    """A complaint and its call-back."""

    id: UUID
    customer_id: UUID | None
    version: int
    selling_suspended: bool
    confidential: bool = False
    completed_at: datetime | None = None
    call_back: CallBackState | None = None
    invitation_id: UUID | None = None
    response_id: UUID | None = None

    @property
    def may_be_answered(self) -> bool:
        """Who calls before the day has called, and who was asked may answer however late."""
        was_asked = self.call_back is CallBackState.CANCELLED and self.invitation_id is not None
        return self.call_back in OPEN or was_asked


class InTheWay(NamedTuple):
    """A complaint that forbids to ask its customer for anything else."""

    complaint_id: UUID
    confidential: bool


def after(known: Known | None, event: ComplaintEvent, *, version: int, now: datetime) -> Known:
    """What is known once the newest word about the complaint has been heard."""
    standing = Known(
        event.complaint_id,
        event.customer_id if event.customer_is_known else None,
        version,
        event.selling_suspended,
        event.confidential,
    )
    if _is_to_be_asked_about(event, now=now):
        return _asking(standing, known, event)
    if known is None or known.call_back is None:
        return standing
    given_up = CallBackState.CANCELLED if known.call_back in OPEN else known.call_back
    return _with_call_back(standing, known, given_up)


def _is_to_be_asked_about(event: ComplaintEvent, *, now: datetime) -> bool:
    """Resolved not long ago and not ended: not withdrawn, not closed, not handled under another complaint."""
    if event.completed_at is None or now - event.completed_at > TOO_LATE:
        return False
    return event.state in RESOLVED and event.case in ASKED_ABOUT and event.merged_into is None


def _asking(standing: Known, known: Known | None, event: ComplaintEvent) -> Known:
    """Return the next call-back state: one invitation per completion, even if its event is replayed after a restore."""
    if known is None or known.call_back is None or _is_later(event.completed_at, known.completed_at):
        return replace(standing, completed_at=event.completed_at, call_back=CallBackState.SCHEDULED)
    if known.call_back is not CallBackState.CANCELLED:
        return _with_call_back(standing, known, known.call_back)
    was_asked = known.invitation_id is not None
    return _with_call_back(standing, known, CallBackState.DUE if was_asked else CallBackState.SCHEDULED)


def _is_later(moment: datetime | None, known: datetime | None) -> bool:
    return moment is not None and (known is None or moment > known)


def _with_call_back(standing: Known, known: Known, state: CallBackState) -> Known:
    return replace(
        standing,
        completed_at=known.completed_at,
        call_back=state,
        invitation_id=known.invitation_id,
        response_id=known.response_id,
    )


def verdict(answers: Sequence[Answer]) -> Mapping[str, bool]:
    """What the answers say to the two questions: the happier half of a scale, its middle included, is a yes."""
    asked = {answer.item: answer for answer in answers if answer.item in (SOLVED, PLEASANT)}
    return {item: 2 * answer.value >= answer.lowest + answer.highest for item, answer in asked.items()}
