"""Door 1: which complaints get how much time."""

from typing import Annotated

from fastapi import Path, Query, Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.sla.replanning import dry_run as previews
from heed_complaint.sla.replanning.schemas import PreviewOut
from heed_complaint.sla.terms.calendars.schemas import NAME
from heed_complaint.sla.terms.policies import service
from heed_complaint.sla.terms.policies.schemas import PolicyIn, PolicyOut

router = http.router(prefix="/v1/sla/policies", tags=["sla"])
READ, WRITE = requires("settings:read"), requires("settings:write")

NameInPath = Annotated[str, Path(pattern=NAME)]
DryRun = Annotated[bool, Query(description="Changes nothing and answers whose deadlines would move.")]
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="An earlier one, as a deadline refers to it.")]


@router.get("", dependencies=[READ])
async def list_policies(session: DbSession, page: PageQuery) -> Page[PolicyOut]:
    """Each as it counts now, in the order in which they are asked."""
    after = page.after(bool, int, str)
    rows = await service.list_policies(session, after=after, limit=page.fetch_limit)
    shown, next_cursor = paginate(rows, page, key=service.rank)
    return Page(items=page.show(shown, PolicyOut.of), next_cursor=next_cursor)


@router.get("/{name}", dependencies=[READ])
async def read_policy(name: NameInPath, session: DbSession, response: Response, version: Version = None) -> PolicyOut:
    """As it counts now, or in one of its versions, which never change. 404 `policy_not_found`."""
    row = await service.get(session, name=name, version=version)
    response.headers["ETag"] = etag(row.version)
    return PolicyOut.of(row)


@router.put("/{name}", responses=http.created(PolicyOut), dependencies=[WRITE])
async def write_policy(
    name: NameInPath,
    body: PolicyIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    page: PageQuery,
    sees: SeesConfidential,
    response: Response,
    *,
    dry_run: DryRun = False,
) -> PolicyOut | PreviewOut:
    """A new version, by which open complaints are planned anew. 412, 422 `policy_invalid` `condition_invalid`, 428.

    With `dry_run` nothing is changed: the answer names the deadlines of open complaints that would move.
    """
    document = body.as_document()
    if dry_run:
        book = await service.candidate(session, name=name, document=document, if_match=if_match, now=now)
        return await previews.preview(session, book, page=page, confidential=sees, now=now)
    row, is_new = await service.write(session, name=name, document=document, by=caller.id, if_match=if_match, now=now)
    response.status_code = 201 if is_new else 200
    response.headers["ETag"] = etag(row.version)
    return PolicyOut.of(row)


@router.delete("/{name}", status_code=204, dependencies=[WRITE])
async def remove_policy(name: NameInPath, session: DbSession, caller: Caller, now: Now, if_match: IfMatch) -> None:
    """It is asked no more; its versions stay. 404 `policy_not_found`, 409 `default_stays`, 412, 428."""
    await service.remove(session, name=name, by=caller.id, if_match=if_match, now=now)
