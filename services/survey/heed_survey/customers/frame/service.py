"""Use cases of the customer frame: store events of customers, purchases and scores, and read the frame."""

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import CustomerRegistered, CustomerState, PurchaseRecorded
from heed_common.contracts.scoring import ScoreChanged
from heed_common.decoding import ReceivedEvent
from heed_survey.customers.frame import repository, rules
from heed_survey.customers.frame.repository import FamilyMember
from heed_survey.customers.frame.rules import DEFAULT_POLICY, Cell, FramePolicy

Context = dict[str, Any]
OF_LAST_PURCHASE = "service_point_id"


async def apply_customers(session: AsyncSession, events: Sequence[ReceivedEvent[CustomerState]]) -> None:
    """Store the newest state of each customer; the events may arrive in any order."""
    newest = {item.event.customer_id: item for item in sorted(events, key=attrgetter("aggversion"))}
    await repository.upsert_customers(session, [_own_columns(item) for item in newest.values()])
    registered = {item.event.customer_id: item.event for item in events if isinstance(item.event, CustomerRegistered)}
    await repository.set_registered_at(
        session, [{"id": id_, "registered_at": event.occurred_at} for id_, event in registered.items()]
    )


async def apply_purchases(session: AsyncSession, events: Sequence[ReceivedEvent[PurchaseRecorded]]) -> None:
    """Count the purchases, each of which is a new event, and store the last one of each customer."""
    by_customer: dict[UUID, list[PurchaseRecorded]] = {}
    for item in events:
        by_customer.setdefault(item.event.customer_id, []).append(item.event)
    rows = []
    for customer_id, purchases in by_customer.items():
        last = max(purchases, key=lambda purchase: (purchase.occurred_at, purchase.purchase_id))
        rows.append(
            {
                "id": customer_id,
                "purchases": len(purchases),
                "last_purchase_at": last.occurred_at,
                "last_purchase_id": last.purchase_id,
                "service_point_id": last.service_point_id,
            }
        )
    await repository.upsert_purchases(session, rows)


async def apply_scores(session: AsyncSession, events: Sequence[ReceivedEvent[ScoreChanged]]) -> None:
    """Store the newest score of each customer."""
    newest = {item.event.customer_id: item for item in sorted(events, key=attrgetter("aggversion"))}
    await repository.upsert_scores(session, [_score_columns(item) for item in newest.values()])


async def load_cells(
    session: AsyncSession,
    *,
    fields: Sequence[str],
    suspended: Collection[UUID] = (),
    policy: FramePolicy = DEFAULT_POLICY,
    now: datetime,
) -> list[Cell]:
    """Return all current customers by the values of these fields of `rules.FRAME_FIELDS`.

    `suspended` are the customers for whom `selling_suspended` is true.
    """
    params = rules.query_params(policy, now=now)
    return await repository.load_cells(session, fields=fields, params=params, suspended=suspended)


async def context_of(session: AsyncSession, *, customer_id: UUID | None) -> Context:
    """Return what is known of the customer now, of `rules.CONTEXT_FIELDS`; a merged one is its survivor."""
    return {} if customer_id is None else (await contexts_of(session, customer_ids=[customer_id]))[customer_id]


async def contexts_of(session: AsyncSession, *, customer_ids: Collection[UUID]) -> dict[UUID, Context]:
    """Return what is known of many customers."""
    if not customer_ids:
        return {}
    families = await repository.load_families(session, customer_ids)
    return {customer_id: _context(members) for customer_id, members in families.items()}


def _context(members: Sequence[FamilyMember]) -> Context:
    """Return the context of the survivor, with the last purchase of the family.

    Merges form a cycle, without a survivor, as long as only some of their events have arrived.
    """
    survivor = next((row for row in members if row.is_survivor), None)
    own = survivor or next(row for row in members if row.member_id == row.customer_id)
    known = {name: getattr(own, name) for name in rules.CONTEXT_FIELDS}
    bought = [row for row in members if row.last_purchase_at is not None]
    if bought:
        known[OF_LAST_PURCHASE] = max(bought, key=attrgetter("last_purchase_at", "last_purchase_id")).service_point_id
    return {name: value for name, value in known.items() if value is not None}


def _own_columns(received: ReceivedEvent[CustomerState]) -> dict[str, Any]:
    event = received.event
    copied = ("kind", "role", "buyer_type", "region", "language")
    return {"id": event.customer_id, "version": received.aggversion} | {name: getattr(event, name) for name in copied}


def _score_columns(received: ReceivedEvent[ScoreChanged]) -> dict[str, Any]:
    event = received.event
    return {
        "id": event.customer_id,
        "score_version": received.aggversion,
        "tier": event.value.tier,
        "churn_risk": event.churn_risk.probability,
        "churn_band": event.churn_risk.band,
        "loyalty_class": event.loyalty.loyalty_class,
        "lifecycle_stage": None if event.lifecycle is None else event.lifecycle.stage,
    }
