"""Model versions and their roles."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.models.versions import repository as models_repository


async def list_versions(session: AsyncSession) -> list[dict[str, Any]]:
    """Return all versions, newest first, each with its role."""
    champion = (await models_repository.in_force(session)).version
    spoke = await models_repository.ever_in_force(session)
    return [
        {**vars(model), "in_force": model.version == champion, "role": _role(model.version, champion, spoke)}
        for model in await models_repository.list_models(session)
    ]


def _role(version: str, champion: str, spoke: set[str]) -> str:
    if version == champion:
        return "champion"
    return "former" if version in spoke else "challenger"
