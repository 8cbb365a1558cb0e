"""Relay: publishes the outbox to the broker, in order and without loss, one relay at a time.

The outbox is a queue that is deleted from, never read with a cursor: a row with a lower number may be committed later
than one with a higher number, and a cursor would pass it by.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from heed_common import driver
from heed_common.advisory_locks import AdvisoryLock
from heed_common.broker.protocols import Message, Publisher, PublishResult
from heed_common.clock import Clock
from heed_common.database import CONNECTION_ERRORS, Database
from heed_common.failed_work import repository as failed_work
from heed_common.metrics import Metrics
from heed_common.signals import Signal
from heed_common.tracing.event_spans import start_publishing
from heed_common.tracing.tracer import Tracer

TRY_LOCK = text("SELECT pg_try_advisory_lock(CAST(:key AS bigint))")
SELECT_BATCH = text("""
    SELECT id, seq, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, staged_at
    FROM outbox ORDER BY seq LIMIT :limit
""")
DELETE = text("DELETE FROM outbox WHERE seq = ANY(CAST(:seqs AS bigint[]))")
SELECT_DEPTH = text("SELECT count(*) AS depth, min(staged_at) AS oldest FROM outbox")

BATCH_LIMIT = 1000
NET_SECONDS = 5.0
"""Longest time between two looks at the outbox: the safety net for a missed signal."""
RETRY_SECONDS = 1.0
MEASURE_SECONDS = 15.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    seq: int
    aggregatetype: str
    aggregateid: str
    type: str
    partitionkey: str
    aggversion: int
    payload: bytes
    staged_at: datetime


class Relay:
    """Publishes the events of one service; a second relay of the same service waits until the first one is gone."""

    name = "relay"

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        *,
        outbox_signal: Signal,
        clock: Clock,
        metrics: Metrics,
        linger: float = 0.0,
        tracer: Tracer | None = None,
    ) -> None:
        """`linger` is how long new events wait for others to be published together with."""
        self._database = database
        self._publisher = publisher
        self._outbox_signal = outbox_signal
        self._clock = clock
        self._metrics = metrics
        self._linger = linger
        self._tracer = tracer
        self._stopping = False
        self._is_rejected = False
        """Whether the broker has just rejected events, which are still in the outbox."""
        self._measured_jobs: set[str] = set()
        self.ready = False

    async def run(self) -> None:
        """Publish until stopped, across failures of the database and the broker."""
        await self._publisher.start()
        try:
            while not self._stopping:
                try:
                    async with self._database.autocommit() as connection:
                        await self._run_with_lock(connection)
                except CONNECTION_ERRORS as error:
                    log.warning("relay: database connection lost, reconnecting: %s", type(error).__name__)
                    await self._clock.sleep(RETRY_SECONDS)
        finally:
            await self._publisher.stop()

    def stop(self) -> None:
        """Stop after the current batch."""
        self._stopping = True
        self._outbox_signal.notify()

    async def _run_with_lock(self, connection: AsyncConnection) -> None:
        """Select and delete on the connection that holds the lock: a relay that has lost it can delete nothing."""
        self.ready = True
        if not (await connection.execute(TRY_LOCK, {"key": AdvisoryLock.RELAY})).scalar_one():
            await self._clock.sleep(RETRY_SECONDS)
            return
        try:
            await self._publish_until_stopped(connection)
        finally:
            await connection.invalidate()  # The lock belongs to the connection: it must not go back into the pool.

    async def _publish_until_stopped(self, connection: AsyncConnection) -> None:
        measured = 0.0
        while not self._stopping:
            seen = self._outbox_signal.count
            if (now := asyncio.get_running_loop().time()) - measured > MEASURE_SECONDS:
                measured = now
                await self._measure(connection)
            published = await self.publish_once(connection)
            if not (published or self._is_rejected):
                await self._outbox_signal.wait(since=seen, seconds=NET_SECONDS)
                if self._linger and not self._stopping:
                    await self._clock.sleep(self._linger)

    async def publish_once(self, connection: AsyncConnection) -> int:
        """Publish one batch. Delete the events that the broker has acknowledged; the others stay first in the queue."""
        rows = [Row(*row) for row in await driver.fetch_on(connection, SELECT_BATCH, {"limit": BATCH_LIMIT})]
        self._is_rejected = False
        if not rows:
            return 0
        result = await self._publish(_messages(rows))
        self._is_rejected = result.error is not None
        acknowledged = [rows[index].seq for index in sorted(result.acknowledged)]
        await driver.fetch_on(connection, DELETE, {"seqs": acknowledged})
        self._metrics.relay_published.inc(len(acknowledged))
        if result.error is not None:
            log.warning("relay: broker rejected a batch, resending: %s", type(result.error).__name__)
            await self._clock.sleep(RETRY_SECONDS)
        return len(acknowledged)

    async def _publish(self, messages: Sequence[Message]) -> PublishResult:
        """Publish the messages, within spans if they are exported."""
        if self._tracer is None:
            return await self._publisher.publish(messages)
        spans = start_publishing(self._tracer, messages)
        result = await self._publisher.publish(spans.messages)
        spans.end(result)
        return result

    async def _measure(self, connection: AsyncConnection) -> None:
        for job in self._measured_jobs | (counts := await failed_work.count_by_job(connection)).keys():
            self._metrics.failed_work.labels(job=job).set(counts.get(job, 0))
        self._measured_jobs |= counts.keys()
        depth, oldest = (await connection.execute(SELECT_DEPTH)).one()
        self._metrics.outbox_depth.set(depth)
        self._metrics.outbox_age_seconds.set((self._clock.now() - oldest).total_seconds() if oldest else 0)


def _messages(rows: Sequence[Row]) -> list[Message]:
    return [Message(f"heed.{row.aggregatetype}", row.partitionkey.encode(), row.payload, _headers(row)) for row in rows]


def _headers(row: Row) -> tuple[tuple[str, bytes], ...]:
    """Return the attributes of the envelope as headers too, for consumers that route without parsing."""
    return (
        ("content-type", b"application/cloudevents+json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", str(row.id).encode()),
        ("ce_source", f"/heed/{row.aggregatetype}".encode()),
        ("ce_type", row.type.encode()),
        ("ce_subject", row.aggregateid.encode()),
        ("ce_time", row.staged_at.isoformat().encode()),
        ("ce_datacontenttype", b"application/json"),
        ("ce_dataschema", f"/schemas/{row.type}".encode()),
        ("ce_partitionkey", row.partitionkey.encode()),
        ("ce_aggversion", str(row.aggversion).encode()),
    )
