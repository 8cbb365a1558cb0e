"""Limits of a connection before its request reaches the application and after the response has been written.

uvicorn only closes connections that are idle after a response. This module also closes connections with headers that
are too large or never complete, silent connections and unread responses, and it limits the number of connections.
"""

import asyncio
import json
from collections import Counter
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from heed_common.errors import BadRequest, HeedError, Unavailable
from heed_common.http.limits import PROBE_CONNECTIONS, ConnectionLimits
from heed_common.problems import MEDIA_TYPE, problem_document

PROBES = (b"/livez", b"/readyz")
FRAMING_PER_BYTE = 8
"""Limit on the framing of a chunked body, per body byte: a chunk of one byte has six bytes around it."""
SURPLUS_SECONDS = 2.0
"""How long a connection beyond the limit may take for the header of its probe."""
YOUNG_SECONDS = 1.0
"""A connection that has waited for less than this is not closed to make room for another one."""


class HeaderTooLarge(HeedError):
    status, code, title = 431, "header_too_large", "The header of the request may have at most 16 KiB."
    advice = "Send fewer or shorter headers and a shorter address."


class HeaderTooSlow(HeedError):
    status, code, title = 408, "header_too_slow", "The header of the request did not arrive in time."
    advice = "Send the header at once; look at the connection or the proxy before Heed."


class TooManyConnections(Unavailable):
    code, title = "too_many_connections", "Too many connections at this moment; please try again."
    advice = "Reuse connections and open fewer of them."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Its phase follows from three facts: busy, header open, body open."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits,
        refused: Counter[str],
        stopping: asyncio.Event,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._refusals = refused
        self._stopping = stopping
        self._since = self.loop.time()
        """When the connection last completed a phase, or began to send a header."""
        self._has_served = False
        self._is_surplus = False
        self._is_refused = False
        self._header_open = False
        self._body_open = False
        self._header_bytes = 0
        self._body_bytes = 0
        self._framing_bytes = 0
        self._unread_since: float | None = None

    @property
    def _is_busy(self) -> bool:
        """Return whether the application is processing a request or reading its body."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _waits(self) -> bool:
        """Return whether no request has begun, so that closing the connection loses nothing."""
        return not (self._is_busy or self._body_open or self._is_refused or self.transport.is_closing())

    def connection_made(  # type: ignore[override] # as uvicorn's own
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections + PROBE_CONNECTIONS:
            self._refusals["connections"] += 1
            self._write(TooManyConnections())
            transport.close()
        elif len(self.connections) > self._limits.connections:
            self._is_surplus = not self._make_room()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and close a connection whose data grow without becoming a request."""
        if self._is_refused or self.transport.is_closing():
            return
        header_open, body_open, body_bytes = self._header_open, self._body_open, self._body_bytes
        super().data_received(data)
        if header_open and self._header_open:
            # Only what a second read adds: the first one may hold the end of the previous request.
            self._header_bytes += len(data)
        if body_open and self._body_open:
            self._framing_bytes += len(data) - (self._body_bytes - body_bytes)
        allowed_framing = self._limits.header_bytes + FRAMING_PER_BYTE * self._body_bytes
        if self._header_bytes > self._limits.header_bytes or self._framing_bytes > allowed_framing:
            self._refuse(HeaderTooLarge(), "header_size")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["stopping"] = self._stopping
        self._header_open, self._header_bytes = True, 0
        if self._has_served and not self._is_busy:
            self._since = self.loop.time()

    def on_headers_complete(self) -> None:
        if self._is_refused:
            return
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._limits.header_bytes:
            self._refuse(HeaderTooLarge(), "header_size")
            return
        is_surplus = self._is_surplus and len(self.connections) > self._limits.connections
        if is_surplus and self.url.partition(b"?")[0] not in PROBES:
            self._refuse(TooManyConnections(), "connections")
            return
        self._header_open, self._body_open = False, True
        self._body_bytes = self._framing_bytes = self._header_bytes = 0
        super().on_headers_complete()
        if is_surplus:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._is_refused:
            return
        self._body_open = False
        if not self._is_busy:
            self._since = self.loop.time()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._has_served = True
        self._since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._unread_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._unread_since = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Respond to invalid HTTP with a problem document, like to any other error."""
        self._refuse(BadRequest(), "malformed")

    def expire(self, now: float) -> None:
        """Close the connection if its current phase has exceeded its time limit."""
        limits, age = self._limits, now - self._since
        if self.transport.is_closing() and self._unread_since is None:
            self._unread_since = now  # The client must still read what was written before the connection is closed.
        if self._unread_since is not None and now - self._unread_since > limits.write_seconds:
            self._refusals["unread"] += 1
            self.transport.abort()
        elif self._is_refused or (self._body_open and not self._is_busy):
            if age > limits.linger_seconds:
                self.transport.close()
        elif self._waits and age > self._patience:
            if self._header_open:
                self._refuse(HeaderTooSlow(), "header_time")
            else:
                self.transport.close()

    @property
    def _patience(self) -> float:
        if self._is_surplus:
            return SURPLUS_SECONDS
        if self._header_open or not self._has_served:
            return self._limits.header_seconds
        return self._limits.keep_alive_seconds

    def _make_room(self) -> bool:
        """Close the connection that has waited longest without a request. Return False if all are new or busy."""
        waiting = [other for other in self.connections if isinstance(other, GuardedProtocol) and other is not self]
        oldest = min((other for other in waiting if other._waits), key=lambda other: other._since, default=None)
        if oldest is None or self.loop.time() - oldest._since < YOUNG_SECONDS:
            return False
        self._refusals["made_room"] += 1
        oldest.transport.close()
        return True

    def _refuse(self, error: HeedError, reason: str) -> None:
        """Write the error, unless another response is being sent, and close the connection.

        Incoming data are read and discarded for a moment: closing with unread bytes would lose the response.
        """
        if self._is_refused:
            return
        self._refusals[reason] += 1
        self._is_refused = True
        self._since = self.loop.time()
        if self._is_busy:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.transport.close()
            return
        self._write(error)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _write(self, error: HeedError) -> None:
        body = json.dumps(problem_document(error)).encode()
        headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), "Connection": "close"}
        lines = [f"{name}: {value}\r\n".encode() for name, value in (headers | error.headers).items()]
        self.transport.write(b"".join([STATUS_LINE[error.status], *lines, b"\r\n", body]))
