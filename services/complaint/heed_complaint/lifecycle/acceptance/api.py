"""HTTP API of acceptance rules."""

from typing import Annotated

from fastapi import Query, Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, etag, requires
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.lifecycle.acceptance import service
from heed_complaint.lifecycle.acceptance.schemas import (
    AcceptanceRuleOut,
    AcceptanceRulesIn,
    AcceptanceRulesOut,
    RuleMatchOut,
)

router = http.router(prefix="/v1/intake/rules", tags=["intake"])

DryRun = Annotated[bool, Query(description="Only return what the rules would decide; change nothing.")]


@router.get("", dependencies=[requires("settings:read")])
async def get_acceptance_rules(session: DbSession, response: Response) -> AcceptanceRulesOut:
    """Return all rules in the order of their evaluation."""
    acceptance = await service.get_rules(session)
    response.headers["ETag"] = etag(acceptance.revision)
    return AcceptanceRulesOut.from_domain(acceptance)


@router.put("", dependencies=[requires("settings:write")])
async def put_acceptance_rules(
    body: AcceptanceRulesIn,
    session: DbSession,
    if_match: IfMatch,
    confidential: SeesConfidential,
    response: Response,
    *,
    dry_run: DryRun = False,
) -> AcceptanceRulesOut:
    """Replace the rules (If-Match). 412, 422 `condition_invalid`, `rule_twice` with the pointer, 428."""
    documents = body.to_documents()
    if dry_run:
        looked_at, matches = await service.dry_run(session, documents=documents, confidential=confidential)
        decided = [RuleMatchOut.from_domain(match) for match in matches]
        rules = [AcceptanceRuleOut.model_validate(document) for document in documents]
        return AcceptanceRulesOut(rules=rules, looked_at=looked_at, decided=decided)
    acceptance = await service.put_rules(session, documents=documents, if_match=if_match)
    response.headers["ETag"] = etag(acceptance.revision)
    return AcceptanceRulesOut.from_domain(acceptance)
