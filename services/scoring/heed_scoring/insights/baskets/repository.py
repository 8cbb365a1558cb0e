"""The queries of the market basket: purchases as the ledger keeps them, never all of them as objects at once."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.ledger.entry import LedgerKind
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


async def names(session: AsyncSession, window: Window) -> AsyncIterator[list[str]]:
    """What lay together, purchase by purchase, read from a cursor."""
    found = (
        select(Ledger.detail[window.level])
        .where(Ledger.kind == LedgerKind.PURCHASE.value, Ledger.day > window.since, Ledger.day <= window.until)
        .where(Ledger.detail.has_key(window.level))
        .order_by(Ledger.day.desc(), Ledger.event_id)
        .limit(window.most_baskets)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    async for together in await session.stream_scalars(found):
        yield together
