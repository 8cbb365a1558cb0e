"""Checks before a body is read: authentication, scopes, and guards for data that a service hides from some callers."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from heed_common.auth.scopes import ScopeMissing, authenticate, authorize, record_refusal
from heed_common.http.dependencies import get_resources

Guard = Callable[[Request, AsyncSession], Awaitable[None]]
"""Raises if the request must be rejected. It decides by the path and the caller, never by the body."""
ReplayGuard = Callable[[Request, AsyncSession, str | None], Awaitable[None]]
"""Raises if a stored response must not be replayed; the last argument is its `Location`."""


class Guards:
    """The guards of one service."""

    def __init__(self) -> None:
        self.of_requests: list[Guard] = []
        self.of_replays: list[ReplayGuard] = []


def guards_of(app: FastAPI) -> Guards:
    guards: Guards = app.state.guards
    return guards


async def admit(request: Request, *, scopes: Sequence[str]) -> None:
    """Authenticate the caller and check the scopes of the route."""
    caller = await authenticate(request)
    try:
        authorize(caller, scopes)
    except ScopeMissing as error:
        record_refusal(request, error, caller.id)
        raise


async def check_guards(request: Request) -> None:
    """Run the guards in their own transaction: no connection or lock may be held while a body arrives."""
    guards = guards_of(request.app).of_requests
    if not guards:
        return
    async with get_resources(request).database.transaction(wakes_jobs=False) as session:
        for guard in guards:
            await guard(request, session)
