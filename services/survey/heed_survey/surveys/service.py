"""A questionnaire is drafted, and published once."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import fingerprint
from heed_common.contracts.survey import SurveyPublished
from heed_common.identifiers import new_id
from heed_common.revisions import check_if_match
from heed_survey.surveys import repository
from heed_survey.surveys.errors import ExternalIdConflict, SurveyAlreadyPublished, SurveyNotFound
from heed_survey.surveys.rules import Questionnaire, SurveyState
from heed_survey.tables import Survey

FIRST_VERSION = 1


async def draft(
    session: AsyncSession, *, questionnaire: Questionnaire, external_id: str | None, now: datetime
) -> tuple[Survey, bool]:
    """A new questionnaire, answered by nobody yet. False where it was drafted before."""
    content = fingerprint(asdict(questionnaire) | {"external_id": external_id})
    survey = await repository.insert_survey(
        session,
        {
            "id": new_id(),
            "external_id": external_id,
            "fingerprint": content,
            "title": questionnaire.title,
            "languages": list(questionnaire.asked_in),
            "items": [item.as_json() for item in questionnaire.items],
            "state": SurveyState.DRAFT,
            "created_at": now,
            "survey_version": FIRST_VERSION,
        },
    )
    if survey is not None:
        return survey, True
    survey = await repository.survey_by_external_id(session, external_id)
    if survey.fingerprint != content:
        raise ExternalIdConflict
    return survey, False


async def publish(session: AsyncSession, *, survey_id: UUID, if_match: int | None, now: datetime) -> Survey:
    """From now on it may be answered, and its questions stay as they are."""
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


async def get(session: AsyncSession, *, survey_id: UUID) -> Survey:
    """The survey with its questions."""
    survey = await repository.survey_by_id(session, survey_id)
    if survey is None:
        raise SurveyNotFound
    return survey


async def list_surveys(session: AsyncSession, *, before: UUID | None, limit: int) -> Sequence[Survey]:
    """The newest surveys first."""
    return await repository.list_surveys(session, before=before, limit=limit)
