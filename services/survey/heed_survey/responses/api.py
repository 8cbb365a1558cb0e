"""HTTP API of survey responses."""

from uuid import UUID

from fastapi import Request, Response

from heed_common import http
from heed_common.http import DbSession, Earliest, Now, requires, set_event_header
from heed_survey.responses import service
from heed_survey.responses.schemas import ReceiptOut, ResponseIn, ResponseOut

router = http.router(prefix="/v1/surveys", tags=["responses"])


@router.post(
    "/{survey_id}/responses",
    status_code=201,
    responses=http.repeated(ResponseOut),
    dependencies=[requires("responses:write")],
)
async def record_response(
    survey_id: UUID,
    body: ResponseIn,
    request: Request,
    session: DbSession,
    earliest: Earliest,
    now: Now,
    response: Response,
) -> ResponseOut | ReceiptOut:
    """Record a response; of one to an anonymous survey only that it was received is returned.

    409 `survey_not_published`, `survey_closed`, `version_changed`, `quota_full`, `call_back_not_open`,
    422 `unknown_item`, `item_not_shown`, `answer_missing`, `off_the_scale`, `unknown_option`, `wrong_kind_of_answer`,
    `not_anonymous`.
    """
    recorded, created = await service.record_response(
        session, survey_id=survey_id, new=body.to_domain(), earliest=earliest, now=now
    )
    if recorded is None:
        http.omit_content(request)
        return ReceiptOut(survey_id=survey_id)
    if not created:
        response.status_code = 200
        set_event_header(session, recorded.event_id)
    return ResponseOut.from_row(recorded)
