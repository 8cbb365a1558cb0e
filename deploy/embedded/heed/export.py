"""`heed export features`: what was known of every customer at the end of a past day, as a Parquet file."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed import all_in_one
from heed.errors import Refusal
from heed.settings import Settings
from heed_common.business_days import BusinessDays
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.settings import variable
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.engine.money import Money
from heed_scoring.models.outcomes import repository
from heed_scoring.models.outcomes.feature_table import COLUMNS, LABELS, ColumnKind, Value, row
from heed_scoring.models.outcomes.point_in_time import HORIZON, KnowledgePolicy, features_as_of
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.settings import Settings as ScoringSettings

PAGE = 2000
LARGEST_DECIMAL = 38
# The whole file is of one moment, whatever is written meanwhile.
ONE_MOMENT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
Rows = list[dict[str, Value | date]]


class NotOver(Refusal):
    """The day, or the days that the labels look at, are not over yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The day, where the file goes, and whose eyes look back."""

    at: date
    out: Path
    labels: bool = False
    knowledge: KnowledgePolicy = KnowledgePolicy.NOW
    page: int = PAGE


def export(settings: Settings, wanted: Wanted) -> None:
    """Writes the file, whole or not at all, and says how many customers are in it."""
    customers = asyncio.run(_export(settings, wanted))
    print(f"{customers} customers as of {wanted.at} in {wanted.out}")


async def _export(settings: Settings, wanted: Wanted) -> int:
    """Out of the database that the environment names, else out of the embedded one, running or not."""
    if os.environ.get(variable(ScoringSettings, "database_url")):
        return await _write(ScoringSettings.load(), wanted)
    async with all_in_one.borrowed(settings) as cluster:
        scoring = ScoringSettings.load(database_url=cluster.url(ScoringSettings.service))
        return await _write(scoring, wanted)


def _must_be_over(wanted: Wanted, *, known_until: date) -> None:
    needed = wanted.at + HORIZON if wanted.labels else wanted.at
    if needed > known_until:
        what = f"The {HORIZON_DAYS} days after {wanted.at} are" if wanted.labels else f"The day {wanted.at} is"
        raise NotOver(f"{what} not over: purchases are known until {known_until}.")


async def _write(settings: ScoringSettings, wanted: Wanted) -> int:
    database, customers = Database(settings.database_url, pool_size=1), 0
    unfinished, shape = wanted.out.with_name(f"{wanted.out.name}.unfinished"), schema(settings.money, wanted)
    try:
        async with database.transaction() as session:
            await session.execute(ONE_MOMENT)
            days = await models_repository.business_days(session)
            yesterday = days.day_of(SystemClock().now()) - timedelta(days=1)
            _must_be_over(wanted, known_until=yesterday)
            with parquet.ParquetWriter(unfinished, shape) as file:
                async for rows in _pages(session, settings.money, wanted, known_until=yesterday, days=days):
                    file.write_table(pa.Table.from_pylist(rows, schema=shape))
                    customers += len(rows)
        unfinished.replace(wanted.out)
    except OSError as error:
        raise Refusal(f"{wanted.out} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)
        await database.close()
    return customers


async def _pages(
    session: AsyncSession, money: Money, wanted: Wanted, *, known_until: date, days: BusinessDays
) -> AsyncIterator[Rows]:
    until = min(wanted.at + HORIZON, known_until)
    async for page in repository.iterate_ledgers(session, until=until, size=wanted.page):
        looks = (
            (customer_id, features_as_of(
                rows, day=wanted.at, known_until=known_until, money=money, days=days, knowledge=wanted.knowledge
            ))
            for customer_id, rows in page
        )  # fmt: skip
        yield [
            {
                "customer_id": str(customer_id),
                "as_of": wanted.at,
                **row(seen, digits=money.digits, labels=wanted.labels),
            }
            for customer_id, seen in looks
            if seen is not None
        ]


def schema(money: Money, wanted: Wanted) -> pa.Schema:
    """The columns of the file; what each means, and in which currency money is, stands in it."""
    types = {
        ColumnKind.TEXT: pa.string(),
        ColumnKind.TEXTS: pa.list_(pa.string()),
        ColumnKind.COUNT: pa.int64(),
        ColumnKind.NUMBER: pa.float64(),
        ColumnKind.YES_NO: pa.bool_(),
        ColumnKind.MONEY: pa.decimal128(LARGEST_DECIMAL, money.digits),
        ColumnKind.JSON: pa.string(),
    }
    columns = [(column.name, column.kind, column.meaning) for column in (*COLUMNS, *(LABELS if wanted.labels else ()))]
    keys = [pa.field("customer_id", pa.string(), nullable=False), pa.field("as_of", pa.date32(), nullable=False)]
    told = [pa.field(name, types[kind], metadata={"meaning": meaning}) for name, kind, meaning in columns]
    about = {"currency": money.currency, "known": wanted.knowledge.value, "horizon_days": str(HORIZON_DAYS)}
    return pa.schema([*keys, *told], metadata=about)
