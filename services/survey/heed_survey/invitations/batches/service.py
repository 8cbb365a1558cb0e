"""Use cases of requests to invite."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.message import ContactChannel
from heed_common.identifiers import new_id
from heed_survey.invitations.batches import repository
from heed_survey.invitations.batches.errors import BatchNotFound
from heed_survey.invitations.batches.tables import InvitationBatch
from heed_survey.invitations.records import service as records
from heed_survey.invitations.records.errors import GroupTooSmall, NoPublicURL, SurveyNotOpen
from heed_survey.invitations.records.rules import Candidate, Decision, Outcome, Reminders, Terms
from heed_survey.surveys import service as surveys
from heed_survey.surveys.rules import SurveyState

PAGE_SIZE = 500


@dataclass(frozen=True, slots=True)
class Invited:
    """What came of each customer."""

    batch: InvitationBatch
    decisions: Sequence[tuple[Decision, UUID | None]]


async def check(session: AsyncSession, *, survey_id: UUID, public_url: str | None, options: Mapping[str, Any]) -> Terms:
    """Return the terms of invitations to the survey. Raises `SurveyNotFound`, `SurveyNotOpen`, `NoPublicURL`."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    if survey.state not in (SurveyState.PUBLISHED, SurveyState.PILOT):
        raise SurveyNotOpen
    if public_url is None:
        raise NoPublicURL
    return await records.terms_of(session, survey_id=survey_id, **options)


async def dry_run(session: AsyncSession, *, terms: Terms, customer_ids: Sequence[UUID], now: datetime) -> Invited:
    """Return what would come of each customer, as far as this service decides it. Raises `GroupTooSmall`."""
    decisions = await records.decide(session, terms=terms, candidates=_candidates(customer_ids))
    await _require_group(session, terms, decisions)
    batch = _batch(terms, total=len(customer_ids), now=now)
    _count(batch, decisions)
    return Invited(batch, [(decision, None) for decision in decisions])


async def invite_customers(
    session: AsyncSession, *, terms: Terms, customer_ids: Sequence[UUID], now: datetime
) -> Invited:
    """Invite the customers now. Raises `GroupTooSmall`."""
    decided = await records.decide(session, terms=terms, candidates=_candidates(customer_ids))
    await _require_group(session, terms, decided)
    batch = _batch(terms, total=len(customer_ids), now=now)
    invited = await records.invite(
        session, terms=replace(terms, batch_id=batch.id), candidates=_candidates(customer_ids), now=now
    )
    _count(batch, [decision for decision, _ in invited])
    batch.finished_at = now
    await repository.add_batch(session, batch)
    return Invited(batch, invited)


async def get_batch(session: AsyncSession, *, survey_id: UUID, batch_id: UUID) -> InvitationBatch:
    """Return the request with its progress. Raises `BatchNotFound`."""
    batch = await repository.find_batch(session, survey_id=survey_id, batch_id=batch_id)
    if batch is None:
        raise BatchNotFound
    return batch


async def _require_group(session: AsyncSession, terms: Terms, decisions: Sequence[Decision]) -> None:
    """Refuse to invite so few to an anonymous survey that an answer a minute later has few possible authors."""
    if not terms.anonymous:
        return
    survey = await surveys.get_survey(session, survey_id=terms.survey_id)
    invited = sum(decision.outcome is Outcome.QUEUED for decision in decisions)
    if 0 < invited < survey.min_group:
        raise GroupTooSmall(pointer="/customer_ids")


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
