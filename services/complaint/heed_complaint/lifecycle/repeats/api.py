"""HTTP API of the repeat policy."""

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, etag, requires
from heed_complaint.lifecycle.repeats import service
from heed_complaint.lifecycle.repeats.schemas import RepeatPolicyIn, RepeatPolicyOut
from heed_complaint.lifecycle.repeats.tables import RepeatPolicy

router = http.router(prefix="/v1/complaints/repeat-policy", tags=["groups"])


@router.get("", response_model=RepeatPolicyOut, dependencies=[requires("settings:read")])
async def get_repeat_policy(session: DbSession, response: Response) -> RepeatPolicy:
    """Return which complaint of one customer about one product is escalated, and to whom."""
    policy = await service.get_policy(session)
    response.headers["ETag"] = etag(policy.revision)
    return policy


@router.put("", response_model=RepeatPolicyOut, dependencies=[requires("settings:write")])
async def put_repeat_policy(
    body: RepeatPolicyIn, session: DbSession, if_match: IfMatch, response: Response
) -> RepeatPolicy:
    """Replace the policy for complaints opened from now on. 412, 428."""
    policy = await service.put_policy(session, escalate_from=body.escalate_from, to=body.to, if_match=if_match)
    response.headers["ETag"] = etag(policy.revision)
    return policy
