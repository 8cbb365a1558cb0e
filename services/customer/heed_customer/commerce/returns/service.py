"""Use case of returns."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.customer import PurchaseReturned, ReturnReason
from heed_common.errors import ExternalIdConflict
from heed_common.fields import CLOCK_TOLERANCE
from heed_common.identifiers import new_id
from heed_common.occurrence import OutOfOrder, check_occurrence
from heed_common.upserts import Upserted
from heed_customer.commerce.purchases import service as purchases
from heed_customer.commerce.purchases.tables import Purchase
from heed_customer.commerce.returns import repository, rules
from heed_customer.commerce.returns.rules import NewReturn, ReturnedLine, Value
from heed_customer.commerce.returns.tables import PurchaseReturn


async def return_purchase(
    session: AsyncSession, *, purchase_id: UUID, new: NewReturn, earliest: date, now: datetime
) -> Upserted[PurchaseReturn]:
    """Record the return with its share of the purchase's value and publish it.

    Raises `PurchaseNotFound`, `OutOfOrder`, `SkuUnknown`, `ReturnExceedsPurchase`, `ExternalIdConflict`.
    """
    check_occurrence(new.occurred_at, earliest=earliest, now=now, pointer="/occurred_at")
    purchase = await purchases.lock_purchase(session, purchase_id=purchase_id)
    earlier = await repository.find_returns(session, purchase_id=purchase_id, external_id=new.external_id)
    if same := [row for row in earlier if row.external_id == new.external_id]:
        return _repeated(same[0], purchase_id=purchase_id, new=new)
    if new.occurred_at + CLOCK_TOLERANCE < purchase.occurred_at:
        raise OutOfOrder("Nothing can be returned before it was bought.", pointer="/occurred_at")
    value = rules.value_of_return(purchases.lines_of(purchase), returned=_lines_of(earlier), lines=new.lines)
    row = await repository.insert_return(session, _new_row(purchase_id, new, value, now=now))
    if row is None:
        raise ExternalIdConflict(pointer="/external_id")
    purchase.version += 1
    event = _to_event(purchase, row)
    await outbox.stage(session, event, aggversion=purchase.version, now=now, event_id=row.event_id)
    return Upserted(row, created=True)


def _repeated(row: PurchaseReturn, *, purchase_id: UUID, new: NewReturn) -> Upserted[PurchaseReturn]:
    if (
        row.purchase_id == purchase_id and row.fingerprint == NO_FINGERPRINT
    ):  # Recovered from its event, without its lines.
        row.lines = [{"sku": line.sku, "quantity": str(line.quantity)} for line in new.lines]
        row.note, row.fingerprint = new.note, rules.content_hash(new)
    is_same = row.fingerprint == rules.content_hash(new) or rules.is_same(_to_domain(row), new)
    if row.purchase_id != purchase_id or not is_same:
        raise ExternalIdConflict(pointer="/external_id")
    return Upserted(row, created=False)


def _to_domain(row: PurchaseReturn) -> NewReturn:
    return NewReturn(row.external_id, row.occurred_at, tuple(_lines_of([row])), ReturnReason(row.reason), row.note)


def _lines_of(rows: Sequence[PurchaseReturn]) -> list[ReturnedLine]:
    return [ReturnedLine(line["sku"], Decimal(line["quantity"])) for row in rows for line in row.lines]


def _new_row(purchase_id: UUID, new: NewReturn, value: Value, *, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "event_id": new_id(),
        "external_id": new.external_id,
        "purchase_id": purchase_id,
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


def _to_event(purchase: Purchase, row: PurchaseReturn) -> PurchaseReturned:
    return PurchaseReturned(
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
