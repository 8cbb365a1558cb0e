"""The queries of the market basket: purchases as the ledger keeps them, never all of them as objects at once."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Literal, NamedTuple

from sqlalchemy import Subquery, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.ledger import Kind
from heed_scoring.tables import Ledger

Level = Literal["categories", "products"]
ROWS_AT_ONCE = 5000


class Window(NamedTuple):
    """Which purchases are looked at: the newest of those days, up to a number."""

    level: Level
    since: date
    """The day before the first."""
    until: date
    most_baskets: int


async def count(session: AsyncSession, window: Window) -> int:
    return (await session.execute(select(func.count()).select_from(_baskets(window)))).scalar_one()


async def often(session: AsyncSession, window: Window, *, least: int, most_names: int) -> list[str]:
    """The names in at least so many of these purchases, the most frequent first."""
    line = select(func.jsonb_array_elements_text(_baskets(window).c.names).label("name")).subquery()
    times = func.count()
    found = select(line.c.name).group_by(line.c.name).having(times >= least).order_by(times.desc(), line.c.name)
    return list(await session.scalars(found.limit(most_names)))


async def names(session: AsyncSession, window: Window) -> AsyncIterator[list[str]]:
    """What lay together, purchase by purchase, read from a cursor."""
    found = select(_baskets(window).c.names).execution_options(yield_per=ROWS_AT_ONCE)
    async for together in await session.stream_scalars(found):
        yield together


def _baskets(window: Window) -> Subquery:
    return (
        select(Ledger.detail[window.level].label("names"))
        .where(Ledger.kind == Kind.PURCHASE.value, Ledger.day > window.since, Ledger.day <= window.until)
        .where(Ledger.detail.has_key(window.level))
        .order_by(Ledger.day.desc(), Ledger.event_id)
        .limit(window.most_baskets)
        .subquery()
    )
