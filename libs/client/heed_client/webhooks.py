"""Webhooks as Heed sends them: Standard Webhooks, whose library checks the signature."""

from collections.abc import Mapping
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


class InvalidSignature(Exception):
    """The request was not sent by Heed, was changed on the way, or is older than five minutes: respond 401."""


def verify(body: bytes, headers: Mapping[str, str], secret: str) -> dict[str, Any]:
    """Return the event of a webhook. Raises `InvalidSignature`.

    `body` is the request as it arrived, byte for byte. While a secret is rotated, either one verifies.
    """
    try:
        event: dict[str, Any] = Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    except WebhookVerificationError as error:
        raise InvalidSignature(str(error)) from None
    return event
