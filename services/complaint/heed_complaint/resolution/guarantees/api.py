"""HTTP API of guarantees."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from heed_common import http, paging
from heed_common.http import Caller, DbSession, IfMatch, Now, RequestLanguage, SettingsDep, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.resolution.guarantees import service
from heed_complaint.resolution.guarantees.schemas import (
    NO_COMMENT,
    ComplaintGuaranteeOut,
    GuaranteeIn,
    GuaranteeOut,
    InvocationIn,
)
from heed_complaint.resolution.playbooks.schemas import Name, PlaybookVersionOut

READ, WRITE = requires("settings:read"), requires("settings:write")
GuaranteeName = Annotated[Name, Path()]

router = http.router(prefix="/v1/guarantees", tags=["guarantees"])
complaint_router = http.router(prefix="/v1/complaints", tags=["guarantees"])


@router.get("", dependencies=[READ])
async def list_guarantees(session: DbSession, page: PageQuery) -> Page[GuaranteeOut]:
    """List the guarantees by name."""
    (after,) = page.after(str) or ("",)
    rows = await service.list_guarantees(session, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(rows, page, key=lambda row: (row.name,))
    return Page(items=page.show(shown, GuaranteeOut.of), next_cursor=next_cursor)


@router.get("/{name}", dependencies=[READ])
async def get_guarantee(name: GuaranteeName, session: DbSession, response: Response) -> GuaranteeOut:
    """Return one guarantee. 404 `guarantee_not_found`."""
    row = await service.get(session, name=name)
    response.headers["ETag"] = etag(row.revision)
    return GuaranteeOut.of(row)


@router.put("/{name}", responses=http.created(GuaranteeOut), dependencies=[WRITE])
async def put_guarantee(
    name: GuaranteeName,
    body: GuaranteeIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    settings: SettingsDep,
    response: Response,
) -> GuaranteeOut:
    """Create or replace a guarantee. 412, 422 `condition_invalid`, `guarantee_invalid`, `not_payable`, 428."""
    stored = await service.put(
        session,
        name=name,
        content=body.to_content(currency=settings.currency),
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        by=caller.id,
        if_match=if_match,
        now=now,
    )
    response.status_code = 201 if stored.created else 200
    response.headers["ETag"] = etag(stored.row.revision)
    return GuaranteeOut.of(stored.row)


@router.delete("/{name}", status_code=204, dependencies=[WRITE])
async def delete_guarantee(
    name: GuaranteeName, session: DbSession, caller: Caller, now: Now, if_match: IfMatch
) -> None:
    """Delete a guarantee. 404 `guarantee_not_found`, 412, 428."""
    await service.delete(session, name=name, by=caller.id, if_match=if_match, now=now)


@router.get("/{name}/history", dependencies=[READ])
async def list_guarantee_versions(name: GuaranteeName, session: DbSession, page: PageQuery) -> Page[PlaybookVersionOut]:
    """List all versions with their authors, the oldest first; also of a guarantee that was deleted."""
    (after,) = page.after(int) or (0,)
    rows = await service.list_versions(session, name=name, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(rows, page, key=lambda row: (row.seq,))
    return Page(items=page.show(shown, PlaybookVersionOut.model_validate), next_cursor=next_cursor)


@complaint_router.get("/{complaint_id:uuid}/guarantees", dependencies=[requires("complaints:read")])
async def list_complaint_guarantees(
    complaint_id: UUID, session: DbSession, page: PageQuery, language: RequestLanguage
) -> Page[ComplaintGuaranteeOut]:
    """List the guarantees that apply to the complaint, with the claims on them."""
    (after,) = page.after(str) or ("",)
    found = await service.list_for_complaint(session, complaint_id=complaint_id, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda item: (item.row.name,))
    return Page(
        items=page.show(shown, lambda item: ComplaintGuaranteeOut.of(item, language=language)),
        next_cursor=next_cursor,
    )


@complaint_router.post("/{complaint_id:uuid}/guarantees/{name}/invoke", dependencies=[requires("complaints:write")])
async def invoke_guarantee(
    complaint_id: UUID,
    name: GuaranteeName,
    session: DbSession,
    caller: Caller,
    now: Now,
    language: RequestLanguage,
    body: InvocationIn = NO_COMMENT,
) -> ComplaintGuaranteeOut:
    """Claim a guarantee on the customer's request.

    409 `not_by_word`, `guarantee_not_applicable`, `guarantee_already_triggered`.
    """
    claimed = await service.invoke(session, complaint_id=complaint_id, name=name, note=body.note, by=caller.id, now=now)
    return ComplaintGuaranteeOut.of(claimed, language=language)
