"""HTTP API of playbooks and remedy limits."""

from typing import Annotated

from fastapi import Path, Response

from heed_common import http, paging
from heed_common.cursors import Int4
from heed_common.http import Caller, DbSession, IfMatch, Now, SettingsDep, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.resolution.playbooks import service
from heed_complaint.resolution.playbooks.schemas import (
    LimitsIn,
    LimitsOut,
    Name,
    PlaybookIn,
    PlaybookOut,
    PlaybookVersionOut,
)
from heed_complaint.resolution.playbooks.tables import Playbook

READ, WRITE = requires("settings:read"), requires("settings:write")
BEFORE_FIRST = (-1, "")

router = http.router(prefix="/v1/playbooks", tags=["playbooks"])

PlaybookName = Annotated[Name, Path()]


@router.get("/limits", dependencies=[READ])
async def get_remedy_limits(session: DbSession, response: Response) -> LimitsOut:
    """Return the general limits on one complaint; a playbook can replace them."""
    limits = await service.get_limits(session)
    response.headers["ETag"] = etag(limits.revision)
    return LimitsOut.model_validate(limits.content)


@router.put("/limits", dependencies=[WRITE])
async def put_remedy_limits(
    body: LimitsIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    settings: SettingsDep,
    response: Response,
) -> LimitsOut:
    """Replace the general limits. They always exist, so If-Match is always needed. 412, 422 `not_payable`, 428."""
    limits = await service.put_limits(
        session, content=body.to_content(), currency=settings.currency, by=caller.id, if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(limits.revision)
    return LimitsOut.model_validate(limits.content)


@router.get("", dependencies=[READ])
async def list_playbooks(session: DbSession, page: PageQuery) -> Page[PlaybookOut]:
    """List the playbooks in the order in which they are tried."""
    order, name = page.after(Int4, str) or BEFORE_FIRST
    rows = await service.list_playbooks(session, after=(order, name), limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(rows, page, key=lambda row: (row.order, row.name))
    return Page(items=page.show(shown, _to_response), next_cursor=next_cursor)


@router.get("/{name}", dependencies=[READ])
async def get_playbook(name: PlaybookName, session: DbSession, response: Response) -> PlaybookOut:
    """Return one playbook. 404 `playbook_not_found`."""
    row = await service.get(session, name=name)
    response.headers["ETag"] = etag(row.revision)
    return _to_response(row)


@router.put("/{name}", responses=http.created(PlaybookOut), dependencies=[WRITE])
async def put_playbook(
    name: PlaybookName,
    body: PlaybookIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    settings: SettingsDep,
    response: Response,
) -> PlaybookOut:
    """Create or replace a playbook. 412, 422 `condition_invalid`, `not_payable`, `playbook_invalid`, 428."""
    stored = await service.put(
        session,
        name=name,
        order=body.order,
        content=body.to_content(),
        currency=settings.currency,
        by=caller.id,
        if_match=if_match,
        now=now,
    )
    response.status_code = 201 if stored.created else 200
    response.headers["ETag"] = etag(stored.row.revision)
    return _to_response(stored.row)


@router.delete("/{name}", status_code=204, dependencies=[WRITE])
async def delete_playbook(name: PlaybookName, session: DbSession, caller: Caller, now: Now, if_match: IfMatch) -> None:
    """Delete a playbook. 404 `playbook_not_found`, 412, 428."""
    await service.delete(session, name=name, by=caller.id, if_match=if_match, now=now)


@router.get("/{name}/history", dependencies=[READ])
async def list_playbook_versions(name: PlaybookName, session: DbSession, page: PageQuery) -> Page[PlaybookVersionOut]:
    """List all versions with their authors, the oldest first; also of `limits` and of a deleted playbook."""
    (after,) = page.after(int) or (0,)
    rows = await service.list_versions(session, name=name, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(rows, page, key=lambda row: (row.seq,))
    return Page(items=page.show(shown, PlaybookVersionOut.model_validate), next_cursor=next_cursor)


def _to_response(row: Playbook) -> PlaybookOut:
    return PlaybookOut.of(row.name, row.order, row.content)
