"""Model versions: stored, promoted, and their roles."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.clock import Clock
from heed_common.contracts.scoring import ModelPublished
from heed_common.identifiers import new_id
from heed_scoring.engine.model import Model, to_json
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.tables import ModelVersion, Promotion


async def list_versions(session: AsyncSession) -> list[dict[str, Any]]:
    """Return all versions, newest first, each with its role."""
    champion = (await models_repository.in_force(session)).version
    spoke = await models_repository.ever_in_force(session)
    return [
        {**vars(model), "in_force": model.version == champion, "role": _role(model.version, champion, spoke)}
        for model in await models_repository.list_models(session)
    ]


async def store_version(
    session: AsyncSession,
    model: Model,
    *,
    diagnostics: dict[str, Any],
    portfolio: dict[str, Any] | None,
    now: datetime,
) -> ModelVersion:
    """Store the model, or return the stored version with the same parameters."""
    stored = await models_repository.find_model(session, model.version)
    if stored is not None:
        return stored
    added = ModelVersion(
        id=new_id(),
        version=model.version,
        parameters=to_json(model),
        diagnostics=diagnostics,
        portfolio=portfolio,
        created_at=now,
    )
    session.add(added)
    await session.flush()
    return added


async def continue_champion(
    session: AsyncSession, champion: ModelVersion, changed: Model, *, diagnostics: dict[str, Any], clock: Clock
) -> ModelVersion:
    """Store and promote the champion with changed parameters that no fit learns, as a new version."""
    diagnostics = champion.diagnostics | diagnostics
    added = await store_version(
        session, changed, diagnostics=diagnostics, portfolio=champion.portfolio, now=clock.now()
    )
    await promote(session, added, clock=clock)
    return added


async def promote(session: AsyncSession, added: ModelVersion, *, clock: Clock) -> None:
    """Put this model in force; the daily refresh re-scores all customers with it."""
    champion = await models_repository.lock_champion(session)
    now = clock.now()  # Under the lock: every batch before it spoke with the old model, every later one with this.
    if champion.model_version == added.version:
        return
    champion.model_version = added.version
    session.add(Promotion(promoted_at=now, model_version=added.version))
    until = added.diagnostics.get("observed_until")
    event = ModelPublished(
        occurred_at=now, model_id=added.id, model_version=added.version,
        observed_until=f"{until}T00:00:00Z" if until else None,
    )  # fmt: skip
    await outbox.stage(session, event, aggversion=1, now=now)


def _role(version: str, champion: str, spoke: set[str]) -> str:
    if version == champion:
        return "champion"
    return "former" if version in spoke else "challenger"
