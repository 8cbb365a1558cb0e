"""Use cases of loyalty judgements: the model in force continues with other weights."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock
from heed_common.revisions import require_if_match
from heed_scoring.engine.loyalty import judgements
from heed_scoring.engine.loyalty.judgements import LoyaltyWeights
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.models.versions import service as versions
from heed_scoring.tables import ModelVersion


async def in_force(session: AsyncSession) -> ModelVersion:
    """Return the version whose judgements are in force."""
    return await models_repository.in_force(session)


async def put_judgements(
    session: AsyncSession, *, judged: LoyaltyWeights, if_match: int | None, clock: Clock
) -> ModelVersion:
    """Replace the weights of loyalty; the daily refresh scores all customers again. 428, 412 by `If-Match`."""
    champion = await models_repository.lock_champion(session)
    stored = await models_repository.get_model(session, champion.model_version)
    current = stored.read()
    require_if_match(if_match, judgements.revision(current.loyalty))
    if judged == current.loyalty:
        return stored
    renewed = replace(current, loyalty=judged)
    return await versions.continue_champion(
        session, stored, renewed, diagnostics={"judgements": "changed"}, clock=clock
    )
