"""The circuit breaker of a consumer group: too many dead letters are no accident of single events.

What it remembers, and that it has opened, stands in the database: a process that is started again begins with the same
memory, and a group that has stopped stays stopped until a person resumes it.
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
MOST_IN_A_ROW = 20
MOST_IN_WINDOW = WINDOW * 5 // 100
MASK = (1 << WINDOW) - 1

ADD = text("""
    INSERT INTO consumer_breaker (consumer_group, outcomes) VALUES (:group, '') ON CONFLICT DO NOTHING
""")
LOCK = text("SELECT outcomes, stopped_at FROM consumer_breaker WHERE consumer_group = :group FOR UPDATE")
READ = text("SELECT outcomes, stopped_at FROM consumer_breaker WHERE consumer_group = :group")
WRITE = text("""
    UPDATE consumer_breaker
    SET outcomes = :outcomes, stopped_at = coalesce(stopped_at, :stopped_at), reason = coalesce(reason, :reason)
    WHERE consumer_group = :group
""")
STOPPED = text("""
    SELECT consumer_group, stopped_at, reason FROM consumer_breaker WHERE stopped_at IS NOT NULL ORDER BY consumer_group
""")
RESUME = text("DELETE FROM consumer_breaker WHERE consumer_group = :group AND stopped_at IS NOT NULL RETURNING 1")


@dataclass(frozen=True, slots=True)
class Window:
    """How the last 1,000 records ended: a bit each, the newest the lowest, set where it was a dead letter."""

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
        """Return how many of the newest records were dead letters, without a good one between them."""
        return (~self.bits & (self.bits + 1)).bit_length() - 1

    @property
    def dead(self) -> int:
        return self.bits.bit_count()

    @property
    def is_open(self) -> bool:
        """Return whether the group must stop: 20 in a row, or more than 5 % of the last 1,000."""
        return self.in_a_row >= MOST_IN_A_ROW or self.dead > MOST_IN_WINDOW

    def __str__(self) -> str:
        return f"{self.in_a_row} dead letters in a row, {self.dead} of the last {WINDOW} records"


@dataclass(frozen=True, slots=True)
class State:
    """What the database knows of a group."""

    window: Window = Window()
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """A group that takes no more."""

    consumer_group: str
    stopped_at: datetime
    reason: str


async def load(session: AsyncSession, *, group: str) -> State:
    """Read what is known of the group."""
    row = (await session.execute(READ, {"group": group})).first()
    return State() if row is None else State(Window.load(row.outcomes), row.stopped_at is not None)


async def record(session: AsyncSession, outcomes: Iterable[bool], *, group: str, now: datetime) -> State:
    """Remember how records ended, in the transaction that took them in, and stop the group where it was too much.

    All members of the group share one memory: the row is locked last, and only while there are dead letters in it.
    """
    await session.execute(ADD, {"group": group})
    row = (await session.execute(LOCK, {"group": group})).one()
    window = Window.load(row.outcomes).add_all(outcomes)
    stop = {"stopped_at": now, "reason": str(window)} if window.is_open else {"stopped_at": None, "reason": None}
    await session.execute(WRITE, {"group": group, "outcomes": window.dump(), **stop})
    return State(window, window.is_open or row.stopped_at is not None)


async def stops(session: AsyncSession) -> list[Stop]:
    """List the groups of this service that have stopped."""
    return [Stop(*row) for row in await session.execute(STOPPED)]


async def resume(session: AsyncSession, *, group: str) -> bool:
    """Let the group go on with an empty memory. Answers whether it had stopped."""
    return (await session.execute(RESUME, {"group": group})).first() is not None


def consumers_run(database: Database, *, service: str) -> Check:
    """Return the check that names the groups of this service that have stopped, and how to resume them."""

    async def check() -> None:
        async with database.transaction() as session:
            stopped = await stops(session)
        if stopped:
            named = "; ".join(f"{stop.consumer_group} stopped: {stop.reason}" for stop in stopped)
            raise NotReady(f"{named}; heed dlq resume --service {service}")

    return check
