"""`heed fit`: fits a model to the recorded purchases and prints it."""

import asyncio
import json
from dataclasses import dataclass
from datetime import date

from heed import all_in_one
from heed.errors import CommandError
from heed.settings import Settings
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.notifications import announce_commit
from heed_common.settings import read_database_url
from heed_scoring.models.fitting import fitting
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.settings import Settings as ScoringSettings


class FitFailed(CommandError):
    """No model could be fitted; the message contains the code of the reason."""


@dataclass(frozen=True, slots=True)
class FitOptions:
    """Options of the command, as in `POST /v1/models:fit`."""

    algorithm: str = "mbg_nbd"
    until: date | None = None
    penalty: float = 1.0
    promote: bool = False


def run(settings: Settings, options: FitOptions) -> None:
    """Fit and print a model. Raises `FitFailed`."""
    print(json.dumps(asyncio.run(_fit_in_database(settings, options)), indent=2))


async def _fit_in_database(settings: Settings, options: FitOptions) -> dict[str, object]:
    """Fit in the database of the environment, or else the embedded one, running or not."""
    if read_database_url(ScoringSettings.service):
        return await _fit(ScoringSettings.load(), options)
    async with all_in_one.running_or_temporary_cluster(settings) as cluster:
        return await _fit(ScoringSettings.load(database_url=cluster.url(ScoringSettings.service)), options)


async def _fit(settings: ScoringSettings, options: FitOptions) -> dict[str, object]:
    clock, database = SystemClock(), Database(settings.database_url, pool_size=2)
    try:
        async with database.transaction() as session:
            fit = await fitting.request_fit(
                session,
                algorithm=options.algorithm,
                observed_until=options.until,
                penalty=options.penalty,
                promote=options.promote,
                now=clock.now(),
            )
            await fitting.run_fit(session, fit, money=settings.money, clock=clock)
        await announce_commit(database)
        if fit.model_version is None:
            raise FitFailed(f"No model was fitted: {fit.problem}.")
        async with database.transaction() as session:
            model = await models_repository.get_model(session, fit.model_version)
            problem = {"not_promoted": fit.problem} if fit.problem else {}
            fitted = {"version": model.version, "parameters": model.parameters, "diagnostics": model.diagnostics}
            return {**fitted, **problem}
    finally:
        await database.close()
