"""HTTP API of policies: the targets of complaints by condition."""

from fastapi import Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.sla.api.parameters import DryRun, NameInPath, Version
from heed_complaint.sla.replanning import dry_run as dry_runs
from heed_complaint.sla.replanning.schemas import ReplanningPreviewOut
from heed_complaint.sla.terms.policies import service
from heed_complaint.sla.terms.policies.schemas import SLAPolicyIn, SLAPolicyOut

router = http.router(prefix="/v1/sla/policies", tags=["sla"])
READ, WRITE = requires("settings:read"), requires("settings:write")


@router.get("", dependencies=[READ])
async def list_policies(session: DbSession, page: PageQuery) -> Page[SLAPolicyOut]:
    """List the newest version of each policy, in order of precedence."""
    after = page.after(bool, int, str)
    rows = await service.list_policies(session, after=after, limit=page.fetch_limit)
    shown, next_cursor = paginate(rows, page, key=service.rank)
    return Page(items=page.show(shown, SLAPolicyOut.from_row), next_cursor=next_cursor)


@router.get("/{name}", dependencies=[READ])
async def get_policy(name: NameInPath, session: DbSession, response: Response, version: Version = None) -> SLAPolicyOut:
    """Get a policy in its newest or in an earlier version; versions never change. 404 `policy_not_found`."""
    row = await service.get(session, name=name, version=version)
    response.headers["ETag"] = etag(row.version)
    return SLAPolicyOut.from_row(row)


@router.put("/{name}", responses=http.created(SLAPolicyOut), dependencies=[WRITE])
async def put_policy(
    name: NameInPath,
    body: SLAPolicyIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    page: PageQuery,
    sees: SeesConfidential,
    response: Response,
    *,
    dry_run: DryRun = False,
) -> SLAPolicyOut | ReplanningPreviewOut:
    """Create a version and replan open complaints. 412, 422 `policy_invalid` `condition_invalid`, 428.

    With `dry_run` nothing is changed: the response names the deadlines of open complaints that would move.
    """
    document = body.to_document()
    if dry_run:
        terms = await service.dry_run_terms(session, name=name, document=document, if_match=if_match, now=now)
        return await dry_runs.preview(session, terms, page=page, confidential=sees, now=now)
    row, created = await service.put(session, name=name, document=document, by=caller.id, if_match=if_match, now=now)
    response.status_code = 201 if created else 200
    response.headers["ETag"] = etag(row.version)
    return SLAPolicyOut.from_row(row)


@router.delete("/{name}", status_code=204, dependencies=[WRITE])
async def delete_policy(name: NameInPath, session: DbSession, caller: Caller, now: Now, if_match: IfMatch) -> None:
    """Delete a policy; its versions remain readable. 404 `policy_not_found`, 409 `default_stays`, 412, 428."""
    await service.delete(session, name=name, by=caller.id, if_match=if_match, now=now)
