"""Batches of purchases: invalid items are rejected, the others are recorded together."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.cooperation import in_slices
from heed_common.errors import HeedError
from heed_common.problems import MAX_ERRORS, Invalid, invalid, problem_document
from heed_customer.commerce.purchases import service
from heed_customer.commerce.purchases.errors import TooManyItems, TooManyLines
from heed_customer.commerce.purchases.rules import NewPurchase, RecordedPurchase
from heed_customer.commerce.purchases.schemas import BatchItemOut, BatchOut, parse_purchase
from heed_customer.item_results import ItemOutcome, merge_in_order

MAX_ITEMS = 1000
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
    parsed = [_parse(item) async for item in in_slices(items)]
    purchases = [item for item in parsed if isinstance(item, NewPurchase)]
    recorded = await service.record_purchases(
        session, purchases=purchases, default_margin=default_margin, earliest=earliest, now=now
    )
    outcomes = _with_limited_errors(merge_in_order(parsed, recorded))
    return BatchOut(items=[_to_item(raw, outcome) for raw, outcome in zip(items, outcomes, strict=True)])


def _parse(item: object) -> NewPurchase | HeedError:
    try:
        return parse_purchase(item)
    except ValidationError as error:
        return invalid(error)


def _line_count(item: object) -> int:
    """Return the number of entries; whether they are valid lines is checked later."""
    lines = item.get("lines") if isinstance(item, dict) else None
    return len(lines) if isinstance(lines, list) else 0


def _with_limited_errors(outcomes: Sequence[ItemOutcome[RecordedPurchase]]) -> Iterator[ItemOutcome[RecordedPurchase]]:
    """Yield the outcomes with no more errors in all than one response may have."""
    left = MAX_ERRORS
    for outcome in outcomes:
        if isinstance(outcome, Invalid):
            shown = outcome.at_most(left)
            left -= len(shown.errors)
            yield shown
        else:
            yield outcome


def _to_item(raw: object, outcome: ItemOutcome[RecordedPurchase]) -> BatchItemOut:
    if isinstance(outcome, HeedError):
        return BatchItemOut(external_id=_external_id(raw), status=outcome.status, problem=problem_document(outcome))
    purchase, created = outcome
    status = 201 if created else 200
    return BatchItemOut(external_id=purchase.external_id, status=status, id=purchase.id, event_id=purchase.event_id)


def _external_id(raw: object) -> str | None:
    """Return the external_id as the caller wrote it, so that they find the item again."""
    external_id = raw.get("external_id") if isinstance(raw, dict) else None
    return external_id if isinstance(external_id, str) else None
