"""Bearer authentication: an API key, the services' own token, or a JWT."""

import hmac

import httpx

from heed_common.auth.api_keys import APIKeys, Token
from heed_common.auth.jwks import KeyCache
from heed_common.auth.jwt import JWTs
from heed_common.auth.scopes import Caller, TokenInvalid
from heed_common.keys.repository import KEYS_CHANGED
from heed_common.keys.uses import KeyUses
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings

MAX_TOKEN_LENGTH = 16 * 1024
SERVICE = Caller("service", frozenset({"contacts:read"}))
"""Services call each other for one thing only: a contact address at the moment a message is sent."""


class Bearer:
    """Authenticates callers by any of the supported tokens."""

    def __init__(
        self,
        settings: ServiceSettings,
        resources: Resources,
        *,
        keys: APIKeys | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._service_token = settings.service_token
        changed = resources.signal(KEYS_CHANGED)
        self._keys = keys or APIKeys.of_database(resources.database, resources.clock, changed=changed)
        self._jwts = _jwts(settings, resources, transport)

    @property
    def uses(self) -> KeyUses:
        """Return the uses of keys that are to be recorded."""
        return self._keys.uses

    async def authenticate(self, token: str) -> Caller:
        """Return the caller. Raises `TokenInvalid`."""
        if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
            raise TokenInvalid
        if self._is_service_token(token):
            return SERVICE
        key = Token.parse(token)
        if key is not None:
            return await self._keys.authenticate(key)
        if self._jwts is not None and token.count(".") == 2:
            return await self._jwts.authenticate(token)
        raise TokenInvalid

    def _is_service_token(self, token: str) -> bool:
        if self._service_token is None:
            return False
        return hmac.compare_digest(self._service_token.get_secret_value().encode(), token.encode())


def _jwts(settings: ServiceSettings, resources: Resources, transport: httpx.AsyncBaseTransport | None) -> JWTs | None:
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        return None
    return JWTs(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        keys=KeyCache(settings.oidc_issuer, resources.clock, transport=transport),
        clock=resources.clock,
    )
