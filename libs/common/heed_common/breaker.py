"""Circuit breaker of a consumer group: too many dead letters point to a systematic error and stop the group.

The recent outcomes and the stop are stored in the database: a restarted process continues with the same window, and a
stopped group stays stopped until an operator resumes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import Database
from heed_common.health import Check, NotReady

WINDOW = 1000
MAX_CONSECUTIVE = 20
MAX_IN_WINDOW = WINDOW * 5 // 100
MASK = (1 << WINDOW) - 1

INSERT_GROUP = text("""
    INSERT INTO consumer_breaker (consumer_group, outcomes) VALUES (:group, '') ON CONFLICT DO NOTHING
""")
LOCK_STATE = text("SELECT outcomes, stopped_at FROM consumer_breaker WHERE consumer_group = :group FOR UPDATE")
SELECT_STATE = text("SELECT outcomes, stopped_at FROM consumer_breaker WHERE consumer_group = :group")
UPDATE_STATE = text("""
    UPDATE consumer_breaker
    SET outcomes = :outcomes, stopped_at = coalesce(stopped_at, :stopped_at), reason = coalesce(reason, :reason)
    WHERE consumer_group = :group
""")
SELECT_STOPPED = text("""
    SELECT consumer_group, stopped_at, reason FROM consumer_breaker WHERE stopped_at IS NOT NULL ORDER BY consumer_group
""")
RESUME = text("DELETE FROM consumer_breaker WHERE consumer_group = :group AND stopped_at IS NOT NULL RETURNING 1")


@dataclass(frozen=True, slots=True)
class Window:
    """Outcomes of the last 1,000 records as bits, the newest lowest; a set bit is a dead letter."""

    bits: int = 0

    @classmethod
    def load(cls, stored: bytes) -> Self:
        return cls(int.from_bytes(stored))

    def dump(self) -> bytes:
        return self.bits.to_bytes(WINDOW // 8)

    def add(self, *, dead: bool) -> "Window":
        return Window((self.bits << 1 | dead) & MASK)

    def add_all(self, outcomes: Iterable[bool]) -> "Window":
        window = self
        for dead in outcomes:
            window = window.add(dead=dead)
        return window

    @property
    def in_a_row(self) -> int:
        """Return how many of the newest records were dead letters without a success in between."""
        return (~self.bits & (self.bits + 1)).bit_length() - 1

    @property
    def dead(self) -> int:
        return self.bits.bit_count()

    @property
    def is_open(self) -> bool:
        """Return whether the group must stop: 20 in a row, or more than 5 % of the last 1,000."""
        return self.in_a_row >= MAX_CONSECUTIVE or self.dead > MAX_IN_WINDOW

    def __str__(self) -> str:
        return f"{self.in_a_row} dead letters in a row, {self.dead} of the last {WINDOW} records"


@dataclass(frozen=True, slots=True)
class State:
    """Stored state of a consumer group."""

    window: Window = Window()
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """A stopped consumer group."""

    consumer_group: str
    stopped_at: datetime
    reason: str


async def load(session: AsyncSession, *, group: str) -> State:
    """Load the stored state of the group."""
    row = (await session.execute(SELECT_STATE, {"group": group})).first()
    return State() if row is None else State(Window.load(row.outcomes), row.stopped_at is not None)


async def record(session: AsyncSession, outcomes: Iterable[bool], *, group: str, now: datetime) -> State:
    """Record outcomes in the transaction that processed the records, and stop the group if there are too many failures.

    All members of the group share one row: it is locked last, and only while there are dead letters in the window.
    """
    await session.execute(INSERT_GROUP, {"group": group})
    row = (await session.execute(LOCK_STATE, {"group": group})).one()
    window = Window.load(row.outcomes).add_all(outcomes)
    stop = {"stopped_at": now, "reason": str(window)} if window.is_open else {"stopped_at": None, "reason": None}
    await session.execute(UPDATE_STATE, {"group": group, "outcomes": window.dump(), **stop})
    return State(window, window.is_open or row.stopped_at is not None)


async def stops(session: AsyncSession) -> list[Stop]:
    """List the groups of this service that have stopped."""
    return [Stop(*row) for row in await session.execute(SELECT_STOPPED)]


async def resume(session: AsyncSession, *, group: str) -> bool:
    """Resume the group with an empty window. Return whether it was stopped."""
    return (await session.execute(RESUME, {"group": group})).first() is not None


def consumers_not_stopped(database: Database, *, service: str) -> Check:
    """Return the check that names the groups of this service that have stopped, and how to resume them."""

    async def check() -> None:
        async with database.transaction(wakes_jobs=False) as session:
            stopped = await stops(session)
        if stopped:
            reasons = "; ".join(f"{stop.consumer_group} stopped: {stop.reason}" for stop in stopped)
            raise NotReady(f"{reasons}; heed dlq resume --service {service}")

    return check
