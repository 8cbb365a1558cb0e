"""HTTP API of callers and keys."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response

from heed_common import http
from heed_common.auth.scopes import Caller as AuthenticatedCaller
from heed_common.auth.scopes import CallerKind
from heed_common.http import Caller, Now, requires
from heed_common.keys import service
from heed_common.keys.errors import KeyNotFound, NotEverywhere
from heed_common.keys.rules import Grantor, Key, KeyState
from heed_common.keys.schemas import CallerOut, KeyIn, KeyIssued, KeyOut, RotateIn
from heed_common.keys.transactions import Databases
from heed_common.paging import Page, PageQuery, paginate

MAX_CALLER = 300
OnRotated = Callable[[service.Issued], None]
"""Called after the commit with a key and its new secret. Raises nothing: the response has the only other copy."""

caller_router = http.router(prefix="/v1/whoami", tags=["keys"])
router = http.router(prefix="/v1/keys", tags=["keys"], stores_responses=False)
"""Responses with a secret are not stored for a repetition, and there is no one database to store them in."""


async def reconcile_soon(request: Request) -> AsyncIterator[None]:
    """Wake the task that brings databases up to date if one of them has missed a change: it looks once a minute."""
    try:
        yield
    except NotEverywhere:
        request.app.state.keys_missed.notify()
        raise


READ, WRITE = [requires("admin:read")], [requires("admin:write"), Depends(reconcile_soon, scope="function")]


async def key_databases(request: Request) -> Databases:
    databases: Databases = request.app.state.key_databases
    return databases


async def grantor(caller: Caller) -> Grantor:
    return to_grantor(caller)


async def rotation_hook(request: Request) -> OnRotated | None:
    hook: OnRotated | None = request.app.state.on_rotated
    return hook


RotationHook = Annotated[OnRotated | None, Depends(rotation_hook)]
AllDatabases = Annotated[Databases, Depends(key_databases)]
GrantorDep = Annotated[Grantor, Depends(grantor)]
KeyId = Annotated[str, Path(pattern=r"^[a-z0-9]{1,64}$", description="The part of a key between its underscores.")]
CreatedBy = Annotated[str | None, Query(max_length=MAX_CALLER, description="The caller that created them.")]


def to_grantor(caller: AuthenticatedCaller) -> Grantor:
    """Return what the caller may grant. A person's token ends soon; the keys that it creates need not."""
    expires_at = caller.expires_at if caller.kind is CallerKind.KEY else None
    return Grantor(caller.id, caller.scopes, caller.key_id, expires_at, caller.rate_limit)


@caller_router.get("", dependencies=[requires()])
async def get_caller(caller: Caller) -> CallerOut:
    """Return who the caller is: its key, scopes, expiry and rate limit."""
    return CallerOut.from_domain(caller)


@router.post("", status_code=201, response_model=KeyIssued, dependencies=WRITE)
async def create_key(
    body: KeyIn, databases: AllDatabases, grantor: GrantorDep, now: Now, response: Response
) -> KeyIssued:
    """Create a key for all services. Its secret is shown once.

    It has no scope that the caller lacks, and is valid no longer than the caller's own key. 403 `scope_not_held`,
    `expiry_beyond_caller`, `rate_beyond_caller`, 422 `expiry_in_past`, 503 `not_everywhere`.
    """
    issued = await service.create_key(databases, body.to_domain(), grantor=grantor, now=now)
    response.headers["Location"] = f"/v1/keys/{issued.key.id}"
    return KeyIssued.with_secret(issued, now)


@router.get("", dependencies=READ)
async def list_keys(
    databases: AllDatabases, page: PageQuery, now: Now, state: KeyState | None = None, created_by: CreatedBy = None
) -> Page[KeyOut]:
    """List the keys, the newest first, revoked ones too. Secrets are not stored and never shown again."""
    keys = await service.load_keys(databases)
    after = page.after(datetime, str)
    selected = [
        key
        for key in keys.values()
        if _is_selected(key, state, created_by, key.state(now=now)) and (after is None or _sort_key(key) < after)
    ]
    selected.sort(key=_sort_key, reverse=True)
    rows, next_cursor = paginate(selected[: page.fetch_limit], page, key=_sort_key)
    return Page(items=[KeyOut.from_domain(key, now) for key in rows], next_cursor=next_cursor)


@router.get("/{key_id}", response_model=KeyOut, dependencies=READ)
async def get_key(key_id: KeyId, databases: AllDatabases, now: Now) -> KeyOut:
    """Return a key without its secret. 404 `key_not_found`."""
    key = await service.load_key(databases, key_id)
    if key is None:
        raise KeyNotFound
    return KeyOut.from_domain(key, now)


@router.post("/{key_id}:rotate", response_model=KeyIssued, dependencies=WRITE)
async def rotate_key(
    key_id: KeyId,
    body: RotateIn,
    databases: AllDatabases,
    grantor: GrantorDep,
    on_rotated: RotationHook,
    now: Now,
) -> KeyIssued:
    """Give the key another secret, which is shown once. The former one is accepted for the overlap, too.

    The caller needs the scopes of the key. 403 `scope_not_held`, 404 `key_not_found`, 409 `key_ended`,
    503 `not_everywhere`.
    """
    issued = await service.rotate_key(databases, key_id, overlap=body.overlap, grantor=grantor, now=now)
    if on_rotated is not None:
        on_rotated(issued)
    return KeyIssued.with_secret(issued, now)


@router.post("/{key_id}:revoke", response_model=KeyOut, dependencies=WRITE)
async def revoke_key(key_id: KeyId, databases: AllDatabases, grantor: GrantorDep, now: Now) -> KeyOut:
    """Revoke the key in all services, at once; within five seconds where the announcement is lost.

    404 `key_not_found`, 409 `last_admin_key`, 503 `not_everywhere` names the services that are repeated until done.
    """
    revoked = await service.revoke_key(databases, key_id, grantor=grantor, now=now)
    return KeyOut.from_domain(revoked, now)


def _is_selected(key: Key, state: KeyState | None, created_by: str | None, actual: KeyState) -> bool:
    return state in (None, actual) and created_by in (None, key.created_by)


def _sort_key(key: Key) -> tuple[datetime, str]:
    return key.created_at, key.id
