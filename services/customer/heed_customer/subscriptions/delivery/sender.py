"""Signed requests to one receiver."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.fields import format_moment
from heed_common.identifiers import new_id
from heed_common.outgoing_http.addresses import AddressPolicy
from heed_common.outgoing_http.client import GuardedClient, PostFailed
from heed_common.outgoing_http.names import Resolve
from heed_common.session_cipher import get_cipher
from heed_common.tracing.http_spans import client_span
from heed_common.tracing.tracer import Tracer
from heed_customer.settings import Settings
from heed_customer.subscriptions.delivery import rules
from heed_customer.subscriptions.delivery.rules import Attempt
from heed_customer.subscriptions.endpoints import service as endpoints
from heed_customer.subscriptions.endpoints import signing
from heed_customer.subscriptions.endpoints.signing import Secrets
from heed_customer.subscriptions.endpoints.tables import WebhookEndpoint

TEST_TYPE = "heed.webhook.tested.v1"
CONTENT_TYPE = "application/cloudevents+json"

OpenClient = Callable[[], GuardedClient]


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go and how they are signed."""

    endpoint_id: UUID
    url: str = field(repr=False)
    secrets: Secrets = field(repr=False)


def open_client(policy: AddressPolicy, settings: Settings, *, resolve: Resolve | None) -> GuardedClient:
    """Return a client for one receiver, which the caller closes."""
    return GuardedClient(policy, seconds=settings.webhook_seconds, resolve=resolve)


def target_of(session: AsyncSession, row: WebhookEndpoint) -> Target:
    """Return the target of an endpoint. Raises `UndecryptableValue`."""
    secrets = signing.decrypt(row.secrets, endpoint_id=row.id, cipher=get_cipher(session))
    return Target(row.id, row.url, secrets)


async def load_target(session: AsyncSession, *, endpoint_id: UUID) -> Target:
    """Return the target of an endpoint. Raises `WebhookNotFound`."""
    return target_of(session, (await endpoints.get_endpoint(session, endpoint_id=endpoint_id)).row)


async def send(
    client: GuardedClient,
    target: Target,
    *,
    event_id: UUID,
    type_: str,
    body: bytes,
    number: int,
    now: datetime,
    tracer: Tracer | None = None,
    cause: str | None = None,
) -> Attempt:
    """Send an event and return how it ended. `webhook-id` is the id of the event, so that receivers recognise it."""
    headers = signing.sign(target.secrets, message_id=str(event_id), body=body.decode(), now=now)
    began = perf_counter()
    try:
        with client_span(tracer, "POST", target.url, parent=cause) as sent:
            response = await client.post(target.url, body, {"content-type": CONTENT_TYPE, **headers})
            sent.status = response.status
    except PostFailed as failed:
        return Attempt(event_id, type_, number, now, _since(began), error=failed.error)
    error = None if rules.is_accepted(response.status) else rules.REJECTED
    wait = rules.retry_after(response.status, response.headers, now=now)
    return Attempt(event_id, type_, number, now, _since(began), response.status, error, wait)


async def send_test(client: GuardedClient, target: Target, *, now: datetime) -> Attempt:
    """Send an event without content, by which a receiver can be tried."""
    event_id = new_id()
    document = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "/heed/customer",
        "type": TEST_TYPE,
        "subject": str(target.endpoint_id),
        "time": format_moment(now),
        "datacontenttype": "application/json",
        "data": {"webhook_id": str(target.endpoint_id)},
    }
    body = json.dumps(document, separators=(",", ":")).encode()
    return await send(client, target, event_id=event_id, type_=TEST_TYPE, body=body, number=1, now=now)


def _since(began: float) -> int:
    return round((perf_counter() - began) * 1000)
