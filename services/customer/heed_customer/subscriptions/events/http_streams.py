"""Server-sent events: a response without an end, which ends with its client or with the server."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MEDIA_TYPE = "text/event-stream"
RECONNECT_MS = 3000
HEADERS: Mapping[str, str] = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(Response):
    """Sends chunks until the client disconnects or the server stops, whatever the next chunk is waiting for."""

    media_type = MEDIA_TYPE

    def __init__(self, chunks: AsyncIterator[str], resources: AsyncExitStack) -> None:
        super().__init__(headers=dict(HEADERS))
        del self.headers["content-length"]
        self._chunks = chunks
        self._resources = resources
        """What the chunks need until the stream ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ends = [asyncio.create_task(_disconnected(receive)), asyncio.create_task(_stopping(scope))]
        sending = asyncio.create_task(self._send_chunks(send))
        try:
            await asyncio.wait([sending, *ends], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, *ends):
                task.cancel()
            await asyncio.gather(sending, *ends, return_exceptions=True)
            await self._resources.aclose()
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_chunks(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._chunks:
            await send({"type": "http.response.body", "body": chunk.encode(), "more_body": True})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stopping(scope: Scope) -> None:
    """Wait for the stop of the server; without one, as in tests, for ever."""
    stopping: asyncio.Event = scope.get("state", {}).get("stopping") or asyncio.Event()
    await stopping.wait()
