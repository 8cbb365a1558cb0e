"""Many purchases at once: what cannot be read is refused by itself, the others are recorded together."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.cooperation import in_slices
from heed_common.errors import HeedError, TooLarge
from heed_common.problems import MAX_ERRORS, Invalid, invalid, problem_document
from heed_customer.item_results import Outcome, Stored, in_place
from heed_customer.purchases import service
from heed_customer.purchases.rules import NewPurchase, RecordedPurchase
from heed_customer.purchases.schemas import BatchOut, ItemOut, PurchaseIn

MAX_ITEMS = 1000
MAX_LINES = 20_000
"""Of all items together: more would block other callers."""


class TooManyItems(TooLarge):
    code, title = "too_many_items", "A batch may have at most 1000 items."


class TooManyLines(TooLarge):
    code, title = "too_many_lines", "The purchases of a batch may have at most 20000 lines together."


async def record_items(
    session: AsyncSession, *, items: Sequence[object], default_margin: Decimal, earliest: date, now: datetime
) -> BatchOut:
    """The outcomes of a batch, for the caller to read."""
    if len(items) > MAX_ITEMS:
        raise TooManyItems(pointer="/items")
    if sum(map(_line_count, items)) > MAX_LINES:
        raise TooManyLines(pointer="/items")
    told = [_read(item) async for item in in_slices(items)]
    purchases = [item for item in told if isinstance(item, NewPurchase)]
    outcomes = await service.record_purchases(
        session, purchases=purchases, default_margin=default_margin, earliest=earliest, now=now
    )
    placed = in_place(told, outcomes)
    return BatchOut(items=[_item(raw, outcome) for raw, outcome in zip(items, _few_errors(placed), strict=True)])


def _read(item: object) -> NewPurchase | HeedError:
    """The purchase that the item tells of, or why it cannot be read."""
    try:
        return PurchaseIn.model_validate(item).told()
    except ValidationError as error:
        return invalid(error)


def _line_count(item: object) -> int:
    """Return the number of entries; whether they are valid lines is checked later."""
    lines = item.get("lines") if isinstance(item, dict) else None
    return len(lines) if isinstance(lines, list) else 0


def _few_errors(outcomes: Sequence[Outcome[RecordedPurchase]]) -> Iterator[Outcome[RecordedPurchase]]:
    """Yield the outcomes with no more errors in all than one response may have."""
    left = MAX_ERRORS
    for outcome in outcomes:
        if isinstance(outcome, Invalid):
            shown = outcome.at_most(left)
            left -= len(shown.errors)
            yield shown
        else:
            yield outcome


def _item(raw: object, outcome: Outcome[RecordedPurchase]) -> ItemOut:
    if isinstance(outcome, Stored):
        purchase = outcome.thing
        status = 201 if outcome.is_new else 200
        return ItemOut(external_id=purchase.external_id, status=status, id=purchase.id, event_id=purchase.event_id)
    return ItemOut(external_id=_external_id(raw), status=outcome.status, problem=problem_document(outcome))


def _external_id(raw: object) -> str | None:
    """As the caller wrote it, so that they find the item again."""
    external_id = raw.get("external_id") if isinstance(raw, dict) else None
    return external_id if isinstance(external_id, str) else None
