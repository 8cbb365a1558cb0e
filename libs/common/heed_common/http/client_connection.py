"""Work that ends when its client goes away: its result would have no reader."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from heed_common.errors import BadRequest

Result = TypeVar("Result")


class ClientDisconnected(BadRequest):
    code, title = "client_disconnected", "The connection was closed before the response was complete."
    advice = "Send the request again; with an Idempotency-Key it is done once."


async def while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of the work, which is cancelled if the client disconnects. Raises `ClientDisconnected`.

    For requests whose body is read or empty.
    """
    task, disconnection = asyncio.create_task(work), asyncio.create_task(_disconnection(request))
    try:
        await asyncio.wait((task, disconnection), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnected
        return task.result()
    finally:
        for ended in (task, disconnection):
            ended.cancel()
        await asyncio.gather(task, disconnection, return_exceptions=True)


async def _disconnection(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
