"""Work that comes again and again beside everything else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def every(seconds: float, act: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """At once, and then with that pause in between, for as long as this lasts. `act` answers for its own failures."""
    enough = asyncio.Event()

    async def go_on() -> None:
        while not enough.is_set():
            await act()
            with suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), seconds)

    going = asyncio.create_task(go_on())
    try:
        yield
    finally:
        enough.set()  # Not cancelled: a thread of it would go on, and could start what is being stopped.
        await going
