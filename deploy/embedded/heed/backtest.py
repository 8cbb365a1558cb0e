"""`heed backtest`: how good the forecasts would have been, on a published log or on the shop's own."""

import asyncio
import json
import os
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from heed import all_in_one, backtest_report, cdnow
from heed.errors import Refusal
from heed.settings import Settings
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.settings import variable
from heed_measures.backtest import Backtest, backtest
from heed_measures.purchase_log import PurchaseLog, purchase_log
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.models.fitting import purchase_log as ledger
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.settings import Settings as ScoringSettings

LEDGER = "ledger"


class NotOver(Refusal):
    """The days to look at are not over yet: whoever has not come back by now may still do so."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The day, the days after it, and whose purchases; None is what suits the log."""

    source: str = LEDGER
    until: date | None = None
    days: int | None = None
    penalty: float = 1.0


def tell(settings: Settings, wanted: Wanted, *, as_json: bool) -> None:
    """Prints how each model did."""
    until, days, log = asyncio.run(_ledger(settings, wanted)) if wanted.source == LEDGER else _cdnow(wanted)
    found = backtest(log, until=until.toordinal(), days=days, penalty=wanted.penalty)
    print(_document(wanted.source, until, found) if as_json else backtest_report.text(found))


def _document(source: str, until: date, found: Backtest) -> str:
    return json.dumps({"source": source} | found.to_json() | {"until": until.isoformat()}, allow_nan=False)


def _cdnow(wanted: Wanted) -> tuple[date, int, PurchaseLog]:
    until = wanted.until or cdnow.CALIBRATION_ENDS_ON
    days = (cdnow.ENDS_ON - until).days if wanted.days is None else wanted.days
    _must_be_over(until, days, known_until=cdnow.ENDS_ON)
    rows = list(cdnow.rows(wanted.source))
    columns = ([row.customer for row in rows], [row.day.toordinal() for row in rows])
    customer, day = (np.array(column, dtype=np.int64) for column in columns)
    return until, days, purchase_log(customer, day, [float(row.dollars) for row in rows])


async def _ledger(settings: Settings, wanted: Wanted) -> tuple[date, int, PurchaseLog]:
    """Out of the database that the environment names, else out of the embedded one, running or not."""
    name = variable(ScoringSettings, "database_url")
    if os.environ.get(name):
        return await _read(ScoringSettings.load(), wanted)
    async with all_in_one.borrowed(settings) as cluster:
        return await _read(ScoringSettings.load(database_url=cluster.url(ScoringSettings.service)), wanted)


async def _read(settings: ScoringSettings, wanted: Wanted) -> tuple[date, int, PurchaseLog]:
    database = Database(settings.database_url, pool_size=1)
    try:
        async with database.transaction() as session:
            today = (await models_repository.business_days(session)).day_of(SystemClock().now())
            yesterday = today - timedelta(days=1)
            days = HORIZON_DAYS if wanted.days is None else wanted.days
            last = min(yesterday, await models_repository.last_purchase_day(session) or yesterday)
            until = wanted.until or last - timedelta(days=days)
            _must_be_over(until, days, known_until=yesterday)
            return until, days, await ledger.read(session, until=until, days=days, money=settings.money)
    finally:
        await database.close()


def _must_be_over(until: date, days: int, *, known_until: date) -> None:
    if until.toordinal() + days > known_until.toordinal():
        raise NotOver(f"{days} days after {until} are not over: purchases are known until {known_until}.")
