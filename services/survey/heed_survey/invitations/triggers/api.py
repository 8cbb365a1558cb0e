"""HTTP API of triggers."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from heed_common import http, paging
from heed_common.fields import Code
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery
from heed_survey.invitations.triggers import service
from heed_survey.invitations.triggers.schemas import TriggerIn, TriggerOut
from heed_survey.surveys import service as surveys

READ, WRITE = requires("surveys:read"), requires("surveys:write")
Name = Annotated[Code, Path()]

router = http.router(prefix="/v1/surveys/{survey_id}/triggers", tags=["invitations"])


@router.get("", dependencies=[READ])
async def list_triggers(survey_id: UUID, session: DbSession, page: PageQuery) -> Page[TriggerOut]:
    """List the triggers of the survey, by name. 404 `survey_not_found`."""
    (after,) = page.after(str) or ("",)
    await surveys.get_survey(session, survey_id=survey_id)
    rows = await service.list_triggers(session, survey_id=survey_id, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(rows, page, key=lambda row: (row.name,))
    outcomes = await service.count_outcomes(session, shown)
    items = page.show(shown, lambda row: TriggerOut.from_row(row, outcomes))
    return Page(items=items, next_cursor=next_cursor)


@router.get("/{name}", dependencies=[READ])
async def get_trigger(survey_id: UUID, name: Name, session: DbSession, response: Response) -> TriggerOut:
    """Return the trigger. 404 `trigger_not_found`."""
    trigger = await service.get_trigger(session, survey_id=survey_id, name=name)
    response.headers["ETag"] = etag(trigger.revision)
    return TriggerOut.from_row(trigger, await service.count_outcomes(session, [trigger]))


@router.put("/{name}", responses=http.created(TriggerOut), dependencies=[WRITE])
async def put_trigger(
    survey_id: UUID,
    name: Name,
    body: TriggerIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> TriggerOut:
    """Create the trigger, or replace it (If-Match). 409 `trigger_of_anonymous_survey`, 412, 422, 428."""
    trigger, created = await service.put_trigger(
        session,
        survey_id=survey_id,
        name=name,
        columns=body.to_columns(),
        if_match=if_match,
        by=caller.id,
        now=now,
    )
    response.status_code = 201 if created else 200
    response.headers["ETag"] = etag(trigger.revision)
    return TriggerOut.from_row(trigger, await service.count_outcomes(session, [trigger]))


@router.delete("/{name}", status_code=204, dependencies=[WRITE])
async def delete_trigger(survey_id: UUID, name: Name, session: DbSession) -> None:
    """Delete the trigger; occasions that wait for their moment are dropped. 404 `trigger_not_found`."""
    await service.delete_trigger(session, survey_id=survey_id, name=name)
