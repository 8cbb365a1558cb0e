"""Group commit: writes that wait at the same moment share one transaction, and each has its own outcome.

A write never waits for others to come: it begins at once unless `MAX_GROUPS` transactions are open, and the writes that
arrive meanwhile are the next group. What may go wrong in a group:

1. A write fails in a way that its outcome cannot express, or waits for a lock: the group is rolled back, and each of
   its writes gets a transaction of its own, so that it fails or waits alone.
2. The connection is lost before the commit: nothing was committed, so the group is run again, once.
3. The connection is lost during the commit: PostgreSQL knows whether that transaction was committed. If it was, the
   outcomes hold; if not, see 2. While PostgreSQL cannot be asked, the writes fail with the error of the connection.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import driver, outbox
from heed_common.database import CONNECTION_ERRORS, Database, is_transient

Write = TypeVar("Write")
Outcome = TypeVar("Outcome")

MAX_WRITES = 64
"""Of one group; its Python part takes a few milliseconds, in which no other request is served."""
MAX_GROUPS = 2
"""While PostgreSQL works for one group, Python works for the other."""
BLOCKED_SECONDS = 1.0
"""A group that takes longer waits for a lock: it no longer counts among the open ones."""
LIMIT_LOCK_WAITS = text("SELECT set_config('lock_timeout', '250ms', true)")
CONTENTION_STATES = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock, lock timeout."""
LOST_STATES = ("08", "57P")
"""Connection exceptions, and a server that shuts down or ends the connection."""

SELECT_STATUS = text("SELECT pg_xact_status(CAST(CAST(:id AS text) AS xid8))")
COMMITTED, IN_PROGRESS = "committed", "in progress"
STATUS_ATTEMPTS = 20
STATUS_PAUSE_SECONDS = 0.1


class GroupCommit(Generic[Write, Outcome]):
    """The groups of one kind of write in this process.

    `record` does all writes of a group in the given transaction and returns their outcomes in the same order.
    """

    def __init__(
        self, database: Database, record: Callable[[AsyncSession, Sequence[Write]], Awaitable[Sequence[Outcome]]]
    ) -> None:
        self._database = database
        self._record = record
        self._waiting: deque[tuple[Write, asyncio.Future[Outcome]]] = deque()
        self._open_groups = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def submit(self, write: Write) -> Outcome:
        """Return the outcome of the write after its group is committed. Raises what its own transaction raised."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, future))
        self._start()
        return await future

    def _start(self) -> None:
        """Start a group if writes wait and fewer than `MAX_GROUPS` are open."""
        if self._waiting and self._open_groups < MAX_GROUPS:
            self._open_groups += 1
            # Without the context of this request: a group has neither one request id nor one trace.
            task = asyncio.create_task(self._commit_waiting(), name="group-commit", context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _commit_waiting(self) -> None:
        """Commit the writes that wait now; then, or when it takes long, let the next group start."""
        group = [self._waiting.popleft() for _ in range(min(MAX_WRITES, len(self._waiting)))]
        is_counted = True

        def start_next() -> None:
            nonlocal is_counted
            if is_counted:
                is_counted = False
                self._open_groups -= 1
                self._start()

        timer = asyncio.get_running_loop().call_later(BLOCKED_SECONDS, start_next)
        try:
            if group:  # Another group may have taken them all.
                await self._commit(group)
        finally:
            timer.cancel()
            start_next()

    async def _commit(self, group: Sequence[tuple[Write, asyncio.Future[Outcome]]]) -> None:
        """Commit the group and set the results of its futures."""
        try:
            outcomes = await self._run([write for write, _ in group])
            for (_, future), outcome in zip(group, outcomes, strict=True):
                if not future.done():
                    future.set_result(outcome)
        except Exception as error:  # noqa: BLE001 each waiting request raises it
            if len(group) > 1 and _concerns_single_writes(error):
                await asyncio.gather(*(self._commit([one]) for one in group))
                return
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
        finally:
            for _, future in group:
                future.cancel()  # Only if this task was cancelled; all others are done.

    async def _run(self, writes: Sequence[Write]) -> Sequence[Outcome]:
        """Run the group in one transaction, and once more if its connection is lost."""
        try:
            return await self._run_once(writes)
        except CONNECTION_ERRORS as error:
            if not _is_lost(error):
                raise
        return await self._run_once(writes)

    async def _run_once(self, writes: Sequence[Write]) -> Sequence[Outcome]:
        transaction = outbox.TransactionOutbox()
        outcomes: Sequence[Outcome] = ()
        try:
            async with self._database.transaction() as session:
                transaction = outbox.of(session)
                if len(writes) > 1:
                    await driver.fetch(session, LIMIT_LOCK_WAITS, {})
                outcomes = await self._record(session, writes)
        except CONNECTION_ERRORS as error:
            if not _is_lost(error) or transaction.transaction_id is None:
                raise
            if not await self._was_committed(transaction.transaction_id, error):
                raise
        return outcomes

    async def _was_committed(self, transaction_id: str, error: Exception) -> bool:
        """Return whether PostgreSQL has committed the transaction. Raises the error while that is unknown."""
        for _ in range(STATUS_ATTEMPTS):
            try:
                async with self._database.transaction() as session:
                    ((status,),) = await driver.fetch(session, SELECT_STATUS, {"id": transaction_id})
            except CONNECTION_ERRORS:
                status = IN_PROGRESS
            if status != IN_PROGRESS:
                return bool(status == COMMITTED)
            await asyncio.sleep(STATUS_PAUSE_SECONDS)
        raise OutcomeUnknown from error


class OutcomeUnknown(ConnectionError):
    """The connection was lost during a commit, and PostgreSQL has not been available since."""


def _is_lost(error: Exception) -> bool:
    if isinstance(error, OutcomeUnknown):
        return False
    if isinstance(error, DBAPIError):
        # The server's last words may arrive before the driver notices that the connection is closed.
        return error.connection_invalidated or (_sqlstate(error) or "").startswith(LOST_STATES)
    return isinstance(error, OSError)


def _concerns_single_writes(error: Exception) -> bool:
    """Return whether some writes of the group may succeed without the others."""
    return _sqlstate(error) in CONTENTION_STATES or not is_transient(error)


def _sqlstate(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)
