"""Use cases of the scores' read model."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.scoring import ScoreChanged
from heed_common.decoding import ReceivedEvent
from heed_customer.read_models.scores import repository
from heed_customer.read_models.scores.tables import CustomerScore


async def apply_scores(session: AsyncSession, events: Sequence[ReceivedEvent[ScoreChanged]]) -> None:
    """Store the newest score of each customer."""
    newest = {item.event.customer_id: item for item in sorted(events, key=lambda item: item.aggversion)}
    await repository.upsert_scores(session, [_columns(received) for received in newest.values()])


async def load_scores(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, CustomerScore]:
    """Return the scores of these customers, as far as scoring has published them."""
    return await repository.load_scores(session, customer_ids)


def _columns(received: ReceivedEvent[ScoreChanged]) -> dict[str, Any]:
    event = received.event
    return {
        "customer_id": event.customer_id,
        "version": received.aggversion,
        "tier": event.value.tier,
        "value": event.value.amount,
        "currency": event.value.currency,
        "churn_probability": event.churn_risk.probability,
        "churn_band": event.churn_risk.band,
        "value_at_risk": event.value_at_risk,
        "loyalty_class": event.loyalty.loyalty_class,
        "lifecycle_stage": event.lifecycle.stage if event.lifecycle is not None else None,
        "scored_at": event.occurred_at,
    }
