"""Recovery of the customer service after a restore: its events carry everything but names and lines."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts import customer as contract
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.identifiers import new_id
from heed_common.messages import recovery as messages
from heed_common.recovery import Finding, Published, RecoveryOutcome, row_version
from heed_customer.commerce.interactions.tables import Interaction, Referral
from heed_customer.commerce.purchases.rules import PRICE_STEP
from heed_customer.commerce.purchases.tables import Purchase
from heed_customer.commerce.returns.tables import PurchaseReturn
from heed_customer.commitments.promises.rules import PromiseState
from heed_customer.commitments.promises.tables import Promise
from heed_customer.reach.consents.tables import ConsentDecision
from heed_customer.reach.contacts import recovery as contacts
from heed_customer.records.customers import repository as customers
from heed_customer.records.customers.tables import Customer
from heed_customer.records.merges import repository as merges

NAME_PLACEHOLDER = "(lost in a restore)"
TEXT_PLACEHOLDER = NAME_PLACEHOLDER
SKU_PLACEHOLDER = "lost-in-a-restore"
RECORDED_BY = "restore"
PUBLISHED_FIELDS = ("kind", "role", "buyer_type", "language", "time_zone", "region")
RECOVERY_ORDER = (contract.CustomerState, contract.MergeEvent, contract.PurchaseRecorded, contract.CustomerEvent)
"""Customers first, because everything else refers to them; returns after their purchases."""


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Recover each missing row with its own id, so that no event has to be published again."""
    findings: list[Finding] = []
    for received in sorted(published.events, key=_rank):
        event = received.event
        match event:
            case contract.CustomerState():
                findings += await _recover_customer(session, published, received, event, now)
            case contract.MergeEvent():
                findings += await _recover_merge(session, published, received, event, now)
            case contract.PromiseEvent():
                findings += await _recover_promise(session, published, received, event, now)
            case contract.ContactChanged():
                continue  # All changes of a contact are recovered together.
            case contract.ConsentChanged():
                findings += await _recover_decision(session, event, received)
            case contract.CustomerEvent():
                findings += await _recover_commerce(session, event, received, now)
    findings += await contacts.recover(session, published, now)
    return findings + await messages.recover(session, published, now)


def _rank(received: ReceivedEvent[Event]) -> int:
    ranks = (rank for rank, kind in enumerate(RECOVERY_ORDER) if isinstance(received.event, kind))
    return next(ranks, len(RECOVERY_ORDER))


async def _recover_customer(
    session: AsyncSession,
    published: Published,
    received: ReceivedEvent[Event],
    event: contract.CustomerState,
    now: datetime,
) -> list[Finding]:
    """Recover a customer. Name, owner and external id are in no event, because the log stores events forever."""
    customer = await customers.lock_customer(session, event.customer_id)
    fields = {name: getattr(event, name) for name in PUBLISHED_FIELDS}
    if customer is None:
        await customers.add_customer(session, _customer_row(event, received, now))
        return [
            Finding(
                "customer", event.customer_id, RecoveryOutcome.LOST, "name, owner, external_id; the rest is recovered"
            )
        ]
    if not published.is_missing(received, version=customer.version):
        return []
    customer.version, customer.changed_at = row_version(received), now
    customer.revision += 1
    for name, value in fields.items():
        setattr(customer, name, value)
    lost = sorted(set(getattr(event, "changed", ())) - set(PUBLISHED_FIELDS))
    if lost:
        return [Finding("customer", customer.id, RecoveryOutcome.LOST, f"the change of {', '.join(lost)}")]
    return [Finding("customer", customer.id, RecoveryOutcome.RECOVERED)]


def _customer_row(event: contract.CustomerState, received: ReceivedEvent[Event], now: datetime) -> Customer:
    return Customer(
        id=event.customer_id,
        name=NAME_PLACEHOLDER,
        version=row_version(received),
        revision=1,
        fingerprint=NO_FINGERPRINT,
        event_id=received.id,
        registered_at=event.occurred_at,
        changed_at=now,
        **{name: getattr(event, name) for name in PUBLISHED_FIELDS},
    )


async def _recover_merge(
    session: AsyncSession,
    published: Published,
    received: ReceivedEvent[Event],
    event: contract.MergeEvent,
    now: datetime,
) -> list[Finding]:
    duplicate = await customers.lock_customer(session, event.customer_id)
    if duplicate is None or not published.is_missing(received, version=duplicate.version):
        return []
    duplicate.version = row_version(received)
    survivor_id = event.survivor_id if isinstance(event, contract.CustomerMerged) else None
    await merges.append_merge(session, duplicate, survivor_id, recorded_at=now)
    return [Finding("merge", duplicate.id, RecoveryOutcome.RECOVERED)]


async def _recover_decision(
    session: AsyncSession, event: contract.ConsentChanged, received: ReceivedEvent[Event]
) -> list[Finding]:
    customer = await customers.lock_customer(session, event.customer_id)
    if customer is None:
        return [Finding("consent_decision", event.customer_id, RecoveryOutcome.LOST, "its customer is unknown")]
    customer.version = max(customer.version, row_version(received))
    return await _insert(session, ConsentDecision, _decision_row(event, received), "without its source and proof")


