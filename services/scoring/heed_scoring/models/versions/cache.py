"""Cache of models. A version never changes, so each is loaded and parsed once in a process."""

from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.engine.model import Model, from_json
from heed_scoring.tables import ModelVersion

MAX_MODELS = 16
_CACHES: WeakKeyDictionary[object, dict[str, Model]] = WeakKeyDictionary()
"""By engine: another database has other models under the same names."""


async def load_model(session: AsyncSession, version: str) -> Model:
    """Return the model of a version that is or was in force; the oldest of many is forgotten."""
    cache = _CACHES.setdefault(session.get_bind(), {})
    if version not in cache:
        query = select(ModelVersion.parameters).where(ModelVersion.version == version)
        model = from_json((await session.execute(query)).scalar_one())
        cache[version] = model
        if len(cache) > MAX_MODELS:
            del cache[next(iter(cache))]
    return cache[version]
