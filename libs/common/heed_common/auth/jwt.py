"""JWT of an identity provider: RS256, ES256 or EdDSA, with checks of issuer, audience and expiry."""

from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry, extract_compact
from joserfc.jwt import Claims, JWTClaimsRegistry

from heed_common.auth.jwks import KeyCache
from heed_common.auth.scopes import JWT_CALLER, SCOPES, Caller, TokenInvalid
from heed_common.clock import Clock

ALGORITHMS = ("RS256", "ES256", "EdDSA")
CLOCK_SKEW_SECONDS = 60
"""Tolerance for a provider's clock that is ahead; it does not apply to the expiry."""


class _Registry(JWSRegistry):
    """Allows these three algorithms only: neither "none" nor symmetric ones."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 the library does not export the type
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


class JWTs:
    """The tokens of one issuer for one audience."""

    def __init__(self, *, issuer: str, audience: str, keys: KeyCache, clock: Clock) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._clock = clock
        self._registry = _Registry(strict_check_header=False)

    async def authenticate(self, token: str) -> Caller:
        """Return the caller. Raises `TokenInvalid`, `IdentityProviderUnavailable` if keys were never fetched."""
        try:
            header = extract_compact(token.encode(), registry=self._registry).headers()
            self._registry.get_alg(header["alg"])
            key = await self._keys.key(header.get("kid"))
            if key is None:
                raise TokenInvalid
            return self._caller(self._verified(token, key))
        except (JoseError, ValueError, TypeError, LookupError, OverflowError):
            raise TokenInvalid from None

    def _verified(self, token: str, key: Key) -> Claims:
        claims = jwt.decode(token, key, registry=self._registry).claims
        now = int(self._clock.now().timestamp())
        JWTClaimsRegistry(
            now=now,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            sub={"essential": True},
        ).validate({name: claim for name, claim in claims.items() if name not in ("nbf", "iat")})
        JWTClaimsRegistry(now=now, leeway=CLOCK_SKEW_SECONDS).validate(
            {name: claims[name] for name in ("nbf", "iat") if name in claims}
        )
        return claims

    def _caller(self, claims: Claims) -> Caller:
        scopes = claims.get("scope", "")
        if not isinstance(scopes, str):
            raise TokenInvalid
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        return Caller(f"{JWT_CALLER}{claims['sub']}", SCOPES.intersection(scopes.split()), expires_at=expires_at)
