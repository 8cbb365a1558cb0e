"""POST requests to addresses that callers supply, guarded against requests into the operator's own network (SSRF).

A name is resolved by the code that connects, and the connection goes to the address that was checked: a name that
changes its address between check and connection (DNS rebinding) gains nothing. Redirects are not followed, because
each would be another address.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpcore
import httpx

MAX_URL = 2000
MAX_PORT = 65_535
MAX_RESPONSE_BYTES = 64 * 1024
"""What a receiver sends beyond this is not read."""
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 30.0
NAT64 = IPv6Network("64:ff9b::/96")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Return the addresses of a name. Raises `OSError`."""


class URLRefused(ValueError):
    """The URL is not allowed; the message names the rule and repeats nothing of the URL."""


class AddressRefused(httpcore.ConnectError):
    """The name belongs to an address that requests may not be sent to."""


class PostFailed(Exception):
    """No response arrived; `error` is a code that an operator may see."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Where requests may be sent: by default only to public addresses, by https."""

    allow_http: bool = False
    allowed_networks: tuple[Network, ...] = ()
    """Networks that are allowed although they are not public."""

    def parse(self, url: str) -> httpx.URL:
        """Return the parsed URL. Raises `URLRefused`. Its name is not resolved."""
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            raise URLRefused("must be a URL such as https://example.com/heed") from None
        is_complete = parsed.scheme in ("https", "http") and parsed.host and 0 < (parsed.port or 443) <= MAX_PORT
        if len(url) > MAX_URL or not is_complete:
            raise URLRefused("must be a URL such as https://example.com/heed")
        if parsed.scheme == "http" and not self.allow_http:
            raise URLRefused("must be https")
        if parsed.userinfo or parsed.fragment:
            raise URLRefused("may have neither a user nor a fragment")
        return parsed

    def permits(self, text: str) -> bool:
        """Return whether requests may be sent to the address."""
        address = _effective(ip_address(text.partition("%")[0]))
        return _is_public(address) or any(address in network for network in self.allowed_networks)


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, as the operating system resolves it. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class PostResponse:
    """The head of a response."""

    status: int
    headers: Mapping[str, str]


class GuardedClient:
    """Posts to one receiver; connections are reused."""

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        seconds: float,
        connections: int,
        resolve: Resolve = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._seconds = seconds
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(),
            max_connections=connections,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=_GuardedBackend(policy, resolve),
        )

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
        await self._pool.aclose()

    async def _post(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> PostResponse:
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        sent = {"host": url.netloc.decode("ascii"), "content-length": str(len(body)), **headers}
        limits = {"timeout": {"connect": CONNECT_SECONDS, "read": self._seconds, "write": self._seconds}}
        pairs = [(name.encode("ascii"), value.encode("ascii")) for name, value in sent.items()]
        async with self._pool.stream("POST", target, headers=pairs, content=body, extensions=limits) as response:
            size = 0
            async for chunk in response.aiter_stream():
                size += len(chunk)
                if size > MAX_RESPONSE_BYTES:
                    break
        received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return PostResponse(response.status, received)


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the checked address. TLS still verifies the certificate of the name."""

    def __init__(self, policy: AddressPolicy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve(host, port)
        if not addresses or not all(map(self._policy.permits, addresses)):
            raise AddressRefused
        for address in addresses[:-1]:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def permits_url(policy: AddressPolicy, url: httpx.URL, *, resolve: Resolve = resolve) -> bool:
    """Return whether requests may be sent to what the name resolves to now; a name without addresses may get one."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            addresses = await resolve(url.raw_host.decode("ascii"), url.port or 443)
    except (OSError, UnicodeError):  # A TimeoutError is an OSError.
        return True
    return all(map(policy.permits, addresses))


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks that commas separate. Raises `ValueError`."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _is_public(address: Address) -> bool:
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or site_local)


def _effective(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address only wraps (Teredo is not public anyway)."""
    if isinstance(address, IPv6Address):
        if wrapped := address.ipv4_mapped or address.sixtofour:
            return wrapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


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