async def _recover_commerce(
    session: AsyncSession, event: contract.CustomerEvent, received: ReceivedEvent[Event], now: datetime
) -> list[Finding]:
    match event:
        case contract.PurchaseRecorded():
            row = _purchase_row(event, received, now)
            return await _insert(session, Purchase, row, "its lines are one: " + SKU_PLACEHOLDER)
        case contract.PurchaseReturned():
            return await _recover_return(session, event, received, now)
        case contract.InteractionRecorded():
            return await _insert(
                session, Interaction, _interaction_row(event, received, now), "without what was promised"
            )
        case contract.ReferralRecorded():
            return await _insert(session, Referral, _referral_row(event, received, now), "")
    return []


async def _recover_return(
    session: AsyncSession, event: contract.PurchaseReturned, received: ReceivedEvent[Event], now: datetime
) -> list[Finding]:
    purchase = await session.get(Purchase, event.purchase_id, with_for_update=True, populate_existing=True)
    if purchase is None:
        return [
            Finding("return", event.return_id, RecoveryOutcome.LOST, f"its purchase {event.purchase_id} is unknown")
        ]
    row = _return_row(event, received, now)
    findings = await _insert(session, PurchaseReturn, row, "without its lines and its note")
    purchase.version = max(purchase.version, row_version(received))
    return findings


async def _recover_promise(
    session: AsyncSession,
    published: Published,
    received: ReceivedEvent[Event],
    event: contract.PromiseEvent,
    now: datetime,
) -> list[Finding]:
    if not isinstance(event, contract.PromiseSettled):
        row = _promise_row(event, received, now)
        return await _insert(session, Promise, row, "without its text and the names of its people")
    promise = await session.get(Promise, event.promise_id, with_for_update=True, populate_existing=True)
    if promise is None or not published.is_missing(received, version=promise.version):
        return []
    promise.state = PromiseState.KEPT if event.kept else PromiseState.BROKEN
    promise.settled_at, promise.version = event.occurred_at, row_version(received)
    return [Finding("promise", promise.id, RecoveryOutcome.RECOVERED, "without the note of its settlement")]


async def _insert(session: AsyncSession, table: type[Any], row: dict[str, Any], detail: str) -> list[Finding]:
    """Insert the row unless it was in the backup or was recovered before."""
    inserted = insert(table).values(row).on_conflict_do_nothing().returning(table.id)
    if await session.scalar(inserted) is None:
        return []
    return [Finding(table.__tablename__, row["id"], RecoveryOutcome.RECOVERED, detail)]


def _common_columns(received: ReceivedEvent[Event], now: datetime) -> dict[str, Any]:
    event: Any = received.event
    return {
        "external_id": event.external_id,
        "fingerprint": NO_FINGERPRINT,
        "event_id": received.id,
        "occurred_at": event.occurred_at,
        "recorded_at": now,
    }


def _purchase_row(event: contract.PurchaseRecorded, received: ReceivedEvent[Event], now: datetime) -> dict[str, Any]:
    line = {
        "sku": SKU_PLACEHOLDER,
        "category": event.categories[0] if event.categories else SKU_PLACEHOLDER,
        "quantity": str(event.units),
        "unit_price": str((event.gross / event.units if event.units else event.gross).quantize(PRICE_STEP)),
        "unit_cost": None,
        "gross": str(event.gross),
        "margin": str(event.margin),
    }
    copied = ("customer_id", "kind", "currency", "units", "gross", "margin", "margin_estimated", "service_point_id")
    row = _common_columns(received, now) | {name: getattr(event, name) for name in copied}
    row["external_id"] = event.external_id or f"restored:{event.purchase_id}"
    return row | {"id": event.purchase_id, "lines": [line], "version": row_version(received)}


def _return_row(event: contract.PurchaseReturned, received: ReceivedEvent[Event], now: datetime) -> dict[str, Any]:
    copied = ("purchase_id", "units", "gross", "margin", "reason")
    row = _common_columns(received, now) | {name: getattr(event, name) for name in copied}
    row["external_id"] = event.external_id or f"restored:{event.return_id}"
    return row | {"id": event.return_id, "note": None, "lines": []}


def _decision_row(event: contract.ConsentChanged, received: ReceivedEvent[Event]) -> dict[str, Any]:
    copied = ("customer_id", "purpose", "channel", "granted", "by_guardian", "valid_from", "valid_to")
    row = {name: getattr(event, name) for name in copied} | {"replaces_of": list(event.replaces_of)}
    recorded = {"recorded_at": event.occurred_at, "recorded_by": RECORDED_BY, "event_id": received.id}
    return row | recorded | {"id": new_id(), "version": row_version(received)}


def _interaction_row(
    event: contract.InteractionRecorded, received: ReceivedEvent[Event], now: datetime
) -> dict[str, Any]:
    copied = ("customer_id", "kind", "channel", "currency", "cost", "campaign")
    row = _common_columns(received, now) | {name: getattr(event, name) for name in copied}
    return row | {"id": event.interaction_id}


def _promise_row(event: contract.PromiseEvent, received: ReceivedEvent[Event], now: datetime) -> dict[str, Any]:
    names = dict.fromkeys(("description", "made_by", "recorded_by"), TEXT_PLACEHOLDER)
    row = {"id": event.promise_id, "customer_id": event.customer_id, "due_at": event.due_at, "recorded_at": now}
    return row | names | {"state": PromiseState.OPEN, "version": row_version(received)}


def _referral_row(event: contract.ReferralRecorded, received: ReceivedEvent[Event], now: datetime) -> dict[str, Any]:
    copied = {"customer_id": event.customer_id, "referred_customer_id": event.referred_customer_id}
    return _common_columns(received, now) | copied | {"id": event.referral_id}
