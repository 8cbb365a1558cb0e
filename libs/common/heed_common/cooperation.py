"""Cooperative scheduling: long work on the event loop in slices, so that other tasks run in between."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import perf_counter
from typing import TypeVar

SLICE_SECONDS = 0.02

T = TypeVar("T")


async def in_slices(items: Iterable[T]) -> AsyncIterator[T]:
    """Yield the items, and yield to the event loop whenever a time slice is used up."""
    began = perf_counter()
    for item in items:
        yield item
        if perf_counter() - began > SLICE_SECONDS:
            await asyncio.sleep(0)
            began = perf_counter()
