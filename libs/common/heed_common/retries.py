"""Retry of dead letters on request, each in its own transaction: processed and deleted, or left with the new error."""

import logging

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.broker.protocols import Record
from heed_common.clock import Clock
from heed_common.database import Database, is_transient, savepoint
from heed_common.decoding import Undecodable, decode
from heed_common.inbox import BatchHandler
from heed_common.metrics import Metrics

LOCK_NEXT_REQUEST = text("""
    SELECT id, topic, partition, "offset", key, value, attempts FROM dead_letter
    WHERE consumer_group = :group AND retry_requested_at IS NOT NULL
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
""")
COUNT_WAITING = text("""
    SELECT count(*) AS waiting, count(retry_requested_at) AS requested FROM dead_letter
    WHERE consumer_group = :group AND dropped_at IS NULL
""")
DELETE = text("DELETE FROM dead_letter WHERE id = :id")
RECORD_FAILURE = text("""
    UPDATE dead_letter SET attempts = attempts + 1, error = :error, retry_requested_at = NULL WHERE id = :id
""")

log = logging.getLogger(__name__)


async def count_waiting(session: AsyncSession, *, group: str) -> tuple[int, int]:
    """Return how many dead letters of this group wait for an operator, and of how many a retry was requested."""
    row = (await session.execute(COUNT_WAITING, {"group": group})).one()
    return row.waiting, row.requested


async def retry_next(database: Database, handler: BatchHandler, *, group: str, clock: Clock, metrics: Metrics) -> bool:
    """Retry the oldest dead letter of the group with a retry request. Return whether there was one.

    The event is processed by the handlers of this group only, with the original position of its record. The inbox (or
    the ledger) is in the same transaction as the deletion, so a crash at any line leaves either both or neither.
    """
    async with database.transaction() as session:
        letter = (await session.execute(LOCK_NEXT_REQUEST, {"group": group})).first()
        if letter is None:
            return False
        error = await _process(session, handler, letter, clock=clock)
        if error is None:
            await session.execute(DELETE, {"id": letter.id})
        else:
            await session.execute(RECORD_FAILURE, {"id": letter.id, "error": error})
    metrics.dead_letter_retries.labels(outcome="failed" if error else "taken_in").inc()
    return True


async def _process(
    session: AsyncSession, handler: BatchHandler, letter: Row[tuple[object, ...]], *, clock: Clock
) -> str | None:
    """Process the dead letter and return the error class if it fails again.

    It is decoded again: a newer version may decode a record that an older one could not.
    """
    try:
        received = decode(Record(letter.topic, letter.partition, letter.offset, letter.key, letter.value))
        async with savepoint(session):
            await handler(session, [received], clock.now())
    except Undecodable as error:
        return error.reason
    except Exception as error:
        if is_transient(error):
            raise
        log.exception("dead letter failed again", extra={"dead_letter": letter.id})
        return type(error).__name__
    return None
