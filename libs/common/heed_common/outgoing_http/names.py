"""Resolution of names whose name servers others run."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx

from heed_common.outgoing_http.addresses import AddressPolicy

PERMIT_SECONDS = 5.0

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Return the addresses of a name. Raises `OSError`."""


class NameResolver:
    """Resolves names as the operating system does, in a thread of its own.

    The threads of the event loop are few and shared: a name server that does not respond would hold all of them, and
    with them the names of everybody else. Here only those wait that share this resolver.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a name. Raises `OSError`, for a name that cannot be one too."""
        lookup = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._executor, lookup)
        except UnicodeError:
            raise socket.gaierror(socket.EAI_NONAME, "The name is not valid.") from None
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def close(self) -> None:
        """Begin no other resolution; the one that has begun ends with the time limit of the operating system."""
        self._executor.shutdown(wait=False, cancel_futures=True)


async def permits_url(policy: AddressPolicy, url: httpx.URL, *, resolve: Resolve) -> bool:
    """Return whether requests may be sent to what the name resolves to now; a name without addresses may get one."""
    try:
        async with asyncio.timeout(PERMIT_SECONDS):
            addresses = await resolve(url.raw_host.decode("ascii"), url.port or 443)
    except OSError:  # A TimeoutError is one.
        return True
    return all(map(policy.permits, addresses))
