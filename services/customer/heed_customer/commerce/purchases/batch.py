"""Batches of purchases: invalid items are rejected, the others are recorded together."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.batches import MAX_ITEMS, BatchOut, TooManyItems, parse_items, to_batch_out
from heed_customer.commerce.purchases import service
from heed_customer.commerce.purchases.errors import TooManyLines
from heed_customer.commerce.purchases.rules import NewPurchase
from heed_customer.commerce.purchases.schemas import parse_purchase
from heed_customer.item_results import merge_in_order

MAX_LINES = 20_000
"""Of all items together: more would block other callers."""


async def record_purchase_batch(
    session: AsyncSession, *, items: Sequence[object], default_margin: Decimal, earliest: date, now: datetime
) -> BatchOut:
    """Validate and record the items. Raises `TooManyItems`, `TooManyLines`."""
    if len(items) > MAX_ITEMS:
        raise TooManyItems(pointer="/items")
    if sum(map(_line_count, items)) > MAX_LINES:
        raise TooManyLines(pointer="/items")
    parsed = await parse_items(items, parse_purchase)
    purchases = [item for item in parsed if isinstance(item, NewPurchase)]
    recorded = await service.record_purchases(
        session, purchases=purchases, default_margin=default_margin, earliest=earliest, now=now
    )
    return to_batch_out(items, merge_in_order(parsed, recorded))


def _line_count(item: object) -> int:
    """Return the number of entries; whether they are valid lines is checked later."""
    lines = item.get("lines") if isinstance(item, dict) else None
    return len(lines) if isinstance(lines, list) else 0
