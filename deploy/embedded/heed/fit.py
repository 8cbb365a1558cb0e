"""`heed fit`: learns a model from the shop's own purchases, now, and prints what it learnt."""

import asyncio
import json
import os
from dataclasses import dataclass
from datetime import date

from heed import all_in_one
from heed.errors import Refusal
from heed.settings import Settings
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.settings import variable
from heed_scoring.models.fitting import fitting
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.settings import Settings as ScoringSettings


class NotLearnt(Refusal):
    """There was nothing to learn from; the message is the reason's code."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """As in `POST /v1/models:fit`."""

    algorithm: str = "mbg_nbd"
    until: date | None = None
    penalty: float = 1.0
    promote: bool = False


def learn(settings: Settings, wanted: Wanted) -> None:
    """Raises `NotLearnt` with the reason where nothing could be learnt."""
    print(json.dumps(asyncio.run(_learn(settings, wanted)), indent=2))


async def _learn(settings: Settings, wanted: Wanted) -> dict[str, object]:
    """In the database that the environment names, else in the embedded one, running or not."""
    if os.environ.get(variable(ScoringSettings, "database_url")):
        return await _fit(ScoringSettings.load(), wanted)
    async with all_in_one.borrowed(settings) as cluster:
        return await _fit(ScoringSettings.load(database_url=cluster.url(ScoringSettings.service)), wanted)


async def _fit(settings: ScoringSettings, wanted: Wanted) -> dict[str, object]:
    clock, database = SystemClock(), Database(settings.database_url, pool_size=1)
    try:
        async with database.transaction() as session:
            fit = await fitting.request_fit(
                session,
                algorithm=wanted.algorithm,
                observed_until=wanted.until,
                penalty=wanted.penalty,
                promote=wanted.promote,
                now=clock.now(),
            )
            await fitting.run_fit(session, fit, money=settings.money, clock=clock)
        if fit.model_version is None:
            raise NotLearnt(f"Nothing was learnt: {fit.problem}.")
        async with database.transaction() as session:
            model = await models_repository.get_model(session, fit.model_version)
            refused = {"not_promoted": fit.problem} if fit.problem else {}
            learnt = {"version": model.version, "parameters": model.parameters, "diagnostics": model.diagnostics}
            return {**learnt, **refused}
    finally:
        await database.close()
