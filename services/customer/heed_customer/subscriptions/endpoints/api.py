"""HTTP API of webhooks."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.http.dependencies import get_resources, get_settings
from heed_common.outgoing_http.addresses import AddressPolicy, URLRefused
from heed_common.outgoing_http.names import NameResolver, Resolve, permits_url
from heed_common.paging import Page, PageQuery, paginate
from heed_common.problems import Invalid
from heed_customer.settings import Settings
from heed_customer.subscriptions.endpoints import rules, service
from heed_customer.subscriptions.endpoints.errors import URLNotAllowed
from heed_customer.subscriptions.endpoints.rules import EndpointState
from heed_customer.subscriptions.endpoints.schemas import (
    ReplayIn,
    SecretOut,
    WebhookCreated,
    WebhookIn,
    WebhookOut,
    WebhookPatch,
)

router = http.router(prefix="/v1/webhooks", tags=["webhooks"])
secret_router = http.router(prefix="/v1/webhooks", tags=["webhooks"], stores_responses=False)
"""Responses with a secret are not stored for a repetition."""
READ, WRITE = [requires("settings:read")], [requires("settings:write")]
OwnSettings = Annotated[Settings, Depends(get_settings)]


@dataclass(frozen=True, slots=True)
class WebhookAddresses:
    """Which addresses are allowed, and how names are resolved."""

    policy: AddressPolicy
    resolve: Resolve = field(default_factory=NameResolver)

    async def check(self, url: str) -> None:
        """Raise `URLNotAllowed` for a URL that webhooks are not sent to."""
        try:
            parsed = self.policy.parse(url)
        except URLRefused as refused:
            raise URLNotAllowed(f"The URL {refused}.", pointer="/url") from None
        if not await permits_url(self.policy, parsed, resolve=self.resolve):
            raise URLNotAllowed("The name belongs to an address of a private network.", pointer="/url")


def install(app: FastAPI, settings: Settings) -> None:
    """Add the routes, and set what they need."""
    app.state.webhook_addresses = WebhookAddresses(settings.webhook_addresses)
    app.include_router(secret_router)
    app.include_router(router)


async def webhook_addresses(request: Request) -> WebhookAddresses:
    addresses: WebhookAddresses = request.app.state.webhook_addresses
    return addresses


Addresses = Annotated[WebhookAddresses, Depends(webhook_addresses)]


def _notify_worker(request: Request, session: AsyncSession) -> None:
    service.notify_after_commit(session, get_resources(request).signal(service.SIGNAL).notify)


@secret_router.post("", status_code=201, response_model=WebhookCreated, dependencies=WRITE)
async def create_webhook(
    body: WebhookIn,
    request: Request,
    session: DbSession,
    addresses: Addresses,
    settings: OwnSettings,
    caller: Caller,
    now: Now,
    response: Response,
) -> WebhookCreated:
    """Create a webhook, which gets events from now on, in order for each customer, at least once.

    The caller needs the read scopes of the types; whether events of confidential complaints are sent is fixed by
    `complaints:confidential:read` of this key. The secret is shown once. 403 `scope_missing`, 409 `too_many_webhooks`,
    422 `url_not_allowed`.
    """
    await addresses.check(body.url)
    _notify_worker(request, session)
    created, secrets = await service.create_endpoint(
        session,
        endpoint=body.to_domain(),
        max_endpoints=settings.webhook_max_endpoints,
        caller=caller,
        now=now,
    )
    response.headers["Location"] = f"/v1/webhooks/{created.row.id}"
    response.headers["ETag"] = etag(created.row.revision)
    return WebhookCreated.with_secret(created, secrets)


@router.get("", dependencies=READ)
async def list_webhooks(session: DbSession, page: PageQuery, state: EndpointState | None = None) -> Page[WebhookOut]:
    """List the webhooks, the newest first."""
    (after,) = page.after(UUID) or (None,)
    found = await service.list_endpoints(session, state=state, after=after, limit=page.fetch_limit)
    rows, next_cursor = paginate(found, page, key=lambda endpoint: (endpoint.row.id,))
    items = page.show(rows, WebhookOut.from_domain, name=lambda endpoint: endpoint.row.id)
    return Page(items=items, next_cursor=next_cursor)


@router.get("/{webhook_id}", response_model=WebhookOut, dependencies=READ)
async def get_webhook(webhook_id: UUID, session: DbSession, response: Response) -> WebhookOut:
    """Return a webhook with its progress. 404 `webhook_not_found`."""
    found = await service.get_endpoint(session, endpoint_id=webhook_id)
    response.headers["ETag"] = etag(found.row.revision)
    return WebhookOut.from_domain(found)


@router.patch("/{webhook_id}", response_model=WebhookOut, dependencies=WRITE)
async def update_webhook(
    webhook_id: UUID,
    body: WebhookPatch,
    request: Request,
    if_match: IfMatch,
    session: DbSession,
    addresses: Addresses,
    caller: Caller,
    now: Now,
    response: Response,
) -> WebhookOut:
    """Update a webhook (If-Match): omitted fields keep their values. Nothing is lost while it is disabled. 412, 428.

    The caller needs the scopes of everything that is sent to it. 403 `scope_missing`, 422 `url_not_allowed`.
    """
    values = body.changes()
    if "url" in values:
        await addresses.check(body.url)
    _notify_worker(request, session)
    updated = await service.update_endpoint(
        session, endpoint_id=webhook_id, values=values, if_match=if_match, caller=caller, now=now
    )
    response.headers["ETag"] = etag(updated.row.revision)
    return WebhookOut.from_domain(updated)


@router.delete("/{webhook_id}", status_code=204, dependencies=WRITE)
async def delete_webhook(webhook_id: UUID, request: Request, if_match: IfMatch, session: DbSession) -> None:
    """Delete a webhook with its position. 404 `webhook_not_found`."""
    _notify_worker(request, session)
    await service.delete_endpoint(session, endpoint_id=webhook_id, if_match=if_match)


@router.post("/{webhook_id}:replay", response_model=WebhookOut, dependencies=WRITE)
async def replay_webhook(
    webhook_id: UUID, body: ReplayIn, request: Request, session: DbSession, caller: Caller, now: Now
) -> WebhookOut:
    """Deliver again everything since a moment or an event, and go on from there. 404, 422 `replay_in_future`."""
    starts_at = body.starts_at or (rules.moment_of(body.event_id) if body.event_id else None)
    if starts_at is None:
        raise Invalid([{"pointer": "/event_id", "detail": "must be the id of an event"}])
    _notify_worker(request, session)
    return WebhookOut.from_domain(
        await service.replay(session, endpoint_id=webhook_id, starts_at=starts_at, caller=caller, now=now)
    )


@secret_router.post("/{webhook_id}:rotate-secret", response_model=SecretOut, dependencies=WRITE)
async def rotate_webhook_secret(
    webhook_id: UUID, request: Request, session: DbSession, caller: Caller, settings: OwnSettings, now: Now
) -> SecretOut:
    """Replace the secret. For a day (`HEED_WEBHOOK_OVERLAP_HOURS`) requests are signed with both. 404."""
    _notify_worker(request, session)
    overlap = timedelta(hours=settings.webhook_overlap_hours)
    rotated = await service.rotate_secret(session, endpoint_id=webhook_id, overlap=overlap, caller=caller, now=now)
    return SecretOut.from_domain(rotated)
