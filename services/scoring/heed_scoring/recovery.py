"""What scoring does when an older backup of it was restored: its ledger comes again from the topics of the others."""

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.scoring import CustomerScored, ModelPublished
from heed_common.recovery import Finding, Outcome, Published
from heed_scoring.tables import ModelVersion

# Without numbers that were told, and due for the sweep: the next look at the customer tells them anew.
TELL_AGAIN = text("""
    UPDATE customer SET numbers = NULL, scored_day = scored_day - 1
    WHERE customer_id = ANY(CAST(:ids AS uuid[])) AND amount IS NOT NULL
    RETURNING customer_id
""")


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Tell the scores again of whom others have heard something that is not known here any more; name lost models.

    The model of the backup is in force again. What others heard by a newer one is replaced, whether or not any fact
    comes again.
    """
    del now
    customers = sorted({one.event.customer_id for one in published.events if isinstance(one.event, CustomerScored)})
    told = await session.scalars(TELL_AGAIN, {"ids": customers})
    findings = [Finding("score", id_, Outcome.TAKEN_BACK, "told again by the restored model") for id_ in sorted(told)]
    models = {one.event.model_id: one.event for one in published.events if isinstance(one.event, ModelPublished)}
    known = set(await session.scalars(select(ModelVersion.id).where(ModelVersion.id.in_(models))))
    return findings + [
        Finding("model", id_, Outcome.LOST, f"{event.model_version}: fit it again (`heed fit --promote`)")
        for id_, event in models.items()
        if id_ not in known
    ]
