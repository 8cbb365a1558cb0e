"""HTTP API of classification and of its rules."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, SettingsDep, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.accounts.classification import rules, service
from heed_customer.accounts.classification.rules import Aspect
from heed_customer.accounts.classification.schemas import (
    ClassificationOut,
    ClassificationRulesIn,
    ClassificationRulesOut,
    OverrideIn,
    OverrideOut,
)
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.api import set_content_location

router = http.router(prefix="/v1/customers/{customer_id}/classification", tags=["classification"])
rules_router = http.router(prefix="/v1/customers/classification-rules/{aspect}", tags=["classification"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]

DryRun = Annotated[bool, Query(description="Only return what the rules would derive; change nothing.")]


def requested_aspect(aspect: str) -> Aspect:
    return rules.parse_aspect(aspect)


AspectPath = Annotated[Aspect, Depends(requested_aspect)]


@router.get("", dependencies=READ)
async def get_classification(
    customer_id: UUID, session: DbSession, settings: SettingsDep, now: Now, response: Response
) -> ClassificationOut:
    """Return buyer type, key account and relationship level as the facts are now, with rule and evidence of each."""
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part="/classification")
    found = await service.classify(session, family=family, time_zone=settings.time_zone, now=now)
    return ClassificationOut.from_domain(found)


@router.get("/overrides", dependencies=READ)
async def list_overrides(
    customer_id: UUID, session: DbSession, page: PageQuery, response: Response
) -> Page[OverrideOut]:
    """List the decisions of people on the customer and its duplicates, the newest first."""
    (after,) = page.after(UUID) or (None,)
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part="/classification/overrides")
    rows = await service.list_overrides(session, family=family, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda override: (override.id,))
    return Page(items=page.show(items, OverrideOut.model_validate), next_cursor=next_cursor)


@router.put("/{aspect}", dependencies=WRITE)
async def put_override(
    customer_id: UUID,
    aspect: AspectPath,
    body: OverrideIn,
    session: DbSession,
    settings: SettingsDep,
    caller: Caller,
    now: Now,
) -> ClassificationOut:
    """Decide on an aspect, with the reason, instead of the rules. 409 `customer_merged`, 422 `value_unknown`."""
    await service.put_override(
        session, customer_id=customer_id, aspect=aspect, value=body.value, reason=body.reason, by=caller.id, now=now
    )
    family = await customers.get_family(session, customer_id=customer_id)
    found = await service.classify(session, family=family, time_zone=settings.time_zone, now=now)
    return ClassificationOut.from_domain(found)


@router.delete("/{aspect}", status_code=204, dependencies=WRITE)
async def delete_override(customer_id: UUID, aspect: AspectPath, session: DbSession, caller: Caller, now: Now) -> None:
    """Let the rules decide on the aspect again. 404 `override_not_found`."""
    await service.delete_override(session, customer_id=customer_id, aspect=aspect, by=caller.id, now=now)


@rules_router.get("", dependencies=[requires("settings:read")])
async def get_classification_rules(
    aspect: AspectPath, session: DbSession, response: Response
) -> ClassificationRulesOut:
    """Return the rules of an aspect in the order of their evaluation. 404 `aspect_unknown`."""
    found = await service.get_rules(session, aspect=aspect)
    response.headers["ETag"] = etag(found.revision)
    return ClassificationRulesOut.from_domain(found)


@rules_router.put("", dependencies=[requires("settings:write")])
async def put_classification_rules(
    aspect: AspectPath,
    body: ClassificationRulesIn,
    session: DbSession,
    settings: SettingsDep,
    caller: Caller,
    if_match: IfMatch,
    now: Now,
    response: Response,
    *,
    dry_run: DryRun = False,
) -> ClassificationRulesOut:
    """Replace the rules of an aspect (If-Match). 412, 422 `condition_invalid`, `rule_twice`, `value_unknown`, 428."""
    documents = body.to_documents()
    if dry_run:
        result = await service.dry_run(
            session, aspect=aspect, documents=documents, time_zone=settings.time_zone, now=now
        )
        return ClassificationRulesOut.from_dry_run(documents, result)
    stored = await service.put_rules(
        session, aspect=aspect, documents=documents, by=caller.id, if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(stored.revision)
    return ClassificationRulesOut.from_domain(stored)
