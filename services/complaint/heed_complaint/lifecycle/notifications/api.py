"""HTTP API of the message policy."""

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, etag, requires
from heed_complaint.lifecycle.notifications import service
from heed_complaint.lifecycle.notifications.schemas import MessagePolicyIn, MessagePolicyOut

router = http.router(prefix="/v1/complaints/message-policy", tags=["messages"])


@router.get("", dependencies=[requires("settings:read")])
async def get_message_policy(session: DbSession, response: Response) -> MessagePolicyOut:
    """Return which messages customers get about their complaints."""
    policy = await service.get_policy(session)
    response.headers["ETag"] = etag(policy.revision)
    return MessagePolicyOut.from_domain(policy)


@router.put("", dependencies=[requires("settings:write")])
async def put_message_policy(
    body: MessagePolicyIn, session: DbSession, if_match: IfMatch, response: Response
) -> MessagePolicyOut:
    """Replace the policy for messages from now on; what is queued is sent. 412, 428."""
    policy = await service.put_policy(session, columns=body.to_columns(), if_match=if_match)
    response.headers["ETag"] = etag(policy.revision)
    return MessagePolicyOut.from_domain(policy)
