"""HTTP client that is lighter than the server it measures: persistent connections, prepared requests."""

import asyncio
from collections.abc import Iterator, Sequence
from time import perf_counter

CONNECTIONS = 16


def request(path: str, body: bytes, *, token: str = "", port: int, key: str = "") -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
        f"{f'Idempotency-Key: {key}' + chr(13) + chr(10) if key else ''}\r\n"
    )
    return head.encode() + body


async def run(port: int, requests: Sequence[bytes], *, connections: int = CONNECTIONS) -> float:
    """Sends all of them and answers how many a second were answered with 2xx; anything else is an error."""
    waiting = iter(requests)
    began = perf_counter()
    await asyncio.gather(*(_connection(port, waiting) for _ in range(connections)))
    return len(requests) / (perf_counter() - began)


async def _connection(port: int, waiting: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for content in waiting:
        writer.write(content)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        body = await reader.readexactly(int(length.split(b":")[1]))
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"{head.splitlines()[0]!r} {body!r}")
    writer.close()
    await writer.wait_closed()
