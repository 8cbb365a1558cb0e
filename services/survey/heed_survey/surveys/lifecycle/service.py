"""Use cases of the lifecycle of surveys: pilot, publish, revise, close."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.survey import SurveyPublished
from heed_common.revisions import check_if_match
from heed_survey.surveys import repository
from heed_survey.surveys import rules as survey_rules
from heed_survey.surveys import service as surveys
from heed_survey.surveys.errors import (
    DraftExists,
    PilotRunning,
    RevisionMissing,
    SurveyAlreadyPublished,
    SurveyClosed,
    SurveyNotPublished,
)
from heed_survey.surveys.lifecycle.rules import ItemChanges, RevisionRecord, compare
from heed_survey.surveys.questionnaire import documents
from heed_survey.surveys.quotas import check_quotas
from heed_survey.surveys.rules import SurveyState
from heed_survey.surveys.tables import Survey, SurveyVersion


class ComparedVersion(NamedTuple):
    """A version and its items compared with those of the version before."""

    version: SurveyVersion
    items: ItemChanges


async def pilot_survey(session: AsyncSession, *, survey_id: UUID, if_match: int | None, now: datetime) -> Survey:
    """Open the draft for responses of the pilot. It no longer changes. Raises `SurveyAlreadyPublished`."""
    survey, draft = await _lock_draft(session, survey_id=survey_id, if_match=if_match)
    if survey.pilot_version is not None:
        raise PilotRunning("The version is being tried out already.")
    draft.piloted_at, survey.pilot_version = now, draft.survey_version
    if not survey.is_published:
        survey.state = SurveyState.PILOT
    survey.revision += 1
    await session.flush()
    return survey


async def publish_survey(
    session: AsyncSession,
    *,
    survey_id: UUID,
    revision_record: RevisionRecord | None = None,
    if_match: int | None,
    now: datetime,
) -> Survey:
    """Publish the draft: it can be answered, and its questions no longer change.

    Raises `SurveyAlreadyPublished`, `RevisionMissing`, `StudyMissing`.
    """
    survey, draft = await _lock_draft(session, survey_id=survey_id, if_match=if_match)
    if revision_record is not None:
        draft.revision_record = revision_record.to_json()
    if draft.piloted_at is not None and draft.revision_record is None:
        raise RevisionMissing(pointer="/revision")
    if survey_rules.is_study(survey):
        surveys.require_study(survey)
    draft.published_at = survey.published_at = now
    survey.state, survey.survey_version = SurveyState.PUBLISHED, draft.survey_version
    survey.draft_version = survey.pilot_version = None
    survey.revision += 1
    survey.version += 1
    published = SurveyPublished(
        occurred_at=now,
        survey_id=survey.id,
        survey_version=survey.survey_version,
        anonymous=survey.anonymous,
        min_group=survey.min_group,
    )
    await outbox.stage(session, published, aggversion=survey.version, now=now)
    return survey


async def revise_survey(
    session: AsyncSession, *, survey_id: UUID, revision_record: RevisionRecord, if_match: int | None, now: datetime
) -> Survey:
    """Start the next draft, of a published version or of one that was tried out; a pilot ends.

    Raises `SurveyClosed`, `DraftExists`.
    """
    survey = await _lock_open(session, survey_id=survey_id, if_match=if_match)
    if survey.draft_version is not None and survey.pilot_version is None:
        raise DraftExists
    number = survey.draft_version or survey.survey_version
    before = await surveys.get_version(session, survey_id=survey_id, survey_version=number)
    draft = surveys.new_version(survey_id, number + 1, before.content, now=now)
    draft.revision_record = revision_record.to_json()
    await repository.add_version(session, draft)
    survey.draft_version, survey.pilot_version = draft.survey_version, None
    if not survey.is_published:
        survey.state, survey.survey_version = SurveyState.DRAFT, draft.survey_version
    survey.revision += 1
    await session.flush()
    return survey


async def close_survey(session: AsyncSession, *, survey_id: UUID, if_match: int | None, now: datetime) -> Survey:
    """Close the survey: it can no longer be answered. Raises `SurveyNotPublished`, `SurveyClosed`."""
    survey = await _lock_open(session, survey_id=survey_id, if_match=if_match)
    if not survey.is_published:
        raise SurveyNotPublished
    survey.state, survey.closed_at, survey.pilot_version = SurveyState.CLOSED, now, None
    survey.revision += 1
    await session.flush()
    return survey


async def list_versions(session: AsyncSession, *, survey_id: UUID, after: int, limit: int) -> list[ComparedVersion]:
    """Return a page of versions, the oldest first. Raises `SurveyNotFound`."""
    await surveys.get_survey(session, survey_id=survey_id)
    # The last one of the page before is what the first one is compared with.
    versions = await repository.list_versions(session, survey_id, since=after, limit=limit + 1)
    items = [documents.from_document(version.content).items for version in versions]
    compared = [
        ComparedVersion(version, compare(before, questions))
        for version, before, questions in zip(versions, [(), *items], items, strict=False)
    ]
    return [each for each in compared if each.version.survey_version > after][:limit]


async def _lock_open(session: AsyncSession, *, survey_id: UUID, if_match: int | None) -> Survey:
    survey = await surveys.lock_survey(session, survey_id=survey_id)
    check_if_match(if_match, survey.revision)
    if survey.state == SurveyState.CLOSED:
        raise SurveyClosed
    return survey


async def _lock_draft(session: AsyncSession, *, survey_id: UUID, if_match: int | None) -> tuple[Survey, SurveyVersion]:
    survey = await _lock_open(session, survey_id=survey_id, if_match=if_match)
    if survey.draft_version is None:
        raise SurveyAlreadyPublished
    draft = await surveys.get_version(session, survey_id=survey_id, survey_version=survey.draft_version)
    # Quotas count responses to any version, so that their conditions have to fit the next one as well.
    check_quotas(survey.quotas, documents.from_document(draft.content), anonymous=survey.anonymous)
    return survey, draft
