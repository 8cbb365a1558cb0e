"""Use case of returns. Single calls and groups of them record returns in the same way."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.customer import PurchaseReturned, ReturnReason
from heed_common.errors import ExternalIdConflict, HeedError
from heed_common.fields import CLOCK_TOLERANCE
from heed_common.identifiers import new_id
from heed_common.occurrence import OutOfOrder, check_occurrence
from heed_common.outbox import StagedEvent
from heed_common.trace import Origin
from heed_common.upserts import Upserted
from heed_customer.commerce.purchases import service as purchases
from heed_customer.commerce.purchases.errors import PurchaseNotFound
from heed_customer.commerce.purchases.tables import Purchase
from heed_customer.commerce.returns import repository, rules
from heed_customer.commerce.returns.rules import NewReturn, ReturnedLine, ReturnFilter, Value
from heed_customer.commerce.returns.tables import PurchaseReturn
from heed_customer.item_results import ItemOutcome


async def record_returns(
    session: AsyncSession, *, returns: Sequence[NewReturn], earliest: date, now: datetime
) -> list[ItemOutcome[PurchaseReturn]]:
    """Record returns of different purchases, with their shares of the values, and publish them.

    Return the outcomes in the given order: errors are `PurchaseNotFound`, `OutOfOrder`, `SkuUnknown`,
    `ReturnExceedsPurchase`, `ExternalIdConflict`. The last is raised if a concurrent return has one of the ids.
    """
    bought = await purchases.lock_purchases(session, purchase_ids={new.purchase_id for new in returns})
    stored = await repository.find_returns(
        session, purchase_ids=bought, external_ids={new.external_id for new in returns}
    )
    decided = [_decide(new, bought.get(new.purchase_id), stored, earliest=earliest, now=now) for new in returns]
    rows = [item for item in decided if isinstance(item, dict)]
    inserted = await repository.insert_returns(session, rows) if rows else {}
    if len(inserted) < len(rows):
        raise ExternalIdConflict(pointer="/external_id")
    origins = {new.purchase_id: new.origin for new in returns}
    created = [inserted[row["id"]] for row in rows]
    events = [_next_event(bought[row.purchase_id], row, origins[row.purchase_id]) for row in created]
    await outbox.stage_all(session, events, now=now)
    return [Upserted(inserted[item["id"]], created=True) if isinstance(item, dict) else item for item in decided]


async def list_returns(
    session: AsyncSession, *, filters: ReturnFilter, after: tuple[Any, ...] | None, limit: int
) -> Sequence[PurchaseReturn]:
    """Return a page of the returns that meet the filters, the newest first."""
    return await repository.list_returns(session, filters, after=after, limit=limit)


def _decide(
    new: NewReturn,
    purchase: Purchase | None,
    stored: Sequence[PurchaseReturn],
    *,
    earliest: date,
    now: datetime,
) -> ItemOutcome[PurchaseReturn] | dict[str, Any]:
    """Return the columns of a new return, or the outcome of one that is repeated or refused."""
    try:
        check_occurrence(new.occurred_at, earliest=earliest, now=now, pointer="/occurred_at")
        if purchase is None:
            raise PurchaseNotFound
        same = next((row for row in stored if row.external_id == new.external_id), None)
        if same is not None:
            return _repeated(same, new)
        earlier = [row for row in stored if row.purchase_id == new.purchase_id]
        return _new_row(new, _value_of(new, purchase, earlier), now=now)
    except HeedError as error:
        return error


def _value_of(new: NewReturn, purchase: Purchase, earlier: Sequence[PurchaseReturn]) -> Value:
    """Return the value after earlier returns. Raises `OutOfOrder`, `SkuUnknown`, `ReturnExceedsPurchase`."""
    if new.occurred_at + CLOCK_TOLERANCE < purchase.occurred_at:
        raise OutOfOrder("Nothing can be returned before it was bought.", pointer="/occurred_at")
    return rules.value_of_return(purchases.lines_of(purchase), returned=_lines_of(earlier), lines=new.lines)


def _repeated(row: PurchaseReturn, new: NewReturn) -> Upserted[PurchaseReturn]:
    is_recovered = row.fingerprint == NO_FINGERPRINT
    if row.purchase_id == new.purchase_id and is_recovered:  # From its event, without its lines.
        row.lines = [{"sku": line.sku, "quantity": str(line.quantity)} for line in new.lines]
        row.note, row.fingerprint = new.note, rules.content_hash(new)
    is_same = row.fingerprint == rules.content_hash(new) or rules.is_same(_to_domain(row), new)
    if row.purchase_id != new.purchase_id or not is_same:
        raise ExternalIdConflict(pointer="/external_id")
    return Upserted(row, created=False)


def _to_domain(row: PurchaseReturn) -> NewReturn:
    lines = tuple(_lines_of([row]))
    return NewReturn(row.purchase_id, row.external_id, row.occurred_at, lines, ReturnReason(row.reason), row.note)


def _lines_of(rows: Sequence[PurchaseReturn]) -> list[ReturnedLine]:
    return [ReturnedLine(line["sku"], Decimal(line["quantity"])) for row in rows for line in row.lines]


def _new_row(new: NewReturn, value: Value, *, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "event_id": new_id(),
        "external_id": new.external_id,
        "purchase_id": new.purchase_id,
        "occurred_at": new.occurred_at,
        "reason": new.reason.value,
        "note": new.note,
        "lines": [{"sku": line.sku, "quantity": str(line.quantity)} for line in new.lines],
        "units": value.units,
        "gross": value.gross,
        "margin": value.margin,
        "fingerprint": rules.content_hash(new),
        "recorded_at": now,
    }


def _next_event(purchase: Purchase, row: PurchaseReturn, origin: Origin | None) -> StagedEvent:
    purchase.version += 1
    event = PurchaseReturned(
        occurred_at=row.occurred_at,
        customer_id=purchase.customer_id,
        purchase_id=purchase.id,
        return_id=row.id,
        purchase_occurred_at=purchase.occurred_at,
        currency=purchase.currency,
        units=row.units,
        gross=row.gross,
        margin=row.margin,
        reason=row.reason,
        external_id=row.external_id,
    )
    return StagedEvent(event, purchase.version, id=row.event_id, origin=origin)
