"""HTTP API of deliveries: the attempts of a webhook, and an event that tries it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request

from heed_common import http
from heed_common.http import DbSession, Now
from heed_common.http.dependencies import get_resources
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.subscriptions.delivery import sender
from heed_customer.subscriptions.delivery.schemas import AttemptOut, TestResult
from heed_customer.subscriptions.endpoints import service
from heed_customer.subscriptions.endpoints.api import READ, WRITE, Addresses, OwnSettings

router = http.router(prefix="/v1/webhooks", tags=["webhooks"])


@router.get("/{webhook_id}/deliveries", dependencies=READ)
async def list_deliveries(
    webhook_id: UUID,
    session: DbSession,
    page: PageQuery,
    failed: Annotated[bool | None, Query(description="Only attempts that failed, or only accepted ones.")] = None,
) -> Page[AttemptOut]:
    """List the attempts to deliver, the newest first. 404 `webhook_not_found`."""
    (after,) = page.after(int) or (None,)
    rows = await service.list_attempts(
        session, endpoint_id=webhook_id, failed=failed, after=after, limit=page.fetch_limit
    )
    items, next_cursor = paginate(rows, page, key=lambda attempt: (attempt.id,))
    return Page(items=page.show(items, AttemptOut.model_validate), next_cursor=next_cursor)


@router.post("/{webhook_id}:test", response_model=TestResult, dependencies=WRITE)
async def test_webhook(
    webhook_id: UUID, request: Request, addresses: Addresses, settings: OwnSettings, now: Now
) -> TestResult:
    """Send an event of the type `heed.webhook.tested.v1` at once, and return how the receiver responded. 404."""
    resources = get_resources(request)
    async with resources.database.transaction() as session:
        target = await sender.load_target(session, endpoint_id=webhook_id)
    client = sender.open_client(addresses.policy, settings, resolve=addresses.resolve)
    try:
        attempt = await sender.send_test(client, target, now=now)
    finally:
        await client.close()
    return TestResult(
        accepted=attempt.error is None, status=attempt.status, error=attempt.error, duration_ms=attempt.duration_ms
    )
