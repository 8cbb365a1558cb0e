"""Use cases of corrective actions: create, mark as done, measure the effect, notify earlier complainants."""

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
"""Complaints notified in one transaction."""


@dataclass(frozen=True, slots=True)
class NewCorrectiveAction:
    """Values of a new corrective action."""

    cause: str | None
    category: str | None
    product: str | None
    measure: str
    owner: str
    due_at: datetime


class Complainant(NamedTuple):
    """A complaint from before the action was done, with the time of notification."""

    complaint: Complaint
    notified_at: datetime | None


class NotificationProgress(NamedTuple):
    """How many complaints were notified now, and how many remain for the next call."""

    notified: int
    remaining: int


async def create(session: AsyncSession, *, new: NewCorrectiveAction, by: str, now: datetime) -> CorrectiveAction:
    """Create a corrective action. Raises `ScopeMissing`, `UnknownTerm`, `UnknownCategory`."""
    if new.cause is None and new.category is None and new.product is None:
        raise ScopeMissing
    await taxonomies.validate_cause_and_responsibility(session, cause=new.cause, responsibility=None)
    if new.category is not None:
        await taxonomies.validate_category(session, new.category)
    action = CorrectiveAction(
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
    session.add(action)
    await session.flush()
    return action


async def update(
    session: AsyncSession,
    *,
    action_id: UUID,
    changes: Mapping[str, Any],
    if_match: int | None,
    earliest: date,
    now: datetime,
) -> CorrectiveAction:
    """Change the action or mark it as done. Raises `DoneInTheFuture`, and the errors of If-Match."""
    action = await repository.lock_corrective_action(session, action_id)
    if action is None:
        raise CorrectiveActionNotFound
    require_if_match(if_match, action.revision)
    done_at = changes.get("done_at")
    if done_at is not None and is_too_far_ahead(done_at, now=now):
        raise InTheFuture(pointer="/done_at")
    if done_at is not None:
        check_occurrence(done_at, earliest=earliest, now=now, pointer="/done_at")
    changed = {name: value for name, value in changes.items() if getattr(action, name) != value}
    for name, value in changed.items():
        setattr(action, name, value)
    action.revision += bool(changed)
    return action


async def get(session: AsyncSession, *, action_id: UUID) -> CorrectiveAction:
    """Return the corrective action. Raises `CorrectiveActionNotFound`."""
    action = await repository.get_corrective_action(session, action_id)
    if action is None:
        raise CorrectiveActionNotFound
    return action


async def list_corrective_actions(
    session: AsyncSession, *, done: bool | None, owner: str | None, before: UUID | None, limit: int
) -> Sequence[CorrectiveAction]:
    """Return corrective actions, the newest first."""
    return await repository.list_corrective_actions(session, done=done, owner=owner, before=before, limit=limit)


async def measure_effect(
    session: AsyncSession, *, action_id: UUID, weeks: int, confidential: bool, now: datetime
) -> Effect:
    """Compare complaints in scope before and after the action. Raises `NotDoneYet`."""
    action = await get(session, action_id=action_id)
    first = await repository.first_received_at(session)
    before, after = rules.windows(_done_at(action), weeks=weeks, first_received_at=first, now=now)
    return rules.effect(
        await _count(session, action, before, confidential=confidential),
        await _count(session, action, after, confidential=confidential),
    )


async def list_complainants(
    session: AsyncSession, *, action_id: UUID, confidential: bool, after: UUID | None, limit: int, now: datetime
) -> list[Complainant]:
    """Return the complaints from before the action was done, or before now if it is not, with their notifications."""
    action = await get(session, action_id=action_id)
    found = await repository.list_complainants(
        session, action, until=action.done_at or now, confidential=confidential, after=after, limit=limit
    )
    return [Complainant(complaint, notified_at) for complaint, notified_at in found]


async def notify_complainants(
    session: AsyncSession, *, action_id: UUID, text: str, confidential: bool, by: str, now: datetime
) -> NotificationProgress:
    """Send a message on each earlier complaint, once; at most `BATCH` in one call. Raises `NotDoneYet`."""
    action = await get(session, action_id=action_id)
    until = _done_at(action)
    pending = await repository.not_yet_notified(session, action, until=until, confidential=confidential, limit=BATCH)
    notified = await repository.record_notified(session, action_id, pending, at=now)
    for complaint_id in notified:
        await messages.send_message(session, complaint_id=complaint_id, text=text, by=by, now=now)
    remaining = await repository.count_not_yet_notified(session, action, until=until, confidential=confidential)
    return NotificationProgress(len(notified), remaining)


def _done_at(action: CorrectiveAction) -> datetime:
    if action.done_at is None:
        raise NotDoneYet
    return action.done_at


async def _count(
    session: AsyncSession, action: CorrectiveAction, window: Window, *, confidential: bool
) -> WindowCounts:
    complaints, without_cause = await repository.count_complaints(session, action, window, confidential=confidential)
    recorded_since = await repository.first_purchase_at(session)
    is_recorded = recorded_since is not None and recorded_since <= window.since
    purchases = await repository.count_purchases(session, window) if is_recorded else None
    return WindowCounts(window, complaints, purchases, without_cause)
