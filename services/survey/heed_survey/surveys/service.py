"""Use cases of surveys: create, read, change the draft."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT, fingerprint
from heed_common.contracts.survey import SurveyPublished
from heed_common.errors import ExternalIdConflict
from heed_common.identifiers import new_id
from heed_common.revisions import require_if_match
from heed_common.upserts import Upserted
from heed_survey.surveys import repository, rules
from heed_survey.surveys.errors import StudyMissing, SurveyNotFound, VersionNotFound
from heed_survey.surveys.questionnaire import documents
from heed_survey.surveys.questionnaire.editing import NO_EDIT, Edit
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.quotas import check_quotas
from heed_survey.surveys.repository import SurveyHead
from heed_survey.surveys.rules import FIRST_VERSION, Settings, SurveyState, study_from_json
from heed_survey.surveys.tables import Survey, SurveyVersion

MAX_CACHED = 500
_QUESTIONNAIRES: dict[bytes, Questionnaire] = {}
"""Parsed questionnaires by the hash of their content, the oldest first."""


async def create_survey(
    session: AsyncSession,
    *,
    questionnaire: Questionnaire,
    settings: Settings,
    external_id: str | None,
    now: datetime,
) -> Upserted[Survey]:
    """Create a draft. Raises `ExternalIdConflict` if the external_id has another content, and errors of the quotas."""
    check_quotas(settings.quotas, questionnaire, anonymous=settings.anonymous)
    content = documents.to_document(questionnaire)
    request = fingerprint(content | settings.to_columns() | {"external_id": external_id})
    values = _new_row(request, settings, now=now) | {"id": new_id(), "external_id": external_id}
    survey = await repository.insert_survey(session, values)
    if survey is not None:
        await repository.add_version(session, new_version(survey.id, FIRST_VERSION, content, now=now))
        return Upserted(survey, created=True)
    survey = await repository.get_by_external_id(session, external_id)
    if survey.fingerprint == NO_FINGERPRINT:  # Created before the hash covered what it covers now.
        survey.fingerprint = request
    if survey.fingerprint != request:
        raise ExternalIdConflict
    return Upserted(survey, created=False)


async def ensure_published(
    session: AsyncSession, *, survey_id: UUID, questionnaire: Questionnaire, now: datetime
) -> None:
    """Create and publish a built-in survey unless it exists."""
    content = documents.to_document(questionnaire)
    published = {"state": SurveyState.PUBLISHED, "published_at": now, "draft_version": None, "version": 1}
    row = _new_row(fingerprint(content), Settings(), now=now) | published | {"id": survey_id}
    if await repository.insert_built_in_survey(session, row):
        version = new_version(survey_id, FIRST_VERSION, content, now=now)
        version.published_at = now
        await repository.add_version(session, version)
        event = SurveyPublished(occurred_at=now, survey_id=survey_id, survey_version=FIRST_VERSION)
        await outbox.stage(session, event, aggversion=1, now=now)


async def get_survey(session: AsyncSession, *, survey_id: UUID) -> Survey:
    """Return the survey. Raises `SurveyNotFound`."""
    survey = await repository.find_survey(session, survey_id)
    if survey is None:
        raise SurveyNotFound
    return survey


async def get_questionnaire(session: AsyncSession, *, survey_id: UUID, survey_version: int) -> Questionnaire:
    """Return the questions of a version. Raises `VersionNotFound`.

    Parsed once in a process: the hash of the content is read, so that a draft may be asked for as well.
    """
    content_hash = await repository.find_content_hash(session, survey_id, survey_version)
    if content_hash is None:
        raise VersionNotFound
    if content_hash not in _QUESTIONNAIRES:
        version = await get_version(session, survey_id=survey_id, survey_version=survey_version)
        while len(_QUESTIONNAIRES) >= MAX_CACHED:
            del _QUESTIONNAIRES[next(iter(_QUESTIONNAIRES))]
        _QUESTIONNAIRES[version.content_hash] = documents.from_document(version.content)
        content_hash = version.content_hash
    return _QUESTIONNAIRES[content_hash]


async def get_version(session: AsyncSession, *, survey_id: UUID, survey_version: int) -> SurveyVersion:
    """Return a version of the questionnaire. Raises `VersionNotFound`."""
    version = await repository.find_version(session, survey_id, survey_version)
    if version is None:
        raise VersionNotFound
    return version


async def current_questionnaire(session: AsyncSession, *, survey: Survey) -> Questionnaire:
    """Return the questions of the published version, or of the draft before the first publication."""
    return await get_questionnaire(session, survey_id=survey.id, survey_version=survey.survey_version)


async def update_survey(
    session: AsyncSession,
    *,
    survey_id: UUID,
    edit: Edit,
    settings: Mapping[str, Any],
    if_match: int | None,
    now: datetime,
) -> Survey:
    """Change the draft and the settings. The questions of a pilot or a published version do not change.

    Raises `SurveyClosed`, `SurveyAlreadyPublished`, `PilotRunning`, and `Invalid` with pointers.
    """
    survey = await lock_survey(session, survey_id=survey_id)
    require_if_match(if_match, survey.revision)
    rules.check_change(survey, changes_questions=edit != NO_EDIT, settings=settings.keys())
    for name, value in settings.items():
        setattr(survey, name, value)
    if survey.draft_version is not None:
        questionnaire = await _edit_draft(session, survey, edit)
        if settings.keys() & {"quotas", "anonymous"}:  # Others are checked again before the draft is published.
            check_quotas(survey.quotas, questionnaire, anonymous=survey.anonymous)
    survey.revision += 1
    await session.flush()
    return survey


async def _edit_draft(session: AsyncSession, survey: Survey, edit: Edit) -> Questionnaire:
    draft = await get_version(session, survey_id=survey.id, survey_version=survey.draft_version or 0)
    questionnaire = documents.from_document(draft.content)
    if edit != NO_EDIT:
        questionnaire = edit.apply(questionnaire)
        put_content(draft, questionnaire)
    return questionnaire


def put_content(version: SurveyVersion, questionnaire: Questionnaire) -> None:
    """Replace the content of a draft."""
    content = documents.to_document(questionnaire)
    version.content, version.content_hash = content, fingerprint(content)
    version.languages = content["languages"]


async def list_surveys(
    session: AsyncSession,
    *,
    external_ids: Collection[str],
    states: Collection[SurveyState],
    before: UUID | None,
    limit: int,
) -> list[SurveyHead]:
    """Return a page of surveys, the newest first."""
    return await repository.list_surveys(session, external_ids=external_ids, states=states, before=before, limit=limit)


def require_study(survey: Survey) -> None:
    """Check that the design of the study is recorded, as it must be before a sample is drawn. Raises `StudyMissing`."""
    missing = study_from_json(survey.study).missing
    if missing:
        raise StudyMissing("The record of the study lacks " + ", ".join(missing) + ".", pointer="/study")


async def lock_survey(session: AsyncSession, *, survey_id: UUID) -> Survey:
    """Lock the survey's row. Raises `SurveyNotFound`."""
    survey = await repository.lock_survey(session, survey_id)
    if survey is None:
        raise SurveyNotFound
    return survey


def new_version(survey_id: UUID, number: int, content: Mapping[str, Any], *, now: datetime) -> SurveyVersion:
    """Return the row of a draft with this content."""
    return SurveyVersion(
        survey_id=survey_id,
        survey_version=number,
        content=dict(content),
        content_hash=fingerprint(content),
        languages=content["languages"],
        created_at=now,
    )


def _new_row(request: bytes, settings: Settings, *, now: datetime) -> dict[str, Any]:
    return settings.to_columns() | {
        "fingerprint": request,
        "state": SurveyState.DRAFT,
        "created_at": now,
        "survey_version": FIRST_VERSION,
        "draft_version": FIRST_VERSION,
    }
