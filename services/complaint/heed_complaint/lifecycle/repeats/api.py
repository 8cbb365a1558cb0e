"""Door 1: from which complaint of the same kind on somebody else is called."""

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, etag, requires
from heed_complaint.lifecycle.repeats import service
from heed_complaint.lifecycle.repeats.schemas import RepeatRuleIn, RepeatRuleOut
from heed_complaint.lifecycle.repeats.tables import RepeatRule

router = http.router(prefix="/v1/complaints/repeats", tags=["groups"])


@router.get("", response_model=RepeatRuleOut, dependencies=[requires("settings:read")])
async def read_repeat_rule(session: DbSession, response: Response) -> RepeatRule:
    """When the n-th complaint of one customer about one product escalates."""
    rule = await service.rule(session)
    response.headers["ETag"] = etag(rule.revision)
    return rule


@router.put("", response_model=RepeatRuleOut, dependencies=[requires("settings:write")])
async def write_repeat_rule(
    body: RepeatRuleIn, session: DbSession, if_match: IfMatch, response: Response
) -> RepeatRule:
    """Changes it for what is opened from now on. 412, 428."""
    rule = await service.write_rule(session, escalate_from=body.escalate_from, to=body.to, if_match=if_match)
    response.headers["ETag"] = etag(rule.revision)
    return rule
