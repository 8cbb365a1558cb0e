"""Door 1: how operators write the rules of acceptance."""

from typing import Annotated

from fastapi import Query, Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, etag, requires
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.lifecycle.acceptance import service
from heed_complaint.lifecycle.acceptance.schemas import RuleOut, RulesIn, RulesOut, VerdictOut

router = http.router(prefix="/v1/intake/rules", tags=["intake"])

DryRun = Annotated[bool, Query(description="Changes nothing and answers what the rules would decide.")]


@router.get("", dependencies=[requires("settings:read")])
async def read_acceptance_rules(session: DbSession, response: Response) -> RulesOut:
    """All rules, in the order in which they are asked."""
    acceptance = await service.get(session)
    response.headers["ETag"] = etag(acceptance.revision)
    return RulesOut.of(acceptance)


@router.put("", dependencies=[requires("settings:write")])
async def write_acceptance_rules(
    body: RulesIn,
    session: DbSession,
    if_match: IfMatch,
    confidential: SeesConfidential,
    response: Response,
    *,
    dry_run: DryRun = False,
) -> RulesOut:
    """The rules anew (If-Match). 412, 422 `condition_invalid`, `rule_twice` with the place, 428."""
    if dry_run:
        looked_at, verdicts = await service.preview(session, written=body.written(), confidential=confidential)
        decided = [VerdictOut.of(verdict) for verdict in verdicts]
        rules = [RuleOut.model_validate(rule) for rule in body.written()]
        return RulesOut(rules=rules, looked_at=looked_at, decided=decided)
    acceptance = await service.write(session, written=body.written(), if_match=if_match)
    response.headers["ETag"] = etag(acceptance.revision)
    return RulesOut.of(acceptance)
