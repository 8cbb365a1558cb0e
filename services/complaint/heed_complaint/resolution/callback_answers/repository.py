"""SQL of call-back responses and of the call-back policy."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.contracts.complaint import CaseKind, ComplaintStatus
from heed_common.failed_work import repository as failed_work
from heed_complaint.core.rules import STATES_IN_WORK
from heed_complaint.core.tables import Complaint, HistoryEntry
from heed_complaint.resolution.callback_answers.rules import (
    AWAITING_RESPONSE,
    CallbackPolicy,
    Consequence,
    DetractorAction,
    NoAnswerAction,
)
from heed_complaint.resolution.callback_answers.tables import CallbackPolicyRow

JOB = "unanswered_callbacks"
"""Name of the job in failed work."""
DETRACTOR = "detractor"
"""Action in the history of a complaint: its customer would not recommend the organisation."""


async def get_policy_row(session: AsyncSession) -> CallbackPolicyRow:
    return (await session.scalars(select(CallbackPolicyRow))).one()


async def lock_policy_row(session: AsyncSession) -> CallbackPolicyRow:
    query = select(CallbackPolicyRow).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one()


async def load_policy(session: AsyncSession) -> CallbackPolicy:
    """Return the policy as the rules use it."""
    row = await get_policy_row(session)
    return CallbackPolicy(
        on_unsolved=Consequence(row.on_unsolved),
        on_lowest_rating=Consequence(row.on_lowest_rating),
        on_unpleasant=Consequence(row.on_unpleasant),
        escalate_to=row.escalate_to,
        on_no_answer=NoAnswerAction(row.on_no_answer),
        no_answer_after=row.no_answer_after,
        on_detractor=DetractorAction(row.on_detractor),
        on_message_after_completion=Consequence(row.on_message_after_completion),
        reopen_within=row.reopen_within,
    )


async def existing_complaint_ids(session: AsyncSession, complaint_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that belong to complaints."""
    return set(await session.scalars(select(Complaint.id).where(Complaint.id.in_(complaint_ids))))


async def existing_external_ids(session: AsyncSession, external_ids: Collection[str]) -> set[str]:
    """Return those of the external ids under which complaints were opened."""
    found = await session.scalars(select(Complaint.external_id).where(Complaint.external_id.in_(external_ids)))
    return {external_id for external_id in found if external_id is not None}


async def lock_detractor(session: AsyncSession, customer_id: UUID) -> None:
    """Block other responses of this customer from opening a complaint until the transaction ends."""
    await advisory_locks.lock_text(session, f"detractor {customer_id}")


async def is_attached(
    session: AsyncSession, response_id: UUID, *, matter: str | None, customer_ids: Collection[UUID]
) -> bool:
    """Return whether the response was attached to a complaint of these customers before, with this matter."""
    query = exists().where(
        HistoryEntry.complaint_id == Complaint.id,
        Complaint.customer_id.in_(sorted(customer_ids)),
        HistoryEntry.action == DETRACTOR,
        HistoryEntry.after["response_id"].astext == str(response_id),
        HistoryEntry.after["matter"].astext.is_not_distinct_from(matter),
    )
    return bool(await session.scalar(select(query)))


async def lock_open_complaint(
    session: AsyncSession, *, customer_ids: Collection[UUID], matter: str | None, response_id: UUID
) -> Complaint | None:
    """Lock the newest complaint of these customers that is being worked on.

    With a matter only one of that category, or the one that the same response has opened.
    """
    query = (
        select(Complaint)
        .where(Complaint.customer_id.in_(sorted(customer_ids)), Complaint.state.in_(STATES_IN_WORK))
        .where(Complaint.kind == CaseKind.COMPLAINT, Complaint.merged_into.is_(None))
        .order_by(Complaint.received_at.desc(), Complaint.id.desc())
        .limit(1)
        .with_for_update()
    )
    if matter is not None:
        is_of_matter = or_(Complaint.category == matter, Complaint.category.startswith(f"{matter}.", autoescape=True))
        query = query.where(or_(is_of_matter, Complaint.external_id == f"detractor:{response_id}"))
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def lock_unanswered(
    session: AsyncSession,
    *,
    completed_before: datetime,
    has_message: ColumnElement[bool],
    limit: int,
    now: datetime,
) -> Sequence[Complaint]:
    """Lock resolved complaints without a response; those that another transaction has locked are skipped.

    A message of the customer counts as a response, and an agent's reply to it gives the customer the whole time again:
    complaints with `has_message` are left out.
    """
    called_back = (Complaint.state == ComplaintStatus.CALLED_BACK) & Complaint.solved.is_(True)
    query = (
        select(Complaint)
        .where(or_(Complaint.state.in_(AWAITING_RESPONSE), called_back), Complaint.completed_at <= completed_before)
        .where(Complaint.customer_wrote_at.is_(None), ~has_message)
        .where(Complaint.merged_into.is_(None), ~failed_work.is_set_aside(JOB, Complaint.id, now=now))
        .order_by(Complaint.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(query.execution_options(populate_existing=True))).all()
