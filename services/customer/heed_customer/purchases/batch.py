"""Many purchases at once: what cannot be read is refused by itself, the others are recorded together."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import HeedError, TooLarge
from heed_common.problems import document, invalid
from heed_customer.outcomes import Outcome, Stored
from heed_customer.purchases import service
from heed_customer.purchases.rules import NewPurchase, RecordedPurchase
from heed_customer.purchases.schemas import BatchOut, ItemOut, PurchaseIn

MAX_ITEMS = 1000


class TooManyItems(TooLarge):
    code, title = "too_many_items", "A batch may have at most 1000 items."


async def record_items(
    session: AsyncSession, *, items: Sequence[object], default_margin: Decimal, now: datetime
) -> BatchOut:
    """The outcomes of a batch, for the caller to read."""
    if len(items) > MAX_ITEMS:
        raise TooManyItems(pointer="/items")
    told = [read_item(item) for item in items]
    outcomes = await record_what_could_be_read(session, told=told, default_margin=default_margin, now=now)
    return BatchOut(items=[_item(raw, outcome) for raw, outcome in zip(items, outcomes, strict=True)])


def read_item(item: object) -> NewPurchase | HeedError:
    """The purchase that the item tells of, or why it cannot be read."""
    try:
        return PurchaseIn.model_validate(item).told()
    except ValidationError as error:
        return invalid(error)


async def record_what_could_be_read(
    session: AsyncSession, *, told: Sequence[NewPurchase | HeedError], default_margin: Decimal, now: datetime
) -> list[Outcome[RecordedPurchase]]:
    """Records the purchases among them; the errors stay in their places."""
    purchases = [item for item in told if isinstance(item, NewPurchase)]
    outcomes = iter(
        await service.record_purchases(session, purchases=purchases, default_margin=default_margin, now=now)
    )
    return [next(outcomes) if isinstance(item, NewPurchase) else item for item in told]


def _item(raw: object, outcome: Outcome[RecordedPurchase]) -> ItemOut:
    if isinstance(outcome, Stored):
        purchase = outcome.thing
        status = 201 if outcome.is_new else 200
        return ItemOut(external_id=purchase.external_id, status=status, id=purchase.id, event_id=purchase.event_id)
    return ItemOut(external_id=_external_id(raw), status=outcome.status, problem=document(outcome))


def _external_id(raw: object) -> str | None:
    """As the caller wrote it, so that they find the item again."""
    external_id = raw.get("external_id") if isinstance(raw, dict) else None
    return external_id if isinstance(external_id, str) else None
