"""Uploads to the endpoints of imports: the file is stored while it arrives, and once however often it is sent."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect

from heed_common import http
from heed_common.files.errors import ImportInterrupted
from heed_common.files.media_types import parse_content_type
from heed_common.resources import Resources

Received = TypeVar("Received")


async def receive_upload(
    request: Request,
    session: AsyncSession,
    *,
    store: Callable[..., Awaitable[Received]],
    discard: Callable[[Received], Awaitable[None]],
) -> Received | Response:
    """Store the file of the request; what `store` returns is to be completed in the session.

    Return the response of another upload of the same file that was sent at once and has ended first; this one is
    discarded then. Raises `ImportInterrupted`.
    """
    resources: Resources = request.app.state.resources
    file_type, declared = parse_content_type(request.headers.get("content-type", ""))
    try:
        received = await store(
            resources.database,
            file_type=file_type,
            declared=declared,
            pieces=request.stream(),
            clock=resources.clock,
        )
    except ClientDisconnect:
        raise ImportInterrupted from None
    first = await http.first_response(request, session)
    if first is None:
        return received
    await discard(received)
    return first
