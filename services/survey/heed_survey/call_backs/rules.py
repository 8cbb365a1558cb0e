"""States of call-backs, and the meaning of their answers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from heed_common.contracts.complaint import CaseKind, ComplaintEvent, ComplaintImported, ComplaintStatus, Milestone
from heed_common.contracts.survey import Answer

CONFIDENTIAL_SCOPE = "complaints:confidential:read"
SOLVED, PLEASANT = "solved", "pleasant"
"""Item codes of the two questions."""
CALLED_BACK_KINDS = frozenset({CaseKind.COMPLAINT, CaseKind.SERVICE_REQUEST, CaseKind.ENQUIRY})
"""Praise, suggestions and unreported grievances have nothing that could be solved."""
MAX_AGE = timedelta(days=30)
"""Older completions have no call-back: a new consumer group reads the whole past at once."""
RESOLVED_STATES = frozenset({ComplaintStatus.COMPLETED, ComplaintStatus.CONFIRMED})


class CallBackState(StrEnum):
    SCHEDULED = "scheduled"
    DUE = "due"
    ANSWERED = "answered"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    """The complaint was imported when its call-back was overdue: no invitation is sent for the past."""


OPEN_STATES = frozenset({CallBackState.SCHEDULED, CallBackState.DUE})


@dataclass(frozen=True, slots=True)
class CallBack:
    """A complaint and the state of its call-back, if it has one."""

    id: UUID
    """Of the complaint."""
    customer_id: UUID | None
    version: int
    selling_suspended: bool
    confidential: bool = False
    completed_at: datetime | None = None
    call_back_state: CallBackState | None = None
    invitation_id: UUID | None = None
    response_id: UUID | None = None

    @property
    def accepts_answer(self) -> bool:
        """Whether it may be answered: also before it is due, and however late after an invitation."""
        was_invited = self.call_back_state is CallBackState.CANCELLED and self.invitation_id is not None
        return self.call_back_state in OPEN_STATES or was_invited


class BlockingComplaint(NamedTuple):
    """An open complaint, during which its customer is sent no other survey."""

    complaint_id: UUID
    confidential: bool


def next_state(current: CallBack | None, event: ComplaintEvent, *, version: int, now: datetime) -> CallBack:
    """Return the call-back after the newest event of its complaint."""
    new = CallBack(
        event.complaint_id,
        event.customer_id if event.customer_is_known else None,
        version,
        event.selling_suspended,
        event.confidential,
    )
    if _needs_call_back(event, now=now):
        if isinstance(event, ComplaintImported) and Milestone.CALL_BACK in event.breached:
            return replace(new, completed_at=event.completed_at, call_back_state=CallBackState.SKIPPED)
        return _scheduled(new, current, event)
    if current is None or current.call_back_state is None:
        return new
    is_open = current.call_back_state in OPEN_STATES
    return _with_call_back(new, current, CallBackState.CANCELLED if is_open else current.call_back_state)


def _needs_call_back(event: ComplaintEvent, *, now: datetime) -> bool:
    """Return whether it is resolved, not long ago, and not withdrawn, closed or merged into another complaint."""
    if event.completed_at is None or now - event.completed_at > MAX_AGE:
        return False
    return event.state in RESOLVED_STATES and event.case in CALLED_BACK_KINDS and event.merged_into is None


def _scheduled(new: CallBack, current: CallBack | None, event: ComplaintEvent) -> CallBack:
    """Return the next call-back: one invitation per completion, even if its event is replayed after a restore."""
    if current is None or current.call_back_state is None or _is_later(event.completed_at, current.completed_at):
        return replace(new, completed_at=event.completed_at, call_back_state=CallBackState.SCHEDULED)
    if current.call_back_state is not CallBackState.CANCELLED:
        return _with_call_back(new, current, current.call_back_state)
    was_invited = current.invitation_id is not None
    return _with_call_back(new, current, CallBackState.DUE if was_invited else CallBackState.SCHEDULED)


def _is_later(completed_at: datetime | None, than: datetime | None) -> bool:
    return completed_at is not None and (than is None or completed_at > than)


def _with_call_back(new: CallBack, current: CallBack, state: CallBackState) -> CallBack:
    return replace(
        new,
        completed_at=current.completed_at,
        call_back_state=state,
        invitation_id=current.invitation_id,
        response_id=current.response_id,
    )


def interpret_answers(answers: Sequence[Answer]) -> Mapping[str, bool]:
    """Return yes or no for the two questions: the happier half of a scale, its middle included, is a yes."""
    relevant = {answer.item: answer for answer in answers if answer.item in (SOLVED, PLEASANT)}
    return {item: 2 * answer.value >= answer.lowest + answer.highest for item, answer in relevant.items()}
