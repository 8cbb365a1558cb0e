"""Recovery of scoring after a restore: its ledger is rebuilt from the topics of the other services."""

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.scoring import ModelPublished, ScoringEvent
from heed_common.recovery import Finding, Published, RecoveryOutcome
from heed_scoring.tables import ModelVersion

# Without published numbers and due for the daily refresh, the next re-scoring of the customer publishes them again.
CLEAR_PUBLISHED_NUMBERS = text("""
    WITH due AS (
        UPDATE customer SET published_value_at_risk = NULL, scored_on = scored_on - 1
        WHERE customer_id = ANY(CAST(:ids AS uuid[])) AND value_amount IS NOT NULL
        RETURNING customer_id
    )
    UPDATE customer_facts SET published_numbers = NULL FROM due WHERE customer_facts.customer_id = due.customer_id
    RETURNING due.customer_id
""")


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Have scores that were published after the backup published again; report lost models.

    The model of the backup is in force again. Scores by a newer model are replaced, whether or not any fact of the
    customer is replayed.
    """
    del now
    customers = sorted({one.event.customer_id for one in published.events if isinstance(one.event, ScoringEvent)})
    cleared = await session.scalars(CLEAR_PUBLISHED_NUMBERS, {"ids": customers})
    what = "published again by the restored model"
    findings = [Finding("score", id_, RecoveryOutcome.TAKEN_BACK, what) for id_ in sorted(cleared)]
    models = {
        record.event.model_id: record.event for record in published.events if isinstance(record.event, ModelPublished)
    }
    known = set(await session.scalars(select(ModelVersion.id).where(ModelVersion.id.in_(models))))
    return findings + [
        Finding("model", id_, RecoveryOutcome.LOST, f"{event.model_version}: fit it again (`heed fit --promote`)")
        for id_, event in models.items()
        if id_ not in known
    ]
