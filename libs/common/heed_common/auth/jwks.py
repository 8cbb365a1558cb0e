"""Public keys of the identity provider, cached: the last valid keys stay in use if a fetch fails."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

import httpx
from joserfc.jwk import Key, KeySet

from heed_common.clock import Clock
from heed_common.errors import Unavailable

FRESH_FOR = timedelta(minutes=10)
FETCH_AT_MOST_EVERY = timedelta(seconds=10)
"""Tokens with invented key ids must not cause a request to the provider each time."""
TIMEOUT = 3.0

log = logging.getLogger(__name__)


class IdentityProviderUnavailable(Unavailable):
    code, title = "identity_provider_unavailable", "The token cannot be verified at this moment; please try again."
    advice = "Send it again in a moment; for operators: check that HEED_OIDC_ISSUER is reachable."


class KeyCache:
    """The key set of one issuer."""

    def __init__(self, issuer: str, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._issuer = issuer
        self._clock = clock
        self._transport = transport
        self._keys: dict[str | None, Key] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def key(self, kid: str | None) -> Key | None:
        """Return the key with that id, or without an id the only one. Return None if the provider has no such key."""
        if self._is_stale() or self._pick(kid) is None:
            await self._refresh()
        if self._fetched_at is None:
            raise IdentityProviderUnavailable
        return self._pick(kid)

    def _pick(self, kid: str | None) -> Key | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _is_stale(self) -> bool:
        return self._fetched_at is None or self._clock.now() - self._fetched_at >= FRESH_FOR

    async def _refresh(self) -> None:
        """Fetch the keys, one fetch at a time and not too often; concurrent callers use the cached keys."""
        if self._fetching.locked() and self._keys:
            return
        async with self._fetching:
            now = self._clock.now()
            if self._tried_at is not None and now - self._tried_at < FETCH_AT_MOST_EVERY:
                return
            self._tried_at = now
            try:
                self._keys = await self._fetch()
                self._fetched_at = now
            except Exception as error:  # noqa: BLE001 - the last valid keys stay in use on any error of the provider
                log.warning("fetching the provider's keys failed, using cached keys: %s", type(error).__name__)

    async def _fetch(self) -> dict[str | None, Key]:
        async with httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT) as client:
            discovery = await _get(client, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if discovery["issuer"] != self._issuer:
                raise ValueError("the discovery document names another issuer")
            document = await _get(client, str(discovery["jwks_uri"]))
        usable = [key for key in document["keys"] if key.get("use", "sig") == "sig" and key.get("kty") != "oct"]
        key_set = KeySet.import_key_set({"keys": usable})
        if not key_set.keys:
            raise LookupError("no key for signatures")
        return {key.kid: key for key in key_set.keys}


async def _get(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    response = await client.get(url)
    response.raise_for_status()
    document: dict[str, Any] = response.json()
    return document
