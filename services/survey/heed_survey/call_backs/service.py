"""A complaint that was resolved is asked about once; while it is open nothing else is asked of its customer."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import fingerprint
from heed_common.contracts.complaint import ComplaintEvent
from heed_common.contracts.survey import InvitationIssued, InvitationKind, SurveyPublished
from heed_common.decoding import ReceivedEvent
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.identifiers import new_id
from heed_common.outbox import StagedEvent
from heed_survey.call_backs import repository, rules
from heed_survey.call_backs.errors import AnotherCustomer, CallBackNotOpen
from heed_survey.call_backs.rules import CallBackState, InTheWay, Known
from heed_survey.customers import repository as customers
from heed_survey.surveys.rules import SurveyState
from heed_survey.surveys.templates import CALL_BACK

SURVEY_ID = UUID("00000000-0000-7000-8000-00000000ca11")
"""Of the questionnaire that is always there."""
SURVEY_VERSION = 1
BATCH = 100


async def ensure_survey(session: AsyncSession, *, now: datetime) -> None:
    """The two questions are ready to be answered; the first worker ever publishes them."""
    row = {
        "id": SURVEY_ID,
        "fingerprint": fingerprint(asdict(CALL_BACK)),
        "title": CALL_BACK.title,
        "items": [item.as_json() for item in CALL_BACK.items],
        "state": SurveyState.PUBLISHED,
        "created_at": now,
        "published_at": now,
        "survey_version": SURVEY_VERSION,
        "version": 1,
    }
    if await repository.insert_survey(session, row):
        published = SurveyPublished(occurred_at=now, survey_id=SURVEY_ID, survey_version=SURVEY_VERSION)
        await outbox.stage(session, published, aggversion=1, now=now)


async def note(session: AsyncSession, events: Sequence[ReceivedEvent[ComplaintEvent]], *, now: datetime) -> None:
    """Complaints move on: call-backs are scheduled and cancelled, customers left in peace or free to be asked."""
    newest = {one.event.complaint_id: one for one in sorted(events, key=lambda one: one.aggversion)}
    known = await repository.lock_known(session, newest)
    heard = [
        rules.after(known.get(complaint_id), one.event, version=one.aggversion, now=now)
        for complaint_id, one in newest.items()
        if complaint_id not in known or known[complaint_id].version < one.aggversion
    ]
    await repository.write(session, heard)


async def issue_due(session: AsyncSession, *, delay: timedelta, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Publish that these customers are to be invited now. Return how many were checked."""

    async def issue(some: Sequence[Known]) -> None:
        issued = [replace(known, call_back=CallBackState.DUE, invitation_id=new_id()) for known in some]
        await repository.write(session, issued)
        await outbox.stage_all(session, [StagedEvent(_invitation(known, now), 1) for known in issued], now=now)

    due = await repository.lock_due(session, completed_until=now - delay, limit=BATCH, now=now)
    await isolate(session, repository.JOB, due, issue, key=attrgetter("id"), now=now)
    return len(due)


def _invitation(known: Known, now: datetime) -> InvitationIssued:
    assert known.invitation_id is not None  # noqa: S101 - it was given just now
    return InvitationIssued(
        occurred_at=now,
        survey_id=SURVEY_ID,
        survey_version=SURVEY_VERSION,
        invitation_id=known.invitation_id,
        kind=InvitationKind.CALL_BACK,
        customer_id=known.customer_id,
        complaint_id=known.id,
    )


async def lock(session: AsyncSession, *, complaint_id: UUID | None) -> Known | None:
    """The complaint that somebody answers about, if it is known; it says whose it is."""
    if complaint_id is None:
        return None
    return (await repository.lock_known(session, [complaint_id])).get(complaint_id)


async def note_answer(
    session: AsyncSession, known: Known | None, *, response_id: UUID, customer_id: UUID | None
) -> None:
    """It has been answered, and is not asked again."""
    if known is None or not known.may_be_answered:
        raise CallBackNotOpen
    if customer_id is not None:
        families = await customers.families_of(session, [customer_id])
        if known.customer_id not in families[customer_id]:
            raise AnotherCustomer(pointer="/customer_id")
    await repository.write(session, [replace(known, call_back=CallBackState.ANSWERED, response_id=response_id)])


async def list_call_backs(
    session: AsyncSession,
    *,
    state: CallBackState,
    confidential: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Known]:
    """Whom to call, those that have waited longest first."""
    return await repository.list_call_backs(session, state=state, confidential=confidential, after=after, limit=limit)


async def complaints_in_the_way(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, list[InTheWay]]:
    """Who must not be sent anything but a call-back now, and because of which complaints.

    Whoever makes invitations asks this first, in the transaction that makes them. Who is one with others is left in
    peace as they are.
    """
    families = await customers.families_of(session, customer_ids)
    found = await repository.complaints_in_the_way(session, set().union(*families.values()))
    in_the_way = {
        customer_id: sorted(complaint for member in family for complaint in found.get(member, []))
        for customer_id, family in families.items()
    }
    return {customer_id: complaints for customer_id, complaints in in_the_way.items() if complaints}
