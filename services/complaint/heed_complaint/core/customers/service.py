"""Projections of customer and scoring events. Of each source the newest version wins, in any order of arrival."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.content_hash import hash_external_id
from heed_common.contracts.customer import CustomerMerged, CustomerState, MergeEvent, PurchaseRecorded, PurchaseReturned
from heed_common.contracts.scoring import ScoreChanged
from heed_common.decoding import ReceivedEvent
from heed_complaint.core.customers import families, repository
from heed_complaint.core.customers.errors import CustomerUnknown
from heed_complaint.core.customers.repository import UpsertedCustomer
from heed_complaint.core.customers.tables import SavedValueForecast
from heed_complaint.core.priority_rank import repository as refresh

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between looking for a customer whose registration may be on its way."""
MAX_WAITING = 2
"""Of a process at the same time: each holds a connection, and unknown customers must not take them from the others."""
waiting = asyncio.Semaphore(MAX_WAITING)


async def apply_customer_events(session: AsyncSession, events: Sequence[ReceivedEvent[CustomerState]]) -> None:
    """Store the state of the customers."""
    rows = [
        {name: getattr(received.event, name) for name in repository.STATE_COLUMNS}
        | {"id": received.event.customer_id, "customer_version": received.aggversion}
        for received in _newest(events)
    ]
    await _mark_for_replanning(session, await repository.upsert_state(session, rows))


async def apply_scores(session: AsyncSession, events: Sequence[ReceivedEvent[ScoreChanged]]) -> None:
    """Store the scores of the customers and the forecasts of their open complaints, and refresh priority ranks."""
    newest = _newest(events)
    upserted = await repository.upsert_scores(session, [_score_columns(received) for received in newest])
    await _mark_for_replanning(session, upserted)
    updated = {customer.id for customer in upserted}
    accepted = [received for received in newest if received.event.customer_id in updated]
    forecasts = [row for received in accepted for row in _forecast_rows(received)]
    latest = {row["complaint_id"]: row for row in sorted(forecasts, key=lambda row: row["forecast_at"])}
    await repository.upsert_forecasts(session, list(latest.values()))
    archived = await repository.archive_outdated_forecasts(
        session, {received.event.customer_id: received.event.occurred_at for received in accepted}
    )
    await refresh.lock_and_refresh_ranks(session, {*latest, *archived})


async def load_forecast(session: AsyncSession, *, complaint_id: UUID) -> SavedValueForecast | None:
    """Return the forecast of the complaint; None if it is resolved, or scoring has sent none."""
    return (await repository.load_forecasts(session, [complaint_id])).get(complaint_id)


async def find_ids(
    session: AsyncSession, *, ids: Collection[UUID], external_id_hashes: Collection[str]
) -> tuple[set[UUID], dict[str, UUID]]:
    """Return those of the ids that are known, and the ids of the customers with these hashes of external ids."""
    known = await repository.existing_ids(session, ids) if ids else set()
    named = await repository.ids_by_external_id_hash(session, external_id_hashes) if external_id_hashes else {}
    return known, named


async def find_named(session: AsyncSession, *, external_id: str) -> UUID:
    """Return the customer with this id of the caller. Raises `CustomerUnknown`."""
    hashed = hash_external_id(external_id)
    named = await repository.ids_by_external_id_hash(session, [hashed])
    if hashed not in named:
        raise CustomerUnknown(pointer="/customer_external_id")
    return named[hashed]


async def wait_for_named(session: AsyncSession, *, external_id: str) -> UUID:
    """As `find_named`, but a customer that was registered a moment ago is waited for: the event is on its way."""
    if waiting.locked():
        return await find_named(session, external_id=external_id)
    async with waiting:
        for pause in PAUSES:
            try:
                return await find_named(session, external_id=external_id)
            except CustomerUnknown:
                await asyncio.sleep(pause)
        return await find_named(session, external_id=external_id)


async def apply_merges(session: AsyncSession, events: Sequence[ReceivedEvent[MergeEvent]]) -> None:
    """Store merges and un-merges, and mark the complaints of all affected customers for replanning."""
    newest = _newest(events)
    rows = [
        {
            "duplicate_id": received.event.customer_id,
            "survivor_id": received.event.survivor_id if isinstance(received.event, CustomerMerged) else None,
            "version": received.aggversion,
        }
        for received in newest
    ]
    await repository.upsert_aliases(session, rows)
    # An agreement with one customer applies to its family: complaints of both sides are affected, on an un-merge too.
    merged = {id_ for received in newest for id_ in (received.event.customer_id, received.event.survivor_id)}
    affected = (await families.families_of(session, merged)).values()
    await repository.mark_for_replanning(session, set[UUID]().union(*affected))


async def apply_purchases(session: AsyncSession, events: Sequence[ReceivedEvent[PurchaseRecorded]]) -> None:
    """Add the units of purchases."""
    rows = [
        {
            "purchase_id": received.event.purchase_id,
            "customer_id": received.event.customer_id,
            "occurred_at": received.event.occurred_at,
            "units": received.event.units,
            "returned": 0,
        }
        for received in events
    ]
    await repository.add_purchase_units(session, rows)


async def apply_returns(session: AsyncSession, events: Sequence[ReceivedEvent[PurchaseReturned]]) -> None:
    """Add the returned units of purchases, of which a batch may have several returns."""
    rows: dict[UUID, dict[str, Any]] = {}
    for event in (received.event for received in events):
        row = rows.setdefault(
            event.purchase_id,
            {
                "purchase_id": event.purchase_id,
                "customer_id": event.customer_id,
                "occurred_at": event.purchase_occurred_at,
                "units": 0,
                "returned": 0,
            },
        )
        row["returned"] += event.units
    await repository.add_purchase_units(session, list(rows.values()))


async def _mark_for_replanning(session: AsyncSession, customers: Sequence[UpsertedCustomer]) -> None:
    """Mark the open complaints of these customers, and of those merged into them, if their deadlines may move."""
    relevant = [customer.id for customer in customers if customer.moves_deadlines]
    if relevant:
        await repository.mark_for_replanning(session, await families.members_of(session, relevant))


def _newest(events: Iterable[ReceivedEvent[Any]]) -> list[ReceivedEvent[Any]]:
    """Return the newest event of each customer."""
    newest = {received.event.customer_id: received for received in sorted(events, key=lambda each: each.aggversion)}
    return list(newest.values())


def _score_columns(received: ReceivedEvent[ScoreChanged]) -> dict[str, Any]:
    event = received.event
    return {
        "id": event.customer_id,
        "tier": event.value.tier,
        "loyalty_class": event.loyalty.loyalty_class,
        "churn_risk": event.churn_risk.probability,
        "churn_band": event.churn_risk.band,
        "value_at_risk": event.value_at_risk,
        "potential_value": event.value.potential,
        "value_currency": event.value.currency,
        "score_version": received.aggversion,
    }


def _forecast_rows(received: ReceivedEvent[ScoreChanged]) -> list[dict[str, Any]]:
    event = received.event
    return [
        forecast.model_dump()
        | {
            "customer_id": event.customer_id,
            "currency": event.value.currency,
            "forecast_at": event.occurred_at,
            "score_version": received.aggversion,
        }
        for forecast in event.complaints
    ]
