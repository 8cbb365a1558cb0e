"""Use cases of requests to invite."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.message import ContactChannel
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.identifiers import new_id
from heed_survey.invitations.batches import repository
from heed_survey.invitations.batches.errors import BatchNotFound
from heed_survey.invitations.batches.tables import InvitationBatch
from heed_survey.invitations.records import service as records
from heed_survey.invitations.records.errors import GroupTooSmall, NoPublicURL, SurveyNotOpen
from heed_survey.invitations.records.rules import Candidate, Decision, Outcome, Reminders, Terms
from heed_survey.sampling.samples import service as samples
from heed_survey.surveys import service as surveys
from heed_survey.surveys.rules import SurveyState

PAGE_SIZE = 500
CUSTOMERS = "/customer_ids"
OPEN_STATES = (SurveyState.PUBLISHED, SurveyState.PILOT)


@dataclass(frozen=True, slots=True)
class Invited:
    """What came of each customer."""

    batch: InvitationBatch
    decisions: Sequence[tuple[Decision, UUID | None]]


async def check(session: AsyncSession, *, survey_id: UUID, public_url: str | None, options: Mapping[str, Any]) -> Terms:
    """Return the terms of invitations to the survey. Raises `SurveyNotFound`, `SurveyNotOpen`, `NoPublicURL`."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    if survey.state not in OPEN_STATES:
        raise SurveyNotOpen
    if public_url is None:
        raise NoPublicURL
    return await records.terms_of(session, survey_id=survey_id, **options)


async def dry_run(session: AsyncSession, *, terms: Terms, customer_ids: Sequence[UUID], now: datetime) -> Invited:
    """Return what would come of each customer, as far as this service decides it. Raises `GroupTooSmall`."""
    decisions = await records.decide(session, terms=terms, candidates=_candidates(customer_ids))
    await _require_group(session, terms, _number_invited(decisions), pointer=CUSTOMERS)
    batch = _batch(terms, total=len(customer_ids), now=now)
    _count(batch, decisions)
    return Invited(batch, [(decision, None) for decision in decisions])


async def invite_customers(
    session: AsyncSession, *, terms: Terms, customer_ids: Sequence[UUID], now: datetime
) -> Invited:
    """Invite the customers now. Raises `GroupTooSmall`."""
    decided = await records.decide(session, terms=terms, candidates=_candidates(customer_ids))
    await _require_group(session, terms, _number_invited(decided), pointer=CUSTOMERS)
    batch = _batch(terms, total=len(customer_ids), now=now)
    invited = await records.invite(
        session, terms=replace(terms, batch_id=batch.id), candidates=_candidates(customer_ids), now=now
    )
    _count(batch, [decision for decision, _ in invited])
    batch.finished_at = now
    await repository.add_batch(session, batch)
    return Invited(batch, invited)


async def invite_sample(session: AsyncSession, *, terms: Terms, dry_run: bool, now: datetime) -> InvitationBatch:
    """Invite all members of the sample: a job works it off page by page. A dry run decides about all of them now.

    Raises `SampleNotFound`, `GroupTooSmall`.
    """
    batch = _batch(terms, total=0, now=now)
    after, invited = None, 0
    while members := await _members(session, batch, after=after):
        batch.total += len(members)
        if dry_run or terms.anonymous:
            decisions = await records.decide(session, terms=terms, candidates=_candidates(members))
            invited += _number_invited(decisions)
            _count(batch, decisions)
        after = members[-1]
    await _require_group(session, terms, invited, pointer="/sample_id")
    if not dry_run:
        batch.processed, batch.outcomes = 0, {}
        await repository.add_batch(session, batch)
    return batch


async def work_off(
    session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once, page_size: int = PAGE_SIZE
) -> bool:
    """Invite the next page of a sample. Return whether there was one.

    The invitations of a page and the position after it are one transaction: a crash repeats a page or does not.
    """

    async def process(batches: Sequence[InvitationBatch]) -> None:
        for batch in batches:
            await _next_page(session, batch, page_size=page_size, now=now)

    if await outbox.is_backlogged(session):
        return False
    unfinished = await repository.lock_unfinished(session, now=now)
    batches = [] if unfinished is None else [unfinished]
    await isolate(session, repository.JOB_NAME, batches, process, key=attrgetter("id"), now=now)
    return bool(batches)


async def get_batch(session: AsyncSession, *, survey_id: UUID, batch_id: UUID) -> InvitationBatch:
    """Return the request with its progress. Raises `BatchNotFound`."""
    batch = await repository.find_batch(session, survey_id=survey_id, batch_id=batch_id)
    if batch is None:
        raise BatchNotFound
    return batch


async def _next_page(session: AsyncSession, batch: InvitationBatch, *, page_size: int, now: datetime) -> None:
    survey = await surveys.get_survey(session, survey_id=batch.survey_id)
    members = await _members(session, batch, after=batch.after_customer_id, limit=page_size)
    if not members or survey.state not in OPEN_STATES:
        batch.finished_at = now
        return
    invited = await records.invite(session, terms=_terms(batch), candidates=_candidates(members), now=now)
    _count(batch, [decision for decision, _ in invited])
    batch.after_customer_id = members[-1]


async def _members(
    session: AsyncSession, batch: InvitationBatch, *, after: UUID | None, limit: int = PAGE_SIZE
) -> list[UUID]:
    """Return the next page of the sample, in the order of the ids."""
    assert batch.sample_id is not None  # noqa: S101 - other requests are finished at once
    members = await samples.list_members(
        session, survey_id=batch.survey_id, sample_id=batch.sample_id, after=after, limit=limit
    )
    return [member.customer_id for member in members]


async def _require_group(session: AsyncSession, terms: Terms, invited: int, *, pointer: str) -> None:
    """Refuse to invite so few to an anonymous survey that an answer a minute later has few possible authors."""
    if not terms.anonymous:
        return
    survey = await surveys.get_survey(session, survey_id=terms.survey_id)
    if 0 < invited < survey.min_group:
        raise GroupTooSmall(pointer=pointer)


def _number_invited(decisions: Sequence[Decision]) -> int:
    return sum(decision.outcome is Outcome.QUEUED for decision in decisions)


def _candidates(customer_ids: Sequence[UUID]) -> list[Candidate]:
    return [Candidate(customer_id=customer_id) for customer_id in dict.fromkeys(customer_ids)]


def _batch(terms: Terms, *, total: int, now: datetime) -> InvitationBatch:
    return InvitationBatch(
        id=new_id(),
        survey_id=terms.survey_id,
        sample_id=terms.sample_id,
        wave=terms.wave,
        anonymous=terms.anonymous,
        channels=list(terms.channels),
        reminders=terms.reminders.count,
        remind_every=terms.reminders.every,
        lifetime=terms.lifetime,
        thanks=terms.thanks,
        total=total,
        processed=0,
        outcomes={},
        created_at=now,
    )


def _terms(batch: InvitationBatch) -> Terms:
    """Return the terms as they were requested."""
    return Terms(
        survey_id=batch.survey_id,
        wave=batch.wave,
        anonymous=batch.anonymous,
        channels=tuple(ContactChannel(channel) for channel in batch.channels),
        reminders=Reminders(count=batch.reminders, every=batch.remind_every),
        lifetime=batch.lifetime,
        thanks=batch.thanks,
        batch_id=batch.id,
        sample_id=batch.sample_id,
    )


def _count(batch: InvitationBatch, decisions: Sequence[Decision]) -> None:
    counts = Counter(batch.outcomes)
    counts.update(str(decision.outcome) for decision in decisions)
    batch.outcomes = dict(counts)
    batch.processed += len(decisions)
