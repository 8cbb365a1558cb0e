"""`heed backtest`: accuracy of past forecasts, on a published log or the recorded purchases."""

import asyncio
import json
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from heed import all_in_one, backtest_report, cdnow
from heed.errors import CommandError
from heed.settings import Settings
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.settings import read_database_url
from heed_measures.backtest import Backtest, backtest
from heed_measures.purchase_log import PurchaseLog, purchase_log
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.models.fitting import purchase_log as ledger
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.settings import Settings as ScoringSettings

LEDGER = "ledger"


class PeriodNotOver(CommandError):
    """The test period is not over: customers who have not come back yet may still do so."""


@dataclass(frozen=True, slots=True)
class BacktestOptions:
    """Options of the command; None selects the default of the log."""

    source: str = LEDGER
    until: date | None = None
    days: int | None = None
    penalty: float = 1.0


def run(settings: Settings, options: BacktestOptions, *, as_json: bool) -> None:
    """Run the backtest and print the accuracy of each model."""
    until, days, log = asyncio.run(_ledger(settings, options)) if options.source == LEDGER else _cdnow(options)
    result = backtest(log, until=until.toordinal(), days=days, penalty=options.penalty)
    print(_document(options.source, until, result) if as_json else backtest_report.text(result))


def _document(source: str, until: date, result: Backtest) -> str:
    return json.dumps({"source": source} | result.to_json() | {"until": until.isoformat()}, allow_nan=False)


def _cdnow(options: BacktestOptions) -> tuple[date, int, PurchaseLog]:
    until = options.until or cdnow.CALIBRATION_ENDS_ON
    days = (cdnow.ENDS_ON - until).days if options.days is None else options.days
    _check_period(until, days, known_until=cdnow.ENDS_ON)
    rows = list(cdnow.rows(options.source))
    columns = ([row.customer for row in rows], [row.day.toordinal() for row in rows])
    customer, day = (np.array(column, dtype=np.int64) for column in columns)
    return until, days, purchase_log(customer, day, [float(row.dollars) for row in rows])


async def _ledger(settings: Settings, options: BacktestOptions) -> tuple[date, int, PurchaseLog]:
    """Load purchases from the database of the environment, or else the embedded one, running or not."""
    if read_database_url(ScoringSettings.service):
        return await _load(ScoringSettings.load(), options)
    async with all_in_one.running_or_temporary_cluster(settings) as cluster:
        return await _load(ScoringSettings.load(database_url=cluster.url(ScoringSettings.service)), options)


async def _load(settings: ScoringSettings, options: BacktestOptions) -> tuple[date, int, PurchaseLog]:
    database = Database(settings.database_url, pool_size=2)
    try:
        async with database.transaction() as session:
            today = (await models_repository.business_days(session)).day_of(SystemClock().now())
            yesterday = today - timedelta(days=1)
            days = HORIZON_DAYS if options.days is None else options.days
            last = min(yesterday, await models_repository.last_purchase_day(session) or yesterday)
            until = options.until or last - timedelta(days=days)
            _check_period(until, days, known_until=yesterday)
            return until, days, await ledger.read(session, until=until, days=days, money=settings.money)
    finally:
        await database.close()


def _check_period(until: date, days: int, *, known_until: date) -> None:
    if until.toordinal() + days > known_until.toordinal():
        raise PeriodNotOver(f"{days} days after {until} are not over: purchases are known until {known_until}.")
