"""Door 1: what follows from the answers of customers."""

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, etag, requires
from heed_complaint.feedback.callback_answers import service
from heed_complaint.feedback.callback_answers.schemas import AnswerPolicyIn, AnswerPolicyOut

router = http.router(prefix="/v1/sla/answers", tags=["answers"])


@router.get("", dependencies=[requires("settings:read")])
async def read_answer_policy(session: DbSession, response: Response) -> AnswerPolicyOut:
    """What an answer to a call-back leads to, and what silence does."""
    policy = await service.policy(session)
    response.headers["ETag"] = etag(policy.revision)
    return AnswerPolicyOut.of(policy)


@router.put("", dependencies=[requires("settings:write")])
async def write_answer_policy(
    body: AnswerPolicyIn, session: DbSession, if_match: IfMatch, response: Response
) -> AnswerPolicyOut:
    """Changes it for what is answered from now on. 412, 428."""
    policy = await service.write_policy(session, wanted=body.as_columns(), if_match=if_match)
    response.headers["ETag"] = etag(policy.revision)
    return AnswerPolicyOut.of(policy)
