"""Rotation of encryption keys: what older keys encrypted is encrypted again, in small transactions, under load.

A run that is interrupted loses nothing: what the newest key encrypted is left out by the next one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import Database
from heed_common.encryption import FieldCipher

BATCH = 500
RETRY_SECONDS = 0.2
MAX_PASSES = 20
"""Rows that other transactions lock wait for the next pass."""


@dataclass(frozen=True, slots=True)
class RotatedBatch:
    """Result of one transaction."""

    rotated: int
    undecryptable: int
    last_key: object | None
    """Sort key of the last row; None if there are no more rows."""


@dataclass(slots=True)
class RotationReport:
    """Result of a rotation of one table."""

    rotated: int = 0
    undecryptable: int = 0
    """Values that no key decrypts."""
    locked: int = 0
    """Values that other transactions locked all the time."""

    @property
    def is_complete(self) -> bool:
        return not (self.undecryptable or self.locked)


@dataclass(frozen=True, slots=True)
class RotatedTable:
    """How one table is rotated."""

    rotate_batch: Callable[[AsyncSession, FieldCipher, object | None, int], Awaitable[RotatedBatch]]
    """Encrypts a page of rows again: those after the sort key that an older key encrypted and that are not locked."""
    count_by_key: Callable[[AsyncSession], Awaitable[Mapping[bytes, int]]]
    """Returns the number of values by the id of the key that encrypted them."""

    async def count_old(self, session: AsyncSession, cipher: FieldCipher) -> int:
        """Return how many values the newest key did not encrypt."""
        counts = await self.count_by_key(session)
        return sum(count for key_id, count in counts.items() if key_id != cipher.current_key_id)

    async def count_undecryptable(self, session: AsyncSession, cipher: FieldCipher) -> int:
        """Return how many values were encrypted by a key that is missing."""
        counts = await self.count_by_key(session)
        return sum(count for key_id, count in counts.items() if key_id not in cipher.key_ids)


async def rotate(
    database: Database, tables: Mapping[str, RotatedTable], cipher: FieldCipher
) -> dict[str, RotationReport]:
    """Encrypt again what the newest key did not encrypt. Return a report for each table."""
    return {name: await _rotate_table(database, table, cipher) for name, table in tables.items()}


async def _rotate_table(database: Database, table: RotatedTable, cipher: FieldCipher) -> RotationReport:
    report = RotationReport()
    for _ in range(MAX_PASSES):
        report.undecryptable = await _run_pass(database, table, cipher, report)
        async with database.transaction() as session:
            report.locked = await table.count_old(session, cipher) - report.undecryptable
        if report.locked <= 0:
            break
        await asyncio.sleep(RETRY_SECONDS)
    return report


async def _run_pass(database: Database, table: RotatedTable, cipher: FieldCipher, report: RotationReport) -> int:
    """Rotate all rows once. Return how many of them no key decrypts."""
    undecryptable, after = 0, None
    while True:
        async with database.transaction() as session:
            batch = await table.rotate_batch(session, cipher, after, BATCH)
        report.rotated += batch.rotated
        undecryptable += batch.undecryptable
        if batch.last_key is None:
            return undecryptable
        after = batch.last_key
