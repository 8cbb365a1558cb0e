"""`heed export features`: features of every customer at the end of a past day, as a Parquet file."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed import all_in_one
from heed.errors import CommandError
from heed.settings import Settings
from heed_common.business_days import BusinessDays
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.settings import read_database_url
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.engine.money import Money
from heed_scoring.models.outcomes import repository
from heed_scoring.models.outcomes.feature_table import COLUMNS, LABELS, ColumnKind, Value, row
from heed_scoring.models.outcomes.point_in_time import HORIZON, KnowledgePolicy, features_as_of
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.settings import Settings as ScoringSettings

PAGE = 2000
MAX_DECIMAL_DIGITS = 38
# One snapshot for the complete file, whatever is written meanwhile.
SET_SNAPSHOT_ISOLATION = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
Rows = list[dict[str, Value | date]]


class PeriodNotOver(CommandError):
    """The day, or the period of the labels, is not over."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Options of the command."""

    at: date
    out: Path
    labels: bool = False
    knowledge: KnowledgePolicy = KnowledgePolicy.NOW
    page: int = PAGE


def run(settings: Settings, options: ExportOptions) -> None:
    """Write the file, completely or not at all, and print the number of customers."""
    customers = asyncio.run(_export(settings, options))
    print(f"{customers} customers as of {options.at} in {options.out}")


async def _export(settings: Settings, options: ExportOptions) -> int:
    """Export from the database of the environment, or else the embedded one, running or not."""
    if read_database_url(ScoringSettings.service):
        return await _write(ScoringSettings.load(), options)
    async with all_in_one.running_or_temporary_cluster(settings) as cluster:
        scoring = ScoringSettings.load(database_url=cluster.url(ScoringSettings.service))
        return await _write(scoring, options)


def _check_period(options: ExportOptions, *, known_until: date) -> None:
    needed = options.at + HORIZON if options.labels else options.at
    if needed > known_until:
        what = f"The {HORIZON_DAYS} days after {options.at} are" if options.labels else f"The day {options.at} is"
        raise PeriodNotOver(f"{what} not over: purchases are known until {known_until}.")


async def _write(settings: ScoringSettings, options: ExportOptions) -> int:
    database, customers = Database(settings.database_url, pool_size=2), 0
    unfinished, shape = options.out.with_name(f"{options.out.name}.unfinished"), schema(settings.money, options)
    try:
        async with database.transaction() as session:
            await session.execute(SET_SNAPSHOT_ISOLATION)
            days = await models_repository.business_days(session)
            yesterday = days.day_of(SystemClock().now()) - timedelta(days=1)
            _check_period(options, known_until=yesterday)
            with parquet.ParquetWriter(unfinished, shape) as file:
                async for rows in _pages(session, settings.money, options, known_until=yesterday, days=days):
                    file.write_table(pa.Table.from_pylist(rows, schema=shape))
                    customers += len(rows)
        unfinished.replace(options.out)
    except OSError as error:
        raise CommandError(f"{options.out} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)
        await database.close()
    return customers


async def _pages(
    session: AsyncSession, money: Money, options: ExportOptions, *, known_until: date, days: BusinessDays
) -> AsyncIterator[Rows]:
    until = min(options.at + HORIZON, known_until)
    async for page in repository.iterate_ledgers(session, until=until, size=options.page):
        looks = (
            (customer_id, features_as_of(
                rows, day=options.at, known_until=known_until, money=money, days=days, knowledge=options.knowledge
            ))
            for customer_id, rows in page
        )  # fmt: skip
        yield [
            {
                "customer_id": str(customer_id),
                "as_of": options.at,
                **row(seen, digits=money.digits, labels=options.labels),
            }
            for customer_id, seen in looks
            if seen is not None
        ]


def schema(money: Money, options: ExportOptions) -> pa.Schema:
    """Return the schema of the file, with the meaning of each column and the currency as metadata."""
    types = {
        ColumnKind.TEXT: pa.string(),
        ColumnKind.TEXTS: pa.list_(pa.string()),
        ColumnKind.COUNT: pa.int64(),
        ColumnKind.NUMBER: pa.float64(),
        ColumnKind.YES_NO: pa.bool_(),
        ColumnKind.MONEY: pa.decimal128(MAX_DECIMAL_DIGITS, money.digits),
        ColumnKind.JSON: pa.string(),
    }
    columns = [(column.name, column.kind, column.meaning) for column in (*COLUMNS, *(LABELS if options.labels else ()))]
    keys = [pa.field("customer_id", pa.string(), nullable=False), pa.field("as_of", pa.date32(), nullable=False)]
    fields = [pa.field(name, types[kind], metadata={"meaning": meaning}) for name, kind, meaning in columns]
    metadata = {"currency": money.currency, "known": options.knowledge.value, "horizon_days": str(HORIZON_DAYS)}
    return pa.schema([*keys, *fields], metadata=metadata)
