"""Requests and responses of keys."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field

from heed_common.auth.scopes import SCOPES, Caller, CallerKind
from heed_common.fields import Moment, RequestModel, ResponseModel, ShortText, at_most, validation_error
from heed_common.keys.rules import Key, KeyState, NewKey
from heed_common.keys.service import Issued

MAX_RATE = 1_000_000
MAX_OVERLAP = timedelta(days=30)
DEFAULT_OVERLAP = timedelta(days=1)
MAX_SCOPE = 64


def known_scope(name: str) -> str:
    """Return the name. Raise a validation error unless there is such a scope."""
    if name not in SCOPES:
        raise validation_error("scope_unknown", "must be a scope, such as customers:read")
    return name


Scope = Annotated[str, Field(max_length=MAX_SCOPE, examples=["customers:read"]), AfterValidator(known_scope)]
RateLimit = Annotated[int, Field(strict=True, ge=1, le=MAX_RATE)]


class KeyIn(RequestModel):
    name: ShortText
    """What the key is for, such as the name of a program."""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES)), at_most(len(SCOPES))]
    """Only scopes that the caller holds."""
    expires_at: Moment | None = None
    """Without one the key is valid until it is revoked."""
    rate_limit: RateLimit | None = None
    """Requests a minute to one service; without one there is no limit."""

    def to_domain(self) -> NewKey:
        return NewKey(self.name, frozenset(self.scopes), self.expires_at, self.rate_limit)


class RotateIn(RequestModel):
    overlap_seconds: Annotated[int, Field(strict=True, ge=0, le=int(MAX_OVERLAP.total_seconds()))] = int(
        DEFAULT_OVERLAP.total_seconds()
    )
    """How long the former secret is accepted, too. 0: it ends at once."""

    @property
    def overlap(self) -> timedelta:
        return timedelta(seconds=self.overlap_seconds)


class KeyOut(ResponseModel):
    id: str
    """The part of the key that is no secret."""
    name: str
    """Given at its creation, for people."""
    scopes: list[str]
    state: KeyState
    """`active`, `expired` by time, or `revoked` for ever."""
    created_at: Moment
    created_by: str | None
    """The caller that created it; null for keys of earlier versions, `operator` for those of the command line."""
    expires_at: Moment | None
    rate_limit: int | None
    """Requests a minute to one service; null: no limit."""
    last_used_at: Moment | None
    """Of all services, to the minute."""
    previous_expires_at: Moment | None
    """Until then the secret before the last rotation is accepted, too."""
    revoked_at: Moment | None
    """Since when it is refused; null unless it was revoked."""

    @classmethod
    def from_domain(cls, key: Key, now: datetime) -> Self:
        return cls.model_validate(_members(key, now))


class KeyIssued(KeyOut):
    key: str
    """The key with its secret, for `Authorization: Bearer`. Shown once."""

    @classmethod
    def with_secret(cls, issued: Issued, now: datetime) -> Self:
        return cls.model_validate({**_members(issued.key, now), "key": str(issued.token)})


class CallerOut(ResponseModel):
    id: str
    """As in the audit trail."""
    kind: CallerKind
    """`key` for an API key, `jwt` for a token of the identity provider, `service` for Heed itself."""
    key_id: str | None
    """Of an API key."""
    name: str | None
    """Of an API key."""
    scopes: list[str]
    expires_at: Moment | None
    rate_limit: int | None
    """Requests a minute to one service; null: no limit."""

    @classmethod
    def from_domain(cls, caller: Caller) -> Self:
        members = {name: getattr(caller, name) for name in cls.model_fields}
        return cls.model_validate({**members, "scopes": sorted(caller.scopes)})


StateFilter = Literal["active", "expired", "revoked"]


def _members(key: Key, now: datetime) -> dict[str, object]:
    members = {name: getattr(key, name) for name in KeyOut.model_fields if name != "state"}
    overlaps = key.previous_expires_at is not None and key.previous_expires_at > now
    return {
        **members,
        "scopes": sorted(key.scopes),
        "state": key.state(now=now),
        "previous_expires_at": key.previous_expires_at if overlaps else None,
    }
