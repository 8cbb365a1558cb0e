"""HTTP API of survey responses."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from heed_common import http
from heed_common.fields import Code
from heed_common.http import DbSession, Earliest, Now, requires, set_event_header
from heed_common.http.filters import AnyOf, ExternalIds, Times
from heed_common.paging import PageQuery, TablePage, paginate
from heed_survey.responses import service
from heed_survey.responses.rules import Mode, ResponseFilter, State
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


@router.get("/{survey_id}/responses", dependencies=[requires("responses:read")])
async def list_responses(
    survey_id: UUID,
    session: DbSession,
    page: PageQuery,
    answered: Times,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    external_ids: ExternalIds = (),
    customer_id: AnyOf[UUID] = (),
    wave: AnyOf[Code] = (),
    mode: AnyOf[Mode] = (),
    state: AnyOf[State] = (),
    flagged: Annotated[bool | None, Query(description="With doubts about the quality, or without.")] = None,
) -> TablePage[ResponseOut]:
    """List the responses to a survey, the newest first; `from` and `to` mean `answered_at`.

    The columns of a file are its items, `design.*` and so on.

    Those to an anonymous survey come in random order, with nothing but their answers and the day on which their group
    became visible. 404 `survey_not_found`, 422 `anonymous_not_filtered`.
    """
    (before,) = page.after(UUID) or (None,)
    filters = ResponseFilter(version, external_ids, customer_id, wave, mode, state, answered, flagged)
    found = await service.list_responses(
        session, survey_id=survey_id, filters=filters, before=before, limit=page.fetch_limit
    )
    rows, next_cursor = paginate(found.rows, page, key=lambda row: (row.id,))
    build = ResponseOut.from_anonymous if found.anonymous else ResponseOut.from_row
    return TablePage[ResponseOut].with_columns(
        items=page.show(rows, build), next_cursor=next_cursor, columns=found.columns
    )
