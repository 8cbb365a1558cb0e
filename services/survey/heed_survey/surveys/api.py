"""HTTP API of surveys."""

from uuid import UUID

from fastapi import Response

from heed_common import http, paging
from heed_common.http import DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery
from heed_survey.surveys import service
from heed_survey.surveys.schemas import SurveyIn, SurveyOut

READ, WRITE = requires("surveys:read"), requires("surveys:write")

router = http.router(prefix="/v1/surveys", tags=["surveys"])


@router.post("", status_code=201, responses=http.repeated(SurveyOut), dependencies=[WRITE])
async def create_survey(body: SurveyIn, session: DbSession, now: Now, response: Response) -> SurveyOut:
    """Create a draft from a questionnaire or a template. 409 `external_id_conflict`."""
    survey, created = await service.create_survey(
        session, questionnaire=body.to_domain(), external_id=body.external_id, now=now
    )
    if not created:
        response.status_code = 200
    response.headers["Location"] = f"/v1/surveys/{survey.id}"
    response.headers["ETag"] = etag(survey.revision)
    return SurveyOut.model_validate(survey)


@router.get("", dependencies=[READ])
async def list_surveys(session: DbSession, page: PageQuery) -> Page[SurveyOut]:
    """List surveys, the newest first."""
    (before,) = page.after(UUID) or (None,)
    surveys = await service.list_surveys(session, before=before, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(surveys, page, key=lambda survey: (survey.id,))
    return Page(items=page.show(shown, SurveyOut.model_validate), next_cursor=next_cursor)


@router.get("/{survey_id}", dependencies=[READ])
async def get_survey(survey_id: UUID, session: DbSession, response: Response) -> SurveyOut:
    """Return the survey with its questions. 404 `survey_not_found`."""
    survey = await service.get_survey(session, survey_id=survey_id)
    response.headers["ETag"] = etag(survey.revision)
    return SurveyOut.model_validate(survey)


@router.post("/{survey_id}/publish", dependencies=[WRITE])
async def publish_survey(
    survey_id: UUID, session: DbSession, now: Now, if_match: IfMatch, response: Response
) -> SurveyOut:
    """Publish the survey, which then can be answered and no longer changes. 409 `survey_already_published`."""
    survey = await service.publish_survey(session, survey_id=survey_id, if_match=if_match, now=now)
    response.headers["ETag"] = etag(survey.revision)
    return SurveyOut.model_validate(survey)
