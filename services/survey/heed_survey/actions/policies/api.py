"""HTTP API of follow-up policies."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_survey.actions.policies import service
from heed_survey.actions.policies.schemas import ActionPolicyIn, ActionPolicyOut, Name

READ, WRITE = requires("surveys:read"), requires("surveys:write")

router = http.router(prefix="/v1/surveys/{survey_id}/policies", tags=["actions"])


@router.get("", dependencies=[READ])
async def list_policies(survey_id: UUID, session: DbSession, page: PageQuery) -> Page[ActionPolicyOut]:
    """List the policies of the survey by name. 404 `survey_not_found`."""
    (after,) = page.after(str) or (None,)
    rows = await service.list_policies(session, survey_id=survey_id, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda policy: (policy.name,))
    shown = page.show(items, ActionPolicyOut.model_validate, name=lambda policy: policy.name)
    return Page(items=shown, next_cursor=next_cursor)


@router.get("/{name}", dependencies=[READ])
async def get_policy(survey_id: UUID, name: Name, session: DbSession, response: Response) -> ActionPolicyOut:
    """Return a policy. 404 `policy_not_found`."""
    policy = await service.get_policy(session, survey_id=survey_id, name=name)
    response.headers["ETag"] = etag(policy.revision)
    return ActionPolicyOut.model_validate(policy)


@router.put("/{name}", responses=http.created(ActionPolicyOut), dependencies=[WRITE])
async def put_policy(
    survey_id: UUID, name: Name, body: ActionPolicyIn, session: DbSession, if_match: IfMatch, response: Response
) -> ActionPolicyOut:
    """Create or replace a policy for responses from now on. 412, 422 `condition_invalid`, 428."""
    policy, created = await service.put_policy(
        session, survey_id=survey_id, name=name, terms=body.to_domain(), if_match=if_match
    )
    if created:
        response.status_code = 201
    response.headers["ETag"] = etag(policy.revision)
    return ActionPolicyOut.model_validate(policy)


@router.delete("/{name}", status_code=204, dependencies=[WRITE])
async def delete_policy(survey_id: UUID, name: Name, session: DbSession, if_match: IfMatch) -> None:
    """Delete a policy; what followed from it stays. 404 `policy_not_found`, 412."""
    await service.delete_policy(session, survey_id=survey_id, name=name, if_match=if_match)
