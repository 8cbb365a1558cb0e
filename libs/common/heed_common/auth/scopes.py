"""Callers and scopes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

from fastapi import Request, Security
from fastapi.params import Depends
from fastapi.params import Security as SecurityParameter
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from heed_common.errors import Forbidden, HeedError, Unauthenticated

RESOURCES = (
    "customers",
    "contacts",
    "profiles:sensitive",
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
"""All scopes."""

BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="An API key `heed_<id>_<secret>` or a JWT.")


class TokenInvalid(Unauthenticated):
    code, title = "token_invalid", "The token is unknown, revoked or expired."
    key_id: str | None = None
    """Of an existing key, whose secret is another one or which has ended."""
    advice = "Use a current key. Create one with `heed token create`, or get a new token from the identity provider."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class ScopeMissing(Forbidden):
    code = "scope_missing"
    advice = "Use a key with the scope that `detail` names; scopes are listed with each operation."

    def __init__(self, scope: str) -> None:
        super().__init__(f"This call needs the scope {scope}.", scope=scope)
        self.scope = scope

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{self.scope}"'}


class CallerKind(StrEnum):
    KEY = "key"
    JWT = "jwt"
    SERVICE = "service"


KEY_CALLER, JWT_CALLER = "key:", "jwt:"
"""Prefixes of the ids of callers."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a token."""

    id: str
    scopes: frozenset[str]
    name: str | None = None
    """Of a key."""
    expires_at: datetime | None = None
    rate_limit: int | None = None
    """Requests a minute; None: no limit."""

    @property
    def kind(self) -> CallerKind:
        if self.id.startswith(KEY_CALLER):
            return CallerKind.KEY
        return CallerKind.JWT if self.id.startswith(JWT_CALLER) else CallerKind.SERVICE

    @property
    def key_id(self) -> str | None:
        return self.id.removeprefix(KEY_CALLER) if self.kind is CallerKind.KEY else None

    def may(self, scope: str) -> bool:
        """Return whether the token has the scope; services check it for confidential data."""
        return scope in self.scopes


class Authenticator(Protocol):
    """Identifies the caller by a token."""

    async def authenticate(self, token: str) -> Caller:
        """Return the caller. Raises `TokenInvalid`."""
        ...


class RequestCounter(Protocol):
    """Counts the requests of a caller against its limit."""

    def count(self, caller: str, limit: int) -> tuple[object, HeedError | None]:
        """Return the rest of the quota, and the error if there was none left."""
        ...


class RefusalRecorder(Protocol):
    """Counts refused requests by code and by caller."""

    def record(self, error: HeedError, actor: str | None) -> None:
        """Count a refusal; the actor is None if the caller is unknown."""
        ...


async def authenticate(request: Request) -> Caller:
    """Return the caller of this request; authenticated once per request."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        authenticator: Authenticator = request.app.state.authenticator
        try:
            caller = request.state.caller = await authenticator.authenticate(_token(request))
        except Unauthenticated as error:
            key_id = getattr(error, "key_id", None)
            record_refusal(request, error, key_id and f"{KEY_CALLER}{key_id}")
            raise
        if caller.rate_limit is not None:
            _count(request, caller, caller.rate_limit)
    return caller


def _count(request: Request, caller: Caller, limit: int) -> None:
    """Count the request. The middleware adds the rest of the quota to the response. Raises if there is none left."""
    counter: RequestCounter | None = getattr(request.app.state, "key_rates", None)
    if counter is not None:
        request.state.quota, error = counter.count(caller.id, limit)
        if error is not None:
            record_refusal(request, error, caller.id)
            raise error


def record_refusal(request: Request, error: HeedError, actor: str | None) -> None:
    """Count the refusal for the audit trail."""
    recorder: RefusalRecorder | None = getattr(request.app.state, "refusals", None)
    if recorder is not None:
        recorder.record(error, actor)


def authorize(caller: Caller, scopes: Iterable[str]) -> None:
    """Raise `ScopeMissing` for the first scope that the caller does not hold."""
    for scope in scopes:
        if not caller.may(scope):
            raise ScopeMissing(scope)


def required_scopes(dependencies: Iterable[Depends]) -> tuple[str, ...]:
    """Return the scopes that a route's `dependencies` require, so they can be checked before the body is read."""
    security = (item for item in dependencies if isinstance(item, SecurityParameter))
    return tuple(scope for item in security if item.dependency is _authorize for scope in item.scopes or ())


def requires(*scopes: str) -> SecurityParameter:
    """Return a dependency for `dependencies=[…]` of a router or an endpoint: the caller needs all these scopes."""
    unknown = set(scopes) - SCOPES
    if unknown:
        raise ValueError(f"no such scope: {sorted(unknown)}")
    return SecurityParameter(_authorize, scopes=list(scopes))


async def _authorize(
    needed: SecurityScopes, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> Caller:
    caller = await authenticate(request)
    authorize(caller, needed.scopes)
    return caller


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated
    return token.strip()
