"""Log of deliveries: what a sender is about to do and has done, committed before it goes on.

Several messages are sent at the same time, and each needs two commits: one before it is handed over, one after. What
is waiting while one transaction commits goes into the next one together. A result does not hurry: it waits a moment for
the mark of the message that is sent next.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_common.failed_work import repository as failed_work
from heed_common.messages import events, repository
from heed_common.messages.repository import Change, End, Mark, Release

LINGER_SECONDS = 0.01
"""How long results wait for a mark. A message that was sent and whose sender is killed meanwhile is sent again."""
RETRY_SECONDS = 0.2
MAX_RETRIES = 100
"""What was sent is recorded although the database restarts meanwhile: otherwise it would be sent again."""

HandOverHook = Callable[[AsyncSession, Sequence[Mark]], Awaitable[None]]
"""Called in the transaction that records messages as handed over, before they are."""
Entry = tuple[Change, "asyncio.Future[bool]"]

log = logging.getLogger(__name__)


class DeliveryLog:
    """Records the changes of one sender."""

    def __init__(
        self,
        database: Database,
        *,
        service: str,
        lease_id: UUID,
        clock: Clock,
        on_hand_over: HandOverHook | None = None,
    ) -> None:
        self._database = database
        self._service = service
        self._lease_id = lease_id
        self._clock = clock
        self._on_hand_over = on_hand_over
        self._waiting: list[Entry] = []
        self._task: asyncio.Task[None] | None = None
        self._mark_waits = asyncio.Event()

    async def record(self, change: Change) -> bool:
        """Return after the commit; False if the message is no longer this sender's."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, future))
        if isinstance(change, Mark):
            self._mark_waits.set()
        if self._task is None:
            self._task = asyncio.create_task(self._write_waiting())
        return await future

    async def drain(self) -> None:
        """Wait until everything is recorded."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _write_waiting(self) -> None:
        try:
            while self._waiting:
                await self._linger()
                entries, self._waiting = self._waiting, []
                await self._write_with_retry(entries)
        finally:
            self._task = None

    async def _linger(self) -> None:
        """Wait for a mark, for a moment."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._mark_waits.wait(), LINGER_SECONDS)
        self._mark_waits.clear()

    async def _write_with_retry(self, entries: Sequence[Entry]) -> None:
        for attempt in range(MAX_RETRIES):
            try:
                changed = await self._write([change for change, _ in entries])
            except Exception as error:  # noqa: BLE001 - it goes to those who wait for the result
                if is_transient(error) and attempt + 1 < MAX_RETRIES:
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                if len(entries) > 1:
                    for entry in entries:
                        await self._write_with_retry([entry])
                else:
                    _fail(entries[0], error)
                return
            for change, future in entries:
                if not future.done():
                    future.set_result(change.message.id in changed)
            return

    async def _write(self, changes: Sequence[Change]) -> set[UUID]:
        now, lease_id = self._clock.now(), self._lease_id
        marks = [change for change in changes if isinstance(change, Mark)]
        releases = [change for change in changes if isinstance(change, Release)]
        ends = [change for change in changes if isinstance(change, End)]
        changed: set[UUID] = set()
        async with self._database.transaction() as session:
            if marks:
                changed |= await repository.mark(session, marks, lease_id=lease_id, now=now)
            if releases:
                changed |= await repository.release(session, releases, lease_id=lease_id)
            if ends:
                rows = await repository.end(session, ends, lease_id=lease_id, now=now)
                for row in rows:
                    outbox.set_epoch(session, row.epoch)
                    await events.stage_ended(session, row, service=self._service, now=now)
                changed |= {row.id for row in rows}
            if settled := [str(item.message.id) for item in ends if item.message.has_failed]:
                await failed_work.delete_keys(session, repository.JOB_NAME, settled)
            if marks and self._on_hand_over is not None:
                # Reactions to the results lock what messages are about; every transaction does that first.
                await outbox.react(session)
                await self._on_hand_over(session, marks)
        return changed


def _fail(entry: Entry, error: Exception) -> None:
    log.error("could not record the delivery of message %s: %s", entry[0].message.id, type(error).__name__)
    if not entry[1].done():
        entry[1].set_exception(error)
