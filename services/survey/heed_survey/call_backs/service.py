"""Use cases of call-backs.

A resolved complaint has one call-back; while a complaint is open, its customer is sent no other survey.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import ComplaintEvent
from heed_common.contracts.survey import InvitationIssued, InvitationKind
from heed_common.decoding import ReceivedEvent
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.identifiers import new_id
from heed_common.outbox import StagedEvent
from heed_survey.call_backs import repository, rules
from heed_survey.call_backs.errors import AnotherCustomer, CallBackNotOpen
from heed_survey.call_backs.rules import BlockingComplaint, CallBack, CallBackState
from heed_survey.customers import service as customers
from heed_survey.surveys import service as surveys
from heed_survey.surveys.rules import FIRST_VERSION
from heed_survey.surveys.templates.service import get_template

SURVEY_ID = UUID("00000000-0000-7000-8000-00000000ca11")
"""Of the built-in survey, the same in every installation."""
TEMPLATE = "call_back"
BATCH_SIZE = 100
JOB_NAME = repository.JOB_NAME


async def ensure_survey(session: AsyncSession, *, now: datetime) -> None:
    """Create and publish the built-in survey of call-backs unless it exists."""
    await surveys.ensure_published(session, survey_id=SURVEY_ID, questionnaire=get_template(TEMPLATE).fill(), now=now)


async def apply_complaint_events(
    session: AsyncSession, events: Sequence[ReceivedEvent[ComplaintEvent]], *, now: datetime
) -> None:
    """Update complaints, and schedule or cancel their call-backs, from the newest event of each complaint."""
    newest = {item.event.complaint_id: item for item in sorted(events, key=lambda item: item.aggversion)}
    current = await repository.lock_call_backs(session, newest)
    changed = [
        rules.next_state(current.get(complaint_id), item.event, version=item.aggversion, now=now)
        for complaint_id, item in newest.items()
        if complaint_id not in current or current[complaint_id].version < item.aggversion
    ]
    await repository.upsert_call_backs(session, changed)


async def send_due_invitations(
    session: AsyncSession, *, delay: timedelta, now: datetime, isolate: Isolation = all_at_once
) -> int:
    """Publish the invitations of due call-backs. Return the number of call-backs that were due."""

    async def invite(call_backs: Sequence[CallBack]) -> None:
        invited = [
            replace(call_back, call_back_state=CallBackState.DUE, invitation_id=new_id()) for call_back in call_backs
        ]
        await repository.upsert_call_backs(session, invited)
        await outbox.stage_all(session, [StagedEvent(_invitation(call_back, now), 1) for call_back in invited], now=now)

    due = await repository.lock_due(session, completed_until=now - delay, limit=BATCH_SIZE, now=now)
    await isolate(session, repository.JOB_NAME, due, invite, key=attrgetter("id"), now=now)
    return len(due)


async def next_due(session: AsyncSession, *, delay: timedelta, now: datetime) -> datetime | None:
    """Return the moment at which the next call-back is due."""
    completed_at = await repository.first_completed_at(session, now=now)
    return None if completed_at is None else completed_at + delay


def _invitation(call_back: CallBack, now: datetime) -> InvitationIssued:
    assert call_back.invitation_id is not None  # noqa: S101 - the caller has just set it
    return InvitationIssued(
        occurred_at=now,
        survey_id=SURVEY_ID,
        survey_version=FIRST_VERSION,
        invitation_id=call_back.invitation_id,
        kind=InvitationKind.CALL_BACK,
        customer_id=call_back.customer_id,
        complaint_id=call_back.id,
    )


async def is_due(session: AsyncSession, *, complaint_id: UUID) -> bool:
    """Return whether the customer was invited to answer and has not yet, nor has the complaint ended otherwise."""
    return await repository.call_back_state(session, complaint_id) is CallBackState.DUE


async def lock_call_back(session: AsyncSession, *, complaint_id: UUID | None) -> CallBack | None:
    """Lock the call-back that a response answers; None without a complaint or for an unknown one."""
    if complaint_id is None:
        return None
    return (await repository.lock_call_backs(session, [complaint_id])).get(complaint_id)


async def mark_answered(
    session: AsyncSession, call_back: CallBack | None, *, response_id: UUID, customer_id: UUID | None
) -> None:
    """Record the response to a call-back. Raises `CallBackNotOpen`, `AnotherCustomer`."""
    if call_back is None or not call_back.accepts_answer:
        raise CallBackNotOpen
    if customer_id is not None:
        families = await customers.families_of(session, [customer_id])
        if call_back.customer_id not in families[customer_id]:
            raise AnotherCustomer(pointer="/customer_id")
    answered = replace(call_back, call_back_state=CallBackState.ANSWERED, response_id=response_id)
    await repository.upsert_call_backs(session, [answered])


async def list_call_backs(
    session: AsyncSession,
    *,
    state: CallBackState,
    confidential: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[CallBack]:
    """Return a page of call-backs, the earliest completion first."""
    return await repository.list_call_backs(session, state=state, confidential=confidential, after=after, limit=limit)


async def blocking_complaints(
    session: AsyncSession, customer_ids: Collection[UUID]
) -> dict[UUID, list[BlockingComplaint]]:
    """Return the customers who must be sent nothing but call-backs now, with the open complaints that block it.

    Call it before sending invitations, in the same transaction. Complaints of merged customers block all of them.
    """
    families = await customers.families_of(session, customer_ids)
    by_customer = await repository.blocking_complaints(session, set().union(*families.values()))
    blocking = {
        customer_id: sorted(complaint for member in family for complaint in by_customer.get(member, []))
        for customer_id, family in families.items()
    }
    return {customer_id: complaints for customer_id, complaints in blocking.items() if complaints}


async def suspended_customers(session: AsyncSession) -> set[UUID]:
    """Return all customers with an open complaint, their own or of a customer merged with them."""
    families = await customers.families_of(session, await repository.suspended_customer_ids(session))
    return set().union(*families.values())
