"""A client that posts to one receiver.

A name is resolved by the code that connects, and the connection goes to the address that was checked: a name that
changes its address between check and connection (DNS rebinding) gains nothing. Redirects are not followed, because
each would be another address.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore
import httpx

from heed_common.outgoing_http.addresses import AddressPolicy, URLRefused
from heed_common.outgoing_http.connections import Connection
from heed_common.outgoing_http.names import NameResolver, Resolve
from heed_common.outgoing_http.streams import AddressRefused

CONNECT_SECONDS = 5.0


class PostFailed(Exception):
    """No response arrived; `error` is a code that an operator may see."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class PostResponse:
    """The head of a response."""

    status: int
    headers: Mapping[str, str]


class GuardedClient:
    """Posts to one receiver, as many requests at a time as its caller begins; connections are reused."""

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        seconds: float,
        resolve: Resolve | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._seconds = seconds
        self._timeouts = {"connect": CONNECT_SECONDS, "read": seconds, "write": seconds}
        self._resolver = NameResolver()
        self._resolve = resolve or self._resolver
        self._ssl_context = ssl_context or httpx.create_ssl_context()
        self._idle: list[Connection] = []

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> PostResponse:
        """Post the body. The time limit holds for all of it, so that no receiver prolongs it byte by byte.

        Raises `PostFailed`.
        """
        try:
            parsed = self._policy.parse(url)
            async with asyncio.timeout(self._seconds):
                return await self._post(parsed, body, headers)
        except URLRefused:
            raise PostFailed("address_refused") from None
        except Exception as error:
            code = _error_code(error)
            if code is None:
                raise
            raise PostFailed(code) from None

    async def close(self) -> None:
        """Close the connections that are idle; one with a request closes after it."""
        self._resolver.close()
        while self._idle:
            await self._idle.pop().close()

    async def _post(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> PostResponse:
        connection = await self._take_connection(url)
        try:
            response = await connection.post(url, body, headers, timeouts=self._timeouts)
        except BaseException:  # A time limit cancels.
            await connection.close()
            raise
        if connection.can_post_to(url):
            self._idle.append(connection)
        else:
            await connection.close()
        received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return PostResponse(response.status, received)

    async def _take_connection(self, url: httpx.URL) -> Connection:
        """Return an idle connection, or a new one; close those that cannot be used again."""
        while self._idle:
            connection = self._idle.pop()
            if connection.can_post_to(url):
                return connection
            await connection.close()
        return Connection(url, self._policy, self._resolve, self._ssl_context)


def _error_code(error: Exception) -> str | None:
    """Return the code of an error of the connection; None for any other error."""
    if isinstance(error, AddressRefused):
        return "address_refused"
    if isinstance(error, (TimeoutError, httpcore.TimeoutException)):
        return "timeout"
    if isinstance(error, socket.gaierror):
        return "name_not_resolved"
    if isinstance(error, httpcore.ConnectError):
        return "tls_failed" if isinstance(error.__cause__, ssl.SSLError) else "connection_refused"
    if isinstance(error, (httpcore.NetworkError, httpcore.ProtocolError, OSError)):
        return "connection_lost"
    return None
