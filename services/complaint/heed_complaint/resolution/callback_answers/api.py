"""HTTP API of the call-back policy."""

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, etag, requires
from heed_complaint.resolution.callback_answers import service
from heed_complaint.resolution.callback_answers.schemas import CallbackPolicyIn, CallbackPolicyOut

router = http.router(prefix="/v1/complaints/callback-policy", tags=["answers"])


@router.get("", dependencies=[requires("settings:read")])
async def get_callback_policy(session: DbSession, response: Response) -> CallbackPolicyOut:
    """Return what a response to a call-back leads to, and no response in time."""
    policy = await service.get_policy(session)
    response.headers["ETag"] = etag(policy.revision)
    return CallbackPolicyOut.from_domain(policy)


@router.put("", dependencies=[requires("settings:write")])
async def put_callback_policy(
    body: CallbackPolicyIn, session: DbSession, if_match: IfMatch, response: Response
) -> CallbackPolicyOut:
    """Replace the policy for responses from now on. 412, 428."""
    policy = await service.put_policy(session, columns=body.to_columns(), if_match=if_match)
    response.headers["ETag"] = etag(policy.revision)
    return CallbackPolicyOut.from_domain(policy)
