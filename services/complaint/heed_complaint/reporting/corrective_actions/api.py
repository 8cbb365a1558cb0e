"""HTTP API of corrective actions."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from heed_common import http, paging
from heed_common.http import Caller, DbSession, Earliest, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.core.visibility_guard import CHANGE, SeesConfidential
from heed_complaint.reporting.corrective_actions import service
from heed_complaint.reporting.corrective_actions.schemas import (
    ComplainantOut,
    CorrectiveActionEffectOut,
    CorrectiveActionIn,
    CorrectiveActionOut,
    CorrectiveActionPatch,
    NotificationIn,
    NotificationProgressOut,
)

READ, WRITE = requires("complaints:read"), requires("complaints:write")
Weeks = Annotated[int, Query(ge=1, le=104, description="How long to count before and after.")]

router = http.router(prefix="/v1/complaints/corrections", tags=["corrections"])


@router.post("", status_code=201, dependencies=[WRITE])
async def create_corrective_action(
    body: CorrectiveActionIn, session: DbSession, caller: Caller, now: Now, response: Response
) -> CorrectiveActionOut:
    """Create a corrective action. 422 `about_nothing`, `unknown_cause`, `unknown_category`."""
    row = await service.create(session, new=body.to_domain(), by=caller.id, now=now)
    response.headers["Location"] = f"/v1/complaints/corrections/{row.id}"
    response.headers["ETag"] = etag(row.revision)
    return CorrectiveActionOut.of(row, now=now)


@router.get("", dependencies=[READ])
async def list_corrective_actions(
    session: DbSession,
    now: Now,
    page: PageQuery,
    done: Annotated[bool | None, Query()] = None,
    owner: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[CorrectiveActionOut]:
    """List corrective actions, the newest first."""
    (before,) = page.after(UUID) or (None,)
    rows = await service.list_corrective_actions(session, done=done, owner=owner, before=before, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(rows, page, key=lambda row: (row.id,))
    return Page(items=page.show(shown, lambda row: CorrectiveActionOut.of(row, now=now)), next_cursor=next_cursor)


@router.get("/{correction_id}", dependencies=[READ])
async def get_corrective_action(
    correction_id: UUID, session: DbSession, now: Now, response: Response
) -> CorrectiveActionOut:
    """Return one corrective action. 404 `correction_not_found`."""
    row = await service.get(session, action_id=correction_id)
    response.headers["ETag"] = etag(row.revision)
    return CorrectiveActionOut.of(row, now=now)


@router.patch("/{correction_id}", dependencies=[WRITE])
async def update_corrective_action(
    correction_id: UUID,
    body: CorrectiveActionPatch,
    session: DbSession,
    earliest: Earliest,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> CorrectiveActionOut:
    """Mark the action as done, or change it. 412, 428."""
    row = await service.update(
        session,
        action_id=correction_id,
        changes=body.changes(),
        if_match=if_match,
        earliest=earliest,
        now=now,
    )
    response.headers["ETag"] = etag(row.revision)
    return CorrectiveActionOut.of(row, now=now)


@router.get("/{correction_id}/effect", dependencies=[READ])
async def get_corrective_action_effect(
    correction_id: UUID, session: DbSession, now: Now, confidential: SeesConfidential, weeks: Weeks = 12
) -> CorrectiveActionEffectOut:
    """Compare complaints before and after the action, with a test against chance. 409 `not_done_yet`."""
    found = await service.measure_effect(
        session, action_id=correction_id, weeks=weeks, confidential=confidential, now=now
    )
    return CorrectiveActionEffectOut.of(found)


@router.get("/{correction_id}/complainants", dependencies=[READ])
async def list_complainants(
    correction_id: UUID, session: DbSession, now: Now, page: PageQuery, confidential: SeesConfidential
) -> Page[ComplainantOut]:
    """List the complaints from before the action, with the time of notification."""
    (after,) = page.after(UUID) or (None,)
    found = await service.list_complainants(
        session, action_id=correction_id, confidential=confidential, after=after, limit=page.fetch_limit, now=now
    )
    shown, next_cursor = paging.paginate(found, page, key=lambda item: (item.complaint.id,))
    return Page(items=page.show(shown, ComplainantOut.of), next_cursor=next_cursor)


@router.post("/{correction_id}/tell", dependencies=[WRITE])
async def notify_complainants(
    correction_id: UUID, body: NotificationIn, session: DbSession, caller: Caller, now: Now
) -> NotificationProgressOut:
    """Send a message on each earlier complaint, once; 200 in one call. 409 `not_done_yet`."""
    progress = await service.notify_complainants(
        session, action_id=correction_id, text=body.text, confidential=caller.may(CHANGE), by=caller.id, now=now
    )
    return NotificationProgressOut(told=progress.notified, remaining=progress.remaining)
