"""Taking back what was bought, never more than that."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.customer import PurchaseReturned, ReturnReason
from heed_common.fields import CLOCK_TOLERANCE
from heed_common.identifiers import new_id
from heed_common.occurrence import OutOfOrder, check_occurrence
from heed_customer.errors import ExternalIdConflict, PurchaseNotFound
from heed_customer.item_results import Stored
from heed_customer.purchases.repository import line_from_json
from heed_customer.returns import repository, rules
from heed_customer.returns.rules import NewReturn, ReturnedLine, Worth
from heed_customer.tables import Purchase, PurchaseReturn


async def return_purchase(
    session: AsyncSession, *, purchase_id: UUID, told: NewReturn, earliest: date, now: datetime
) -> Stored[PurchaseReturn]:
    """The articles come back, and with them their share of what the purchase was worth."""
    check_occurrence(told.occurred_at, earliest=earliest, now=now, pointer="/occurred_at")
    purchase = await repository.lock_purchase(session, purchase_id)
    if purchase is None:
        raise PurchaseNotFound
    related = await repository.find_related(session, purchase_id=purchase_id, external_id=told.external_id)
    if same := [row for row in related if row.external_id == told.external_id]:
        return _repeated(same[0], purchase_id=purchase_id, told=told)
    if told.occurred_at + CLOCK_TOLERANCE < purchase.occurred_at:
        raise OutOfOrder("Nothing can be returned before it was bought.", pointer="/occurred_at")
    worth = rules.worth_of_return(
        [line_from_json(line) for line in purchase.lines], returned=_returned(related), lines=told.lines
    )
    row = await repository.insert_return(session, _row(purchase_id, told, worth, now=now))
    if row is None:
        raise ExternalIdConflict(pointer="/external_id")
    purchase.version += 1
    event = _event(purchase, row)
    await outbox.stage(session, event, aggversion=purchase.version, now=now, event_id=row.event_id)
    return Stored(row, is_new=True)


def _repeated(row: PurchaseReturn, *, purchase_id: UUID, told: NewReturn) -> Stored[PurchaseReturn]:
    if row.purchase_id == purchase_id and row.fingerprint == NO_FINGERPRINT:  # Recovered from its event without lines.
        row.lines = [{"sku": line.sku, "quantity": str(line.quantity)} for line in told.lines]
        row.note, row.fingerprint = told.note, rules.content_of(told)
    if row.purchase_id != purchase_id or not (
        row.fingerprint == rules.content_of(told) or rules.is_same(_stored(row), told)
    ):
        raise ExternalIdConflict(pointer="/external_id")
    return Stored(row, is_new=False)


def _stored(row: PurchaseReturn) -> NewReturn:
    lines = tuple(_returned([row]))
    return NewReturn(row.external_id, row.occurred_at, lines, ReturnReason(row.reason), row.note)


def _returned(rows: Sequence[PurchaseReturn]) -> list[ReturnedLine]:
    return [ReturnedLine(line["sku"], Decimal(line["quantity"])) for row in rows for line in row.lines]


def _row(purchase_id: UUID, told: NewReturn, worth: Worth, *, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "event_id": new_id(),
        "external_id": told.external_id,
        "purchase_id": purchase_id,
        "occurred_at": told.occurred_at,
        "reason": told.reason.value,
        "note": told.note,
        "lines": [{"sku": line.sku, "quantity": str(line.quantity)} for line in told.lines],
        "units": worth.units,
        "gross": worth.gross,
        "margin": worth.margin,
        "fingerprint": rules.content_of(told),
        "recorded_at": now,
    }


def _event(purchase: Purchase, row: PurchaseReturn) -> PurchaseReturned:
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
