"""Rows of a job of which one is poisonous: PostgreSQL refuses each write to it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

FAIL = text("""
    CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poisonous'; END $$
""")


@dataclass(frozen=True)
class Rows:
    """What is there to be done: keys as the lists name them, and how to make the bad one fail."""

    good: Sequence[str]
    bad: str
    poison: str
    """The trigger's event, table and condition."""


@dataclass(frozen=True)
class Case:
    arrange: Callable[[AsyncSession], Awaitable[Rows]]
    done: str
    """The keys of what was done."""
    job: str = ""
    """Where it is not the name of the loop."""


async def poison(session: AsyncSession, rows: Rows) -> None:
    await session.execute(FAIL)
    event, table, condition = rows.poison.split("|")
    trigger = (
        f"CREATE TRIGGER poison BEFORE {event} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION poison()"
    )
    await session.execute(text(trigger))


async def mend(session: AsyncSession) -> None:
    await session.execute(text("DROP FUNCTION poison CASCADE"))


def three(ids: Sequence[UUID], table: str, column: str, event: str = "INSERT OR UPDATE") -> Rows:
    """The second of three is the bad one."""
    first, bad, last = map(str, ids)
    return Rows([first, last], bad, f"{event}|{table}|NEW.{column} = '{bad}'")
