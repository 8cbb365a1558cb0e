"""Projection of customer events. Of each source the newest version wins, in any order of arrival."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import CustomerMerged, CustomerState, MergeEvent, PurchaseRecorded, PurchaseReturned
from heed_common.contracts.scoring import ScoreChanged
from heed_common.decoding import ReceivedEvent
from heed_complaint.core.customers import families, repository
from heed_complaint.core.customers.tables import Outlook
from heed_complaint.core.priority_rank import repository as refresh

STATE = ("kind", "role", "buyer_type", "language", "time_zone", "region")
SLA_RELEVANT_FIELDS = (*STATE, "tier")
"""What deadlines may depend on. Risk and loyalty move because of the complaint itself: a deadline that followed them
would run after its own tail, so they count as they were when it was planned."""


async def apply_customer_events(session: AsyncSession, events: Sequence[ReceivedEvent[CustomerState]]) -> None:
    """Who the customers are, as far as others may know."""
    rows = [
        {name: getattr(one.event, name) for name in STATE}
        | {"id": one.event.customer_id, "customer_version": one.aggversion}
        for one in _newest(events)
    ]
    await _store_newer(session, rows, version="customer_version")


async def apply_scores(session: AsyncSession, events: Sequence[ReceivedEvent[ScoreChanged]]) -> None:
    """Store the scores of customers and the forecasts of their open complaints."""
    newest = _newest(events)
    accepted = await _store_newer(session, [_score(one) for one in newest], version="score_version")
    heard = [one for one in newest if one.event.customer_id in accepted]
    outlooks = [row for one in heard for row in _outlooks(one)]
    last = {row["complaint_id"]: row for row in sorted(outlooks, key=lambda row: row["said_at"])}
    await repository.upsert_forecasts(session, list(last.values()))
    forgotten = await repository.archive_outdated_forecasts(
        session, {one.event.customer_id: one.event.occurred_at for one in heard}
    )
    await refresh.place_others(session, {*last, *forgotten})


async def load_forecast(session: AsyncSession, *, complaint_id: UUID) -> Outlook | None:
    """Return the forecast of the complaint; None if it is resolved or not scored yet."""
    return (await repository.load_forecasts(session, [complaint_id])).get(complaint_id)


async def apply_merges(session: AsyncSession, events: Sequence[ReceivedEvent[MergeEvent]]) -> None:
    """Store merges of customers. Complaints keep their customer; its survivor is looked up."""
    newest = {one.event.customer_id: one for one in sorted(events, key=lambda one: one.aggversion)}
    rows = [
        {
            "member": member,
            "survivor": one.event.survivor_id if isinstance(one.event, CustomerMerged) else None,
            "version": one.aggversion,
        }
        for member, one in newest.items()
    ]
    await repository.upsert_aliases(session, rows)
    # An agreement with one counts for all: complaints of both sides are affected, on an un-merge too.
    touched = {customer_id for one in newest.values() for customer_id in (one.event.customer_id, one.event.survivor_id)}
    affected = (await families.families_of(session, touched)).values()
    await repository.mark_for_replanning(session, set[UUID]().union(*affected))


async def apply_purchases(session: AsyncSession, events: Sequence[ReceivedEvent[PurchaseRecorded]]) -> None:
    rows = [
        {
            "purchase_id": one.event.purchase_id,
            "customer_id": one.event.customer_id,
            "occurred_at": one.event.occurred_at,
            "units": one.event.units,
            "returned": 0,
        }
        for one in events
    ]
    await repository.add_purchase_units(session, rows)


async def apply_returns(session: AsyncSession, events: Sequence[ReceivedEvent[PurchaseReturned]]) -> None:
    rows = [
        {
            "purchase_id": one.event.purchase_id,
            "customer_id": one.event.customer_id,
            "occurred_at": one.event.purchase_occurred_at,
            "units": 0,
            "returned": one.event.units,
        }
        for one in events
    ]
    await repository.add_purchase_units(session, rows)


async def _store_newer(session: AsyncSession, rows: Sequence[Mapping[str, Any]], *, version: str) -> set[UUID]:
    """Store the rows that are newer, and mark complaints for replanning whose deadlines may depend on them.

    Return the ids of the stored rows.
    """
    known = await repository.lock_customers(session, [row["id"] for row in rows])
    newer = [row for row in rows if row["id"] not in known or known[row["id"]][version] < row[version]]
    moved = [row["id"] for row in newer if _changes_plans(known.get(row["id"], {}), row)]
    await repository.upsert_customers(session, newer, version=version)
    await repository.mark_for_replanning(session, await families.members_of(session, moved))
    return {row["id"] for row in newer}


def _changes_plans(known: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return any(known.get(name) != row[name] for name in SLA_RELEVANT_FIELDS if name in row)


def _newest(events: Iterable[ReceivedEvent[Any]]) -> list[ReceivedEvent[Any]]:
    newest = {one.event.customer_id: one for one in sorted(events, key=lambda one: one.aggversion)}
    return list(newest.values())


def _score(received: ReceivedEvent[ScoreChanged]) -> dict[str, Any]:
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


def _outlooks(received: ReceivedEvent[ScoreChanged]) -> list[dict[str, Any]]:
    event = received.event
    return [
        load_forecast.model_dump()
        | {
            "customer_id": event.customer_id,
            "currency": event.value.currency,
            "said_at": event.occurred_at,
            "score_version": received.aggversion,
        }
        for load_forecast in event.complaints
    ]
