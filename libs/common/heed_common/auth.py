"""Who calls, and what they may do."""

from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Request, Security
from fastapi.params import Security as SecurityParameter
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.requests import HTTPConnection

from heed_common.errors import Forbidden, Unauthenticated

RESOURCES = (
    "customers",
    "contacts",
    "purchases",
    "complaints",
    "complaints:confidential",
    "surveys",
    "responses",
    "scores",
    "models",
    "settings",
    "admin",
)
SCOPES = frozenset(f"{resource}:{right}" for resource in RESOURCES for right in ("read", "write"))
"""Every scope there is."""

BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="An API key `heed_<id>_<secret>` or a JWT.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds the token."""

    id: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        return scope in self.scopes


class Authenticator(Protocol):
    """Knows the caller behind a token."""

    async def authenticate(self, token: str) -> Caller:
        """Raises `Unauthenticated` for a token that is unknown, revoked or expired."""
        ...


async def authenticate(request: HTTPConnection) -> Caller:
    """The caller of this request; asked for as often as one likes, found out once."""
    known: Caller | None = getattr(request.state, "caller", None)
    if known is None:
        authenticator: Authenticator = request.app.state.authenticator
        known = request.state.caller = await authenticator.authenticate(_token(request))
    return known


def _token(request: HTTPConnection) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Unauthenticated
    return token.strip()


async def _authorize(
    needed: SecurityScopes, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> Caller:
    caller = await authenticate(request)
    missing = [scope for scope in needed.scopes if not caller.may(scope)]
    if missing:
        raise Forbidden(f"This call needs the scope {missing[0]}.", scope=missing[0])
    return caller


def requires(*scopes: str) -> SecurityParameter:
    """For `dependencies=[…]` of a router or an endpoint: the caller must hold all these scopes."""
    unknown = set(scopes) - SCOPES
    if unknown:
        raise ValueError(f"no such scope: {sorted(unknown)}")
    return SecurityParameter(_authorize, scopes=list(scopes))
