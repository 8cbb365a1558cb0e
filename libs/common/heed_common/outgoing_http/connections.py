"""One connection to a receiver.

httpcore's pool is not used: a time limit that cancels a request at the wrong moment leaves its connection in the pool,
busy for ever, and after as many of these as the pool has room for every later request waits in vain.
"""

import ssl
from collections.abc import Mapping

import httpcore
import httpx

from heed_common.outgoing_http.addresses import AddressPolicy
from heed_common.outgoing_http.names import Resolve
from heed_common.outgoing_http.streams import GuardedBackend

MAX_RESPONSE_BYTES = 64 * 1024
MAX_RESPONSE_PARTS = 64
"""What a receiver sends beyond these is not read: its status has been received, and thousands of small chunks would
keep the event loop from everybody else."""
IDLE_SECONDS = 30.0


class Connection:
    """Connects to a checked address with the first request, and is used again while the receiver keeps it open."""

    def __init__(self, url: httpx.URL, policy: AddressPolicy, resolve: Resolve, ssl_context: ssl.SSLContext) -> None:
        self.origin = _target(url).origin
        self._backend = GuardedBackend(policy, resolve)
        self._http = httpcore.AsyncHTTPConnection(
            self.origin, ssl_context, keepalive_expiry=IDLE_SECONDS, network_backend=self._backend
        )

    def can_post_to(self, url: httpx.URL) -> bool:
        """Return whether a request to the URL can be sent; false for a connection that the receiver has closed."""
        return self.origin == _target(url).origin and self._http.is_idle() and not self._http.has_expired()

    async def post(
        self, url: httpx.URL, body: bytes, headers: Mapping[str, str], *, timeouts: Mapping[str, float]
    ) -> httpcore.Response:
        """Post the body, and return the head of the response. After an error the connection has to be closed."""
        sent = {"host": url.netloc.decode("ascii"), "content-length": str(len(body)), **headers}
        pairs = [(name.encode("ascii"), value.encode("ascii")) for name, value in sent.items()]
        extensions = {"timeout": dict(timeouts)}
        request = httpcore.Request("POST", _target(url), headers=pairs, content=body, extensions=extensions)
        response = await self._http.handle_async_request(request)
        await _read_some(response)
        return response

    async def close(self) -> None:
        """Close what has been opened, however far the last request has got."""
        await self._backend.close()


async def _read_some(response: httpcore.Response) -> None:
    """Read a short body to its end, so that the connection is used again; of a long one the beginning."""
    size = parts = 0
    async for part in response.aiter_stream():
        size, parts = size + len(part), parts + 1
        if size > MAX_RESPONSE_BYTES or parts > MAX_RESPONSE_PARTS:
            break
    await response.aclose()


def _target(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
