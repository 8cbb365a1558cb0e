"""Something is done about a cause; whether complaints fell is counted, and those who had complained hear of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.fields import is_too_far_ahead
from heed_common.identifiers import new_id
from heed_common.occurrence import InTheFuture, check_occurrence
from heed_common.revisions import require_if_match
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.reference.taxonomies import service as taxonomies
from heed_complaint.reporting.corrective_actions import repository, rules
from heed_complaint.reporting.corrective_actions.errors import (
    CorrectiveActionNotFound,
    NotDoneYet,
    ScopeMissing,
)
from heed_complaint.reporting.corrective_actions.rules import Effect, Window, WindowCounts
from heed_complaint.reporting.corrective_actions.tables import CorrectiveAction

BATCH = 200
"""So many complainants are told in one transaction."""


@dataclass(frozen=True, slots=True)
class NewCorrectiveAction:
    """Cause → owner → measure → due."""

    cause: str | None
    category: str | None
    product: str | None
    measure: str
    owner: str
    due_at: datetime


class Complainant(NamedTuple):
    """Somebody who had complained of it before it was done."""

    complaint: Complaint
    told_at: datetime | None


class NotificationProgress(NamedTuple):
    """How many were told now, and how many are left for the next call."""

    told: int
    remaining: int


async def create(session: AsyncSession, *, new: NewCorrectiveAction, by: str, now: datetime) -> CorrectiveAction:
    """Somebody undertakes to do something about it."""
    if new.cause is None and new.category is None and new.product is None:
        raise ScopeMissing
    await taxonomies.validate_cause_and_responsibility(session, cause=new.cause, responsibility=None)
    if new.category is not None:
        await taxonomies.validate_category(session, new.category)
    correction = CorrectiveAction(
        id=new_id(),
        cause=new.cause,
        category=new.category,
        product=new.product,
        measure=new.measure,
        owner=new.owner,
        due_at=new.due_at,
        opened_by=by,
        opened_at=now,
        revision=1,
    )
    session.add(correction)
    await session.flush()
    return correction


async def update(
    session: AsyncSession,
    *,
    correction_id: UUID,
    changes: Mapping[str, Any],
    if_match: int | None,
    earliest: date,
    now: datetime,
) -> CorrectiveAction:
    """It is done, or goes on otherwise."""
    correction = await repository.lock_corrective_action(session, correction_id)
    if correction is None:
        raise CorrectiveActionNotFound
    require_if_match(if_match, correction.revision)
    done_at = changes.get("done_at")
    if done_at is not None and is_too_far_ahead(done_at, now=now):
        raise InTheFuture(pointer="/done_at")
    if done_at is not None:
        check_occurrence(done_at, earliest=earliest, now=now, pointer="/done_at")
    changed = {name: value for name, value in changes.items() if getattr(correction, name) != value}
    for name, value in changed.items():
        setattr(correction, name, value)
    correction.revision += bool(changed)
    return correction


async def get(session: AsyncSession, *, correction_id: UUID) -> CorrectiveAction:
    found = await repository.get_corrective_action(session, correction_id)
    if found is None:
        raise CorrectiveActionNotFound
    return found


async def list_corrective_actions(
    session: AsyncSession, *, done: bool | None, owner: str | None, before: UUID | None, limit: int
) -> Sequence[CorrectiveAction]:
    """The newest first."""
    return await repository.list_corrective_actions(session, done=done, owner=owner, before=before, limit=limit)


async def measure_effect(
    session: AsyncSession, *, correction_id: UUID, weeks: int, confidential: bool, now: datetime
) -> Effect:
    """Did complaints of that cause fall?"""
    correction = await get(session, correction_id=correction_id)
    first = await repository.first_received_at(session)
    before, after = rules.windows(_done_at(correction), weeks=weeks, first_received_at=first, now=now)
    return rules.effect(
        await _count(session, correction, before, confidential=confidential),
        await _count(session, correction, after, confidential=confidential),
    )


async def list_complainants(
    session: AsyncSession, *, correction_id: UUID, confidential: bool, after: UUID | None, limit: int, now: datetime
) -> list[Complainant]:
    """Who had complained of it before it was done, or before now, and who of them has heard of it."""
    correction = await get(session, correction_id=correction_id)
    found = await repository.list_complainants(
        session, correction, until=correction.done_at or now, confidential=confidential, after=after, limit=limit
    )
    return [Complainant(complaint, told_at) for complaint, told_at in found]


async def notify_complainants(
    session: AsyncSession, *, correction_id: UUID, text: str, confidential: bool, by: str, now: datetime
) -> NotificationProgress:
    """Those who had complained hear what was done: each once, so many at a time."""
    correction = await get(session, correction_id=correction_id)
    until = _done_at(correction)
    waiting = await repository.not_yet_notified(
        session, correction, until=until, confidential=confidential, limit=BATCH
    )
    told = await repository.record_notified(session, correction_id, waiting, at=now)
    for complaint_id in told:
        await messages.create_message(
            session, complaint_id=complaint_id, visibility=Visibility.CUSTOMER, text=text, by=by, now=now
        )
    remaining = await repository.count_not_yet_notified(session, correction, until=until, confidential=confidential)
    return NotificationProgress(len(told), remaining)


def _done_at(correction: CorrectiveAction) -> datetime:
    if correction.done_at is None:
        raise NotDoneYet
    return correction.done_at


async def _count(
    session: AsyncSession, correction: CorrectiveAction, window: Window, *, confidential: bool
) -> WindowCounts:
    about, without_cause = await repository.count_complaints(session, correction, window, confidential=confidential)
    known_since = await repository.first_purchase_at(session)
    is_known = known_since is not None and known_since <= window.since
    purchases = await repository.count_purchases(session, window) if is_known else None
    return WindowCounts(window, about, purchases, without_cause)
