"""Use cases of surveys: create, publish, read."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import fingerprint
from heed_common.contracts.survey import SurveyPublished
from heed_common.errors import ExternalIdConflict
from heed_common.identifiers import new_id
from heed_common.revisions import check_if_match
from heed_common.upserts import Upserted
from heed_survey.surveys import repository
from heed_survey.surveys.errors import SurveyAlreadyPublished, SurveyNotFound
from heed_survey.surveys.rules import Questionnaire, SurveyState
from heed_survey.surveys.tables import Survey

FIRST_VERSION = 1


async def create_survey(
    session: AsyncSession, *, questionnaire: Questionnaire, external_id: str | None, now: datetime
) -> Upserted[Survey]:
    """Create a draft. Raises `ExternalIdConflict` if the external_id has another questionnaire."""
    content = fingerprint(asdict(questionnaire) | {"external_id": external_id})
    survey = await repository.insert_survey(
        session,
        {
            "id": new_id(),
            "external_id": external_id,
            "fingerprint": content,
            "title": questionnaire.title,
            "languages": list(questionnaire.effective_languages),
            "items": [item.to_json() for item in questionnaire.items],
            "state": SurveyState.DRAFT,
            "created_at": now,
            "survey_version": FIRST_VERSION,
        },
    )
    if survey is not None:
        return Upserted(survey, created=True)
    survey = await repository.get_by_external_id(session, external_id)
    if survey.fingerprint != content:
        raise ExternalIdConflict
    return Upserted(survey, created=False)


async def ensure_published(
    session: AsyncSession, *, survey_id: UUID, questionnaire: Questionnaire, now: datetime
) -> None:
    """Create and publish a built-in survey unless it exists."""
    row = {
        "id": survey_id,
        "fingerprint": fingerprint(asdict(questionnaire)),
        "title": questionnaire.title,
        "items": [item.to_json() for item in questionnaire.items],
        "state": SurveyState.PUBLISHED,
        "created_at": now,
        "published_at": now,
        "survey_version": FIRST_VERSION,
        "version": 1,
    }
    if await repository.insert_built_in_survey(session, row):
        published = SurveyPublished(occurred_at=now, survey_id=survey_id, survey_version=FIRST_VERSION)
        await outbox.stage(session, published, aggversion=1, now=now)


async def publish_survey(session: AsyncSession, *, survey_id: UUID, if_match: int | None, now: datetime) -> Survey:
    """Publish the survey: it can be answered, and its questions no longer change."""
    survey = await repository.lock_survey(session, survey_id)
    if survey is None:
        raise SurveyNotFound
    check_if_match(if_match, survey.revision)
    if survey.state == SurveyState.PUBLISHED:
        raise SurveyAlreadyPublished
    survey.state, survey.published_at = SurveyState.PUBLISHED, now
    survey.revision += 1
    survey.version += 1
    published = SurveyPublished(occurred_at=now, survey_id=survey.id, survey_version=survey.survey_version)
    await outbox.stage(session, published, aggversion=survey.version, now=now)
    return survey


async def get_survey(session: AsyncSession, *, survey_id: UUID) -> Survey:
    """Return the survey with its questions."""
    survey = await repository.find_survey(session, survey_id)
    if survey is None:
        raise SurveyNotFound
    return survey


async def list_surveys(session: AsyncSession, *, before: UUID | None, limit: int) -> Sequence[Survey]:
    """Return a page of surveys, the newest first."""
    return await repository.list_surveys(session, before=before, limit=limit)
