"""HTTP API of the lifecycle of surveys."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, Now, etag, requires
from heed_survey.surveys import service as surveys
from heed_survey.surveys.lifecycle import service
from heed_survey.surveys.lifecycle.schemas import PublicationIn, RevisionIn
from heed_survey.surveys.schemas import SurveyOut
from heed_survey.surveys.tables import Survey

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


async def _shown(session: DbSession, survey: Survey, response: Response) -> SurveyOut:
    response.headers["ETag"] = etag(survey.revision)
    return SurveyOut.from_domain(survey, await surveys.current_questionnaire(session, survey=survey))
