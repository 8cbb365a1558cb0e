"""Connections to checked addresses only, on which a response has a limit of bytes."""

import asyncio
import ssl
from collections.abc import Iterable

import httpcore

from heed_common.outgoing_http.addresses import AddressPolicy
from heed_common.outgoing_http.names import Resolve

MAX_WIRE_BYTES = 128 * 1024
"""Bytes of one response with its head, its chunk headers and its trailers: the parser limits each part alone."""


class AddressRefused(httpcore.ConnectError):
    """The name belongs to an address that requests may not be sent to."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the checked address. TLS still verifies the certificate of the name."""

    def __init__(self, policy: AddressPolicy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve
        self._backend = httpcore.AnyIOBackend()
        self._streams: list[httpcore.AsyncNetworkStream] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        async def connect(address: str) -> httpcore.AsyncNetworkStream:
            stream = await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            self._streams.append(stream)
            return LimitedStream(stream)

        addresses = await self._resolve(host, port)
        if not addresses or not all(map(self._policy.permits, addresses)):
            raise AddressRefused
        for address in addresses[:-1]:
            try:
                return await connect(address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await connect(addresses[-1])

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Close all connections, also one whose TLS was not agreed on."""
        while self._streams:
            await self._streams.pop().aclose()


class LimitedStream(httpcore.AsyncNetworkStream):
    """Counts what is received since the last request, and fails beyond the limit."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._received = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        received = await self._stream.read(max_bytes, timeout)
        self._received += len(received)
        if self._received > MAX_WIRE_BYTES:
            raise httpcore.ReadError("The response is too long.")
        return received

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        self._received = 0
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
    ) -> httpcore.AsyncNetworkStream:
        return LimitedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
