"""Upload of a file that does not fit into memory: its chunks are stored as they arrive, all of them or none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol, TypeVar

Chunk = TypeVar("Chunk")
Chunk_co = TypeVar("Chunk_co", covariant=True)


class Chunker(Protocol[Chunk_co]):
    """Splits a file into the chunks in which it is processed."""

    def feed(self, data: bytes) -> Iterator[Chunk_co]: ...
    def end(self) -> Iterator[Chunk_co]: ...


async def store_chunks(
    pieces: AsyncIterator[bytes],
    chunker: Chunker[Chunk],
    *,
    store: Callable[[Chunk], Awaitable[None]],
    discard: Callable[[], Awaitable[None]],
) -> None:
    """Store the chunks of a file; discard them if it does not arrive to its end.

    `store` has a transaction for each: an upload may take long, and must hold neither memory nor locks.
    """
    is_complete = False
    try:
        async for piece in pieces:
            for chunk in chunker.feed(piece):
                await store(chunk)
            await asyncio.sleep(0)  # Give way: the next piece may have arrived already, and most complete no chunk.
        for chunk in chunker.end():
            await store(chunk)
        is_complete = True
    finally:
        if not is_complete:
            await discard()
