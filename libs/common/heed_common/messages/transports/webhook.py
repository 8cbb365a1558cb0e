"""Messages as signed HTTP requests (Standard Webhooks), for gateways of SMS and WeCom."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import httpx
from pydantic import SecretStr
from standardwebhooks import Webhook

from heed_common.clock import Clock
from heed_common.contracts.message import ContactChannel
from heed_common.messages.transports.protocols import Delivery, PermanentFailure, TransientFailure, Unavailable

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
DEFERRED = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
MISCONFIGURED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
DOWN = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class WebhookTransport:
    """Posts each message; the gateway has accepted it when it responds with a status of 2xx.

    `webhook-id` is the id of the message, so that the gateway recognises one that is sent again.
    """

    name = "webhook"

    def __init__(
        self,
        url: str,
        secret: SecretStr,
        *,
        clock: Clock,
        channels: frozenset[ContactChannel],
        concurrency: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.channels = channels
        self.concurrency = concurrency
        self._url = url
        self._signer = Webhook(secret.get_secret_value())
        self._clock = clock
        self._client = httpx.AsyncClient(timeout=TIMEOUT, transport=transport)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["WebhookTransport"]:
        """Connections are pooled by the client."""
        yield self

    async def send(self, delivery: Delivery) -> None:
        """Post the message."""
        body = json.dumps(_payload(delivery), ensure_ascii=False, separators=(",", ":"))
        try:
            response = await self._client.post(self._url, content=body.encode(), headers=self._headers(delivery, body))
        except NOT_SENT as error:
            raise Unavailable(type(error).__name__) from None
        except httpx.HTTPError:
            raise TransientFailure("no_answer", uncertain=True) from None
        _raise_for(response.status_code)

    async def close(self) -> None:
        await self._client.aclose()

    def _headers(self, delivery: Delivery, body: str) -> dict[str, str]:
        now, message_id = self._clock.now(), str(delivery.message_id)
        return {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message_id, now, body),
        }


def _payload(delivery: Delivery) -> dict[str, Any]:
    about = {"type": delivery.about.type, "id": str(delivery.about.id)} if delivery.about else None
    payload = {
        "message_id": str(delivery.message_id),
        "channel": delivery.channel,
        "address": delivery.address,
        "language": delivery.language,
        "template": delivery.template,
        "subject": delivery.subject,
        "text": delivery.text,
        "html": delivery.html,
        "promotional": delivery.promotional,
        "unsubscribe_url": delivery.unsubscribe_url,
        "about": about,
    }
    return {name: value for name, value in payload.items() if value is not None}


def _raise_for(status: int) -> None:
    if 200 <= status < 300:
        return
    if status in MISCONFIGURED or status in DOWN or 300 <= status < 400:
        raise Unavailable(f"HTTP {status}")
    if status == HTTPStatus.GONE:
        raise PermanentFailure("recipient_refused", bounced=True)
    if status in DEFERRED or status >= 500:
        raise TransientFailure("deferred")
    raise PermanentFailure("content_refused")
