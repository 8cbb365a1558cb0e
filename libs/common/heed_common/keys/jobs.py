"""Background tasks about keys: writing their last uses, and bringing databases that missed a change up to date."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from heed_common.keys import service
from heed_common.keys.transactions import UNAVAILABLE, Databases
from heed_common.signals import Signal

USES_SECONDS = 60.0
RECONCILE_SECONDS = 60.0
RETRY_SECONDS = 1.0
"""Pause while a database is unavailable: a revocation that it has missed reaches it so soon after its return."""

log = logging.getLogger(__name__)


@asynccontextmanager
async def repeated(
    name: str, work: Callable[[], Awaitable[float]], *, wake: Signal | None = None
) -> AsyncIterator[None]:
    """Repeat the work while the block runs, each time after the pause that it returned; run it once more at the end.

    The signal ends a pause.
    """
    task = asyncio.create_task(_repeat(work, wake or Signal(name)), name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        with suppress(*UNAVAILABLE):
            await work()


async def _repeat(work: Callable[[], Awaitable[float]], wake: Signal) -> None:
    while True:
        seen = wake.count
        try:
            pause = await work()
        except UNAVAILABLE as error:
            log.warning("database unavailable, the work is repeated: %s", type(error).__name__)
            pause = RETRY_SECONDS
        except Exception:
            # The application must serve revocations all the same; a fault of ours is logged once a minute.
            log.exception("background work failed, it is repeated")
            pause = RECONCILE_SECONDS
        await wake.wait(since=seen, seconds=pause)


async def reconcile_keys(databases: Databases) -> float:
    """Bring all databases up to date. Return the pause until the next time."""
    unavailable = await service.reconcile(databases)
    return RETRY_SECONDS if unavailable else RECONCILE_SECONDS
