"""Recovery of the customer service after a restore: its events carry all but names and lines."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts import customer as contract
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.recovery import Finding, Outcome, Published, row_version
from heed_customer.customers import repository as customers
from heed_customer.purchases.rules import CENT_OF_A_CENT
from heed_customer.tables import Alias, Customer, Interaction, Purchase, PurchaseReturn, Referral

LOST_NAME = "(lost in a restore)"
LOST_SKU = "lost-in-a-restore"
PUBLIC = ("kind", "role", "buyer_type", "language", "time_zone", "region")
ORDER = (contract.CustomerState, contract.MergeEvent, contract.PurchaseRecorded, contract.CustomerEvent)
"""Customers first, because everything else refers to them; returns after their purchases."""


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Recover each missing row with its own id, so that no event has to be published again."""
    findings: list[Finding] = []
    for one in sorted(published.events, key=_rank):
        event = one.event
        match event:
            case contract.CustomerState():
                findings += await _customer(session, published, one, event, now)
            case contract.MergeEvent():
                findings += await _merge(session, published, one, event, now)
            case contract.PurchaseRecorded():
                row = _purchase(event, one, now)
                findings += await _add(session, Purchase, row, "its lines are one: " + LOST_SKU)
            case contract.PurchaseReturned():
                findings += await _return(session, event, one, now)
            case contract.InteractionRecorded():
                findings += await _add(session, Interaction, _interaction(event, one, now), "without what was promised")
            case contract.ReferralRecorded():
                findings += await _add(session, Referral, _referral(event, one, now), "")
    return findings


def _rank(received: ReceivedEvent[Event]) -> int:
    return next((place for place, kind in enumerate(ORDER) if isinstance(received.event, kind)), len(ORDER))


async def _customer(
    session: AsyncSession,
    published: Published,
    received: ReceivedEvent[Event],
    event: contract.CustomerState,
    now: datetime,
) -> list[Finding]:
    """Recover a customer. Name, owner and external id are in no event, because the log stores events forever."""
    customer = await customers.lock(session, event.customer_id)
    public = {name: getattr(event, name) for name in PUBLIC}
    if customer is None:
        made = {
            "fingerprint": NO_FINGERPRINT,
            "event_id": received.id,
            "registered_at": event.occurred_at,
            "changed_at": now,
        }
        session.add(
            Customer(id=event.customer_id, name=LOST_NAME, version=row_version(received), revision=1, **public, **made)
        )
        await session.flush()
        return [Finding("customer", event.customer_id, Outcome.LOST, "name, owner, external_id; all else is recovered")]
    if not published.is_missing(received, version=customer.version):
        return []
    customer.version, customer.changed_at = row_version(received), now
    customer.revision += 1
    for name, value in public.items():
        setattr(customer, name, value)
    gone = sorted(set(getattr(event, "changed", ())) - set(PUBLIC))
    if gone:
        return [Finding("customer", customer.id, Outcome.LOST, f"the change of {', '.join(gone)}")]
    return [Finding("customer", customer.id, Outcome.RECOVERED)]


async def _merge(
    session: AsyncSession,
    published: Published,
    received: ReceivedEvent[Event],
    event: contract.MergeEvent,
    now: datetime,
) -> list[Finding]:
    duplicate = await customers.lock(session, event.customer_id)
    if duplicate is None or not published.is_missing(received, version=duplicate.version):
        return []
    duplicate.version = row_version(received)
    survivor = event.survivor_id if isinstance(event, contract.CustomerMerged) else None
    session.add(Alias(member=duplicate.id, version=duplicate.version, survivor=survivor, known_at=now))
    await session.flush()
    return [Finding("merge", duplicate.id, Outcome.RECOVERED)]


async def _return(
    session: AsyncSession, event: contract.PurchaseReturned, received: ReceivedEvent[Event], now: datetime
) -> list[Finding]:
    purchase = await session.get(Purchase, event.purchase_id, with_for_update=True, populate_existing=True)
    if purchase is None:
        return [Finding("return", event.return_id, Outcome.LOST, f"its purchase {event.purchase_id} is not known")]
    found = await _add(session, PurchaseReturn, _returned(event, received, now), "without its lines and its note")
    purchase.version = max(purchase.version, row_version(received))
    return found


async def _add(session: AsyncSession, table: type[Any], row: dict[str, Any], what: str) -> list[Finding]:
    """Insert the row unless it was in the backup or was recovered before."""
    added = insert(table).values(row).on_conflict_do_nothing().returning(table.id)
    if await session.scalar(added) is None:
        return []
    return [Finding(table.__tablename__, row["id"], Outcome.RECOVERED, what)]


def _made(received: ReceivedEvent[Event], now: datetime) -> dict[str, Any]:
    event: Any = received.event
    return {
        "external_id": event.external_id,
        "fingerprint": NO_FINGERPRINT,
        "event_id": received.id,
        "occurred_at": event.occurred_at,
        "recorded_at": now,
    }


def _purchase(event: contract.PurchaseRecorded, received: ReceivedEvent[Event], now: datetime) -> dict[str, Any]:
    line = {
        "sku": LOST_SKU,
        "category": event.categories[0] if event.categories else LOST_SKU,
        "quantity": str(event.units),
        "unit_price": str((event.gross / event.units if event.units else event.gross).quantize(CENT_OF_A_CENT)),
        "unit_cost": None,
        "gross": str(event.gross),
        "margin": str(event.margin),
    }
    same = ("customer_id", "kind", "currency", "units", "gross", "margin", "margin_estimated", "service_point_id")
    row = _made(received, now) | {name: getattr(event, name) for name in same}
    row["external_id"] = event.external_id or f"restored:{event.purchase_id}"
    return row | {"id": event.purchase_id, "lines": [line], "version": row_version(received)}


def _returned(event: contract.PurchaseReturned, received: ReceivedEvent[Event], now: datetime) -> dict[str, Any]:
    same = ("purchase_id", "units", "gross", "margin", "reason")
    row = _made(received, now) | {name: getattr(event, name) for name in same}
    row["external_id"] = event.external_id or f"restored:{event.return_id}"
    return row | {"id": event.return_id, "note": None, "lines": []}


def _interaction(event: contract.InteractionRecorded, received: ReceivedEvent[Event], now: datetime) -> dict[str, Any]:
    same = ("customer_id", "kind", "channel", "currency", "cost", "campaign")
    return _made(received, now) | {name: getattr(event, name) for name in same} | {"id": event.interaction_id}


def _referral(event: contract.ReferralRecorded, received: ReceivedEvent[Event], now: datetime) -> dict[str, Any]:
    same = {"customer_id": event.customer_id, "referred_customer_id": event.referred_customer_id}
    return _made(received, now) | same | {"id": event.referral_id}
