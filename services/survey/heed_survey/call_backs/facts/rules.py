"""Facts of complaints: which moments count, and what a customer who answers has experienced by then. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from heed_common.condition_values import FieldType, choice
from heed_common.contracts.complaint import (
    ComplaintEvent,
    ComplaintReopened,
    PromiseBroken,
    PromiseKept,
    RemedyGranted,
)
from heed_survey.call_backs.rules import CALLED_BACK_KINDS

WINDOW = timedelta(days=90)
"""How long before an answer a complaint was resolved, or a promise settled, for the answer to be beside it."""
MET, NOT_MET = "met", "not_met"


class Moment(StrEnum):
    """Kinds of moments that are stored."""

    DEADLINE = "deadline"
    """A completion, and whether it was within the target of the resolution."""
    MILESTONES = "milestones"
    """A completion, and whether no milestone of the complaint was missed."""
    REOPENING = "reopening"
    PROMISE = "promise"
    """A promise on the complaint was kept or broken."""
    REMEDY = "remedy"


class Fact(StrEnum):
    """What an answer is shown beside."""

    DEADLINE = "deadline"
    """Resolved within the target."""
    MILESTONES = "milestones"
    """No deadline of the complaint was missed."""
    FIRST_TIME_FIX = "first_time_fix"
    """Completed once, and not reopened."""
    PROMISE = "promise"
    """All promises that were settled were kept: those on the complaint, and the customer's others of the window."""
    REMEDY = "remedy"
    """The customer received a remedy."""


PREFIX = "fact."
CONDITION_FIELDS: Mapping[str, FieldType] = MappingProxyType({f"{PREFIX}{fact}": choice(MET, NOT_MET) for fact in Fact})
"""Fields by which responses are selected and grouped."""


class FactRow(NamedTuple):
    """A row of `complaint_fact`."""

    complaint_id: UUID
    kind: Moment
    at: datetime
    met: bool | None
    version: int


class Respondent(NamedTuple):
    """Whose answer it is, and when it was given; `complaint_id` of the answer to a call-back."""

    response_id: UUID
    customer_id: UUID | None
    complaint_id: UUID | None
    answered_at: datetime


class Experience(NamedTuple):
    """What the respondent had experienced: the complaint that the answer belongs to, and the facts that are known."""

    complaint_id: UUID | None
    facts: Mapping[Fact, bool]


def rows_of(event: ComplaintEvent, *, version: int) -> Iterator[FactRow]:
    """Yield the moments that an event shows; none of cases that cannot be solved, or that were merged."""
    if event.case not in CALLED_BACK_KINDS or event.merged_into is not None:
        return
    if event.completed_at is not None:
        yield FactRow(event.complaint_id, Moment.DEADLINE, event.completed_at, event.within_target, version)
        yield FactRow(event.complaint_id, Moment.MILESTONES, event.completed_at, not event.breached, version)
    match event:
        case ComplaintReopened():
            yield FactRow(event.complaint_id, Moment.REOPENING, event.occurred_at, None, version)
        case PromiseKept() | PromiseBroken():
            is_kept = isinstance(event, PromiseKept)
            yield FactRow(event.complaint_id, Moment.PROMISE, event.occurred_at, met=is_kept, version=version)
        case RemedyGranted():
            yield FactRow(event.complaint_id, Moment.REMEDY, event.occurred_at, met=True, version=version)
