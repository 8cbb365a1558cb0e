"""HTTP API of the lifecycle of surveys."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from heed_common import http, paging
from heed_common.http import DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery
from heed_survey.surveys import service as surveys
from heed_survey.surveys.lifecycle import service
from heed_survey.surveys.lifecycle.schemas import PublicationIn, RevisionIn, SurveyVersionOut
from heed_survey.surveys.questionnaire.schemas import QuestionnaireOut
from heed_survey.surveys.rules import MAX_VERSION
from heed_survey.surveys.schemas import SurveyOut
from heed_survey.surveys.tables import Survey

SurveyVersion = Annotated[int | None, Query(ge=1, le=MAX_VERSION)]
READ, WRITE = requires("surveys:read"), requires("surveys:write")

router = http.router(prefix="/v1/surveys/{survey_id}", tags=["surveys"])


@router.post("/pilot", dependencies=[WRITE])
async def pilot_survey(
    survey_id: UUID, session: DbSession, now: Now, if_match: IfMatch, response: Response
) -> SurveyOut:
    """Open the draft for a pilot; it no longer changes. 409 `survey_already_published`, `pilot_running`."""
    survey = await service.pilot_survey(session, survey_id=survey_id, if_match=if_match, now=now)
    return await _shown(session, survey, response)


@router.post("/publish", dependencies=[WRITE])
async def publish_survey(
    survey_id: UUID,
    session: DbSession,
    now: Now,
    if_match: IfMatch,
    response: Response,
    body: PublicationIn | None = None,
) -> SurveyOut:
    """Publish the draft, which then can be answered and no longer changes.

    409 `survey_already_published`; after a pilot `revision_missing`; of a study `study_missing`.
    """
    record = None if body is None or body.revision is None else body.revision.to_domain()
    survey = await service.publish_survey(
        session, survey_id=survey_id, revision_record=record, if_match=if_match, now=now
    )
    return await _shown(session, survey, response)


@router.post("/revise", dependencies=[WRITE])
async def revise_survey(
    survey_id: UUID, body: RevisionIn, session: DbSession, now: Now, if_match: IfMatch, response: Response
) -> SurveyOut:
    """Start the next draft after a publication or a pilot. 409 `draft_exists`, `survey_closed`."""
    survey = await service.revise_survey(
        session, survey_id=survey_id, revision_record=body.to_domain(), if_match=if_match, now=now
    )
    return await _shown(session, survey, response)


@router.post("/close", dependencies=[WRITE])
async def close_survey(
    survey_id: UUID, session: DbSession, now: Now, if_match: IfMatch, response: Response
) -> SurveyOut:
    """Close the survey, which then can no longer be answered. 409 `survey_not_published`, `survey_closed`."""
    survey = await service.close_survey(session, survey_id=survey_id, if_match=if_match, now=now)
    return await _shown(session, survey, response)


@router.get("/versions", dependencies=[READ])
async def list_versions(survey_id: UUID, session: DbSession, page: PageQuery) -> Page[SurveyVersionOut]:
    """List the versions, the oldest first, each with the record of its revision. 404 `survey_not_found`."""
    (after,) = page.after(int) or (0,)
    versions = await service.list_versions(session, survey_id=survey_id, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(versions, page, key=lambda compared: (compared.version.survey_version,))
    items = page.show(shown, SurveyVersionOut.from_domain, name=lambda compared: compared.version.survey_version)
    return Page(items=items, next_cursor=next_cursor)


@router.get("/questionnaire", dependencies=[READ])
async def get_questionnaire(
    survey_id: UUID, session: DbSession, response: Response, survey_version: SurveyVersion = None
) -> QuestionnaireOut:
    """Return all questions of the current version, or of another one, as `POST /v1/surveys` accepts them.

    The header `Heed-Survey-Version` names the version. 404 `version_not_found`.
    """
    survey = await surveys.get_survey(session, survey_id=survey_id)
    number = survey_version or survey.survey_version
    response.headers["Heed-Survey-Version"] = str(number)
    questionnaire = await surveys.get_questionnaire(session, survey_id=survey_id, survey_version=number)
    return QuestionnaireOut.from_domain(questionnaire)


async def _shown(session: DbSession, survey: Survey, response: Response) -> SurveyOut:
    response.headers["ETag"] = etag(survey.revision)
    return SurveyOut.from_domain(survey, await surveys.current_questionnaire(session, survey=survey))
