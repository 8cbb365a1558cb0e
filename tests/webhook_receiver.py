"""A receiver of webhooks on loopback, which verifies every signature with the library of Standard Webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Respond = Callable[[Received], Awaitable[tuple[int, dict[str, str]]]]


async def accept(_: Received) -> tuple[int, dict[str, str]]:
    return 200, {}


@dataclass(slots=True)
class Receiver:
    """What has arrived, and how the receiver responds to the next request."""

    port: int = 0
    secret: str = ""
    respond: Respond = accept
    requests: list[Received] = field(default_factory=list)
    accepted: list[Received] = field(default_factory=list)
    """Those with a valid signature to which it responded 2xx."""
    distinct: set[str] = field(default_factory=set)
    """The ids of those."""
    forged: int = 0
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def accepted_ids(self) -> list[str]:
        return [request.id for request in self.accepted]

    async def wait_for(self, condition: Callable[["Receiver"], bool], seconds: float = PATIENCE) -> None:
        """Wait until the condition holds after a request."""
        async with asyncio.timeout(seconds), self.arrived:
            await self.arrived.wait_for(lambda: condition(self))

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._handle_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            pass  # The loop ends: streams would log it as an error.
        finally:
            writer.close()

    async def _handle_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().split("\r\n")[1:]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        request = Received(headers, body, asyncio.get_running_loop().time())
        self.requests.append(request)
        status, sent = await self.respond(request)
        if self.secret and not self._is_genuine(request):
            self.forged, status = self.forged + 1, 401
        if 200 <= status < 300:
            self.accepted.append(request)
            self.distinct.add(request.headers.get("webhook-id", ""))
        lines = [f"HTTP/1.1 {status} x", "content-length: 2", *(f"{name}: {value}" for name, value in sent.items())]
        async with self.arrived:
            self.arrived.notify_all()
        writer.write("\r\n".join([*lines, "", "ok"]).encode())
        await writer.drain()
        return True

    def _is_genuine(self, request: Received) -> bool:
        try:
            Webhook(self.secret).verify(request.body, request.headers)
        except WebhookVerificationError:
            return False
        return True


@asynccontextmanager
async def receiver(respond: Respond = accept, *, port: int = 0) -> AsyncIterator[Receiver]:
    """Serve until the end of the block."""
    receiver = Receiver(respond=respond)
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", port)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
