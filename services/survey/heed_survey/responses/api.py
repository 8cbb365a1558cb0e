"""HTTP API of survey responses."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, Earliest, Now, requires, set_event_header
from heed_survey.responses import service
from heed_survey.responses.schemas import ResponseIn, ResponseOut

router = http.router(prefix="/v1/surveys", tags=["responses"])


@router.post(
    "/{survey_id}/responses",
    status_code=201,
    responses=http.repeated(ResponseOut),
    dependencies=[requires("responses:write")],
)
async def record_response(
    survey_id: UUID, body: ResponseIn, session: DbSession, earliest: Earliest, now: Now, response: Response
) -> ResponseOut:
    """Record a response. 409 `survey_not_published`, `call_back_not_open`, 422 `unknown_item`, `off_the_scale`."""
    recorded, created = await service.record_response(
        session, survey_id=survey_id, new=body.to_domain(), earliest=earliest, now=now
    )
    if not created:
        response.status_code = 200
        set_event_header(session, recorded.event_id)
    return ResponseOut.model_validate(recorded)
