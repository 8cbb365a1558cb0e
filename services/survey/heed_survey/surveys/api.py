"""HTTP API of surveys."""

from uuid import UUID

from fastapi import Response

from heed_common import http, paging
from heed_common.http import DbSession, IfMatch, Now, etag, requires
from heed_common.http.filters import AnyOf, ExternalIds
from heed_common.paging import Page, PageQuery
from heed_survey.surveys import service
from heed_survey.surveys.rules import SurveyState
from heed_survey.surveys.schemas import SurveyHeadOut, SurveyIn, SurveyOut, SurveyPatch

READ, WRITE = requires("surveys:read"), requires("surveys:write")

router = http.router(prefix="/v1/surveys", tags=["surveys"])


@router.post("", status_code=201, responses=http.repeated(SurveyOut), dependencies=[WRITE])
async def create_survey(body: SurveyIn, session: DbSession, now: Now, response: Response) -> SurveyOut:
    """Create a draft from a questionnaire or a template. 409 `external_id_conflict`."""
    questionnaire = body.to_questionnaire()
    survey, created = await service.create_survey(
        session, questionnaire=questionnaire, settings=body.to_settings(), external_id=body.external_id, now=now
    )
    if not created:
        response.status_code = 200
    response.headers["Location"] = f"/v1/surveys/{survey.id}"
    response.headers["ETag"] = etag(survey.revision)
    return SurveyOut.from_domain(survey, await service.current_questionnaire(session, survey=survey))


@router.get("", dependencies=[READ])
async def list_surveys(
    session: DbSession, page: PageQuery, external_ids: ExternalIds = (), state: AnyOf[SurveyState] = ()
) -> Page[SurveyHeadOut]:
    """List surveys, the newest first."""
    (before,) = page.after(UUID) or (None,)
    surveys = await service.list_surveys(
        session, external_ids=external_ids, states=state, before=before, limit=page.fetch_limit
    )
    shown, next_cursor = paging.paginate(surveys, page, key=lambda head: (head.survey.id,))
    items = page.show(shown, SurveyHeadOut.from_head, name=lambda head: head.survey.id)
    return Page(items=items, next_cursor=next_cursor)


@router.get("/{survey_id}", dependencies=[READ])
async def get_survey(survey_id: UUID, session: DbSession, response: Response) -> SurveyOut:
    """Return the survey with the questions of its current version. 404 `survey_not_found`."""
    survey = await service.get_survey(session, survey_id=survey_id)
    response.headers["ETag"] = etag(survey.revision)
    return SurveyOut.from_domain(survey, await service.current_questionnaire(session, survey=survey))


@router.patch("/{survey_id}", dependencies=[WRITE])
async def update_survey(
    survey_id: UUID, body: SurveyPatch, if_match: IfMatch, session: DbSession, now: Now, response: Response
) -> SurveyOut:
    """Change the draft, and the settings of a survey that is not published yet; the wave at any time.

    Omitted members keep their values. 428 without If-Match, 412 if the survey has changed,
    409 `survey_already_published`, `pilot_running`, `survey_closed`.
    """
    survey = await service.update_survey(
        session, survey_id=survey_id, edit=body.to_edit(), settings=body.changed_settings(), if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(survey.revision)
    return SurveyOut.from_domain(survey, await service.current_questionnaire(session, survey=survey))
