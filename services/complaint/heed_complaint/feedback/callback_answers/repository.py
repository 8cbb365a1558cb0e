"""Every query of what follows from answers."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.contracts.complaint import CaseKind, ComplaintStatus
from heed_common.failed_work import repository as failed_work
from heed_complaint.core.tables import Complaint, HistoryEntry
from heed_complaint.feedback.callback_answers.rules import AWAITING, Consequence, Detractor, Policy, Unanswered
from heed_complaint.feedback.callback_answers.tables import AnswerPolicy
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.messages.tables import Message
from heed_complaint.workforce.assignment.repository import STATES_IN_WORK

JOB = "silence"
"""Name of the job in failed work."""
DETRACTOR = "detractor"
"""Action in the history of a complaint: its customer would not recommend us."""


async def policy_row(session: AsyncSession) -> AnswerPolicy:
    return (await session.scalars(select(AnswerPolicy))).one()


async def lock_policy(session: AsyncSession) -> AnswerPolicy:
    query = select(AnswerPolicy).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one()


async def policy(session: AsyncSession) -> Policy:
    """What is wanted now."""
    row = await policy_row(session)
    values: dict[str, Any] = {field.name: getattr(row, field.name) for field in fields(Policy)}
    for name in ("unsolved", "lowest", "unpleasant", "message_after_completion"):
        values[name] = Consequence(values[name])
    return Policy(**values | {"unanswered": Unanswered(row.unanswered), "detractor": Detractor(row.detractor)})


async def known_complaints(session: AsyncSession, complaint_ids: Collection[UUID]) -> set[UUID]:
    """Those of them that there are."""
    return set(await session.scalars(select(Complaint.id).where(Complaint.id.in_(complaint_ids))))


async def taken_external_ids(session: AsyncSession, external_ids: Collection[str]) -> set[str]:
    """Those of them that complaints were opened under."""
    found = await session.scalars(select(Complaint.external_id).where(Complaint.external_id.in_(external_ids)))
    return {external_id for external_id in found if external_id is not None}


async def lock_detractor(session: AsyncSession, customer_id: UUID) -> None:
    """Let no other answer of this customer open a complaint until the transaction ends."""
    await advisory_locks.lock_text(session, f"detractor {customer_id}")


async def is_attached(session: AsyncSession, response_id: UUID, *, customer_ids: Collection[UUID]) -> bool:
    """Return whether the response was attached to a complaint of these customers before."""
    query = exists().where(
        HistoryEntry.complaint_id == Complaint.id,
        Complaint.customer_id.in_(sorted(customer_ids)),
        HistoryEntry.action == DETRACTOR,
        HistoryEntry.after["response_id"].astext == str(response_id),
    )
    return bool(await session.scalar(select(query)))


async def lock_open_complaint(session: AsyncSession, *, customer_ids: Collection[UUID]) -> Complaint | None:
    """Lock the newest complaint of these customers that is being worked on."""
    query = (
        select(Complaint)
        .where(Complaint.customer_id.in_(sorted(customer_ids)), Complaint.state.in_(STATES_IN_WORK))
        .where(Complaint.kind == CaseKind.COMPLAINT, Complaint.merged_into.is_(None))
        .order_by(Complaint.received_at.desc(), Complaint.id.desc())
        .limit(1)
        .with_for_update()
    )
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def lock_silent(
    session: AsyncSession, *, silent_since: datetime, limit: int, now: datetime
) -> Sequence[Complaint]:
    """Lock resolved complaints whose customers are silent; those that another transaction has locked are left out.

    A message is not silence, and an agent's answer to it gives the customer the whole time again.
    """
    called_back = (Complaint.state == ComplaintStatus.CALLED_BACK) & Complaint.solved.is_(True)
    query = (
        select(Complaint)
        .where(or_(Complaint.state.in_(AWAITING), called_back), Complaint.completed_at <= silent_since)
        .where(Complaint.customer_wrote_at.is_(None), ~_messages_after(silent_since))
        .where(Complaint.merged_into.is_(None), ~failed_work.is_set_aside(JOB, Complaint.id, now=now))
        .order_by(Complaint.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


def _messages_after(moment: datetime) -> ColumnElement[bool]:
    about = (Message.complaint_id == Complaint.id) & (Message.visibility == Visibility.CUSTOMER)
    return select(Message.id).where(about, Message.at > moment).exists()
