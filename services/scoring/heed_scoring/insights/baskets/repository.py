"""SQL of the market basket: purchases of the ledger, streamed."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.ledger.entry import LedgerKind
from heed_scoring.tables import Ledger

Level = Literal["categories", "products"]
FETCH_SIZE = 5000


class Window(NamedTuple):
    """The purchases to analyse: the newest of those days, up to a number."""

    level: Level
    since: date
    """The day before the first."""
    until: date
    max_baskets: int


async def basket_names(session: AsyncSession, window: Window) -> AsyncIterator[list[str]]:
    """Yield the categories or products of each purchase, read from a cursor."""
    found = (
        select(Ledger.payload[window.level])
        .where(Ledger.kind == LedgerKind.PURCHASE.value, Ledger.day > window.since, Ledger.day <= window.until)
        .where(Ledger.payload.has_key(window.level))
        .order_by(Ledger.day.desc(), Ledger.event_id)
        .limit(window.max_baskets)
        .execution_options(yield_per=FETCH_SIZE)
    )
    async for names in await session.stream_scalars(found):
        yield names
