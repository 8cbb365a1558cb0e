"""Responses to a survey of twenty items: a file of them, and one at a time. Alone: `python -m benchmarks responses`.

The reference are the rows that Heed has stored, response and event, inserted into tables with the same indexes.
"""

import asyncio
import random
import statistics
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy import text

from benchmarks import fixtures, processor, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.encryption import new_key
from heed_common.identifiers import new_id
from heed_common.metrics import Metrics
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_common.resources import Resources
from heed_survey.app import create_app
from heed_survey.collection.imports import service as imports
from heed_survey.responses.rules import NewResponse
from heed_survey.responses.service import record_response
from heed_survey.settings import Settings
from tests.common.sample_app import make_client, make_token

CODES = [f"item_{number}" for number in range(20)]
CHUNKS, CHUNK, CUSTOMERS = fixtures.scaled(8, at_least=2), 1000, 4000
ROUNDS, SINGLE = 5, fixtures.scaled(300)
TABLES = ("response", "outbox")
RAW = "the same rows of response and outbox, in a transaction with"
INSERT_CUSTOMERS = text("""
    INSERT INTO customer (id, version, region, purchases, service_point_id)
    SELECT id, 1, 'north', 1, 'shop 1' FROM unnest(CAST(:ids AS uuid[])) AS made(id)
""")

Rows = dict[str, Sequence[asyncpg.Record]]
"""Stored rows by table."""


@dataclass
class Costs:
    """Rows a second, and microseconds of the processor a row: of this process, and of PostgreSQL. A value a round."""

    server: int
    """Process id of PostgreSQL."""
    rates: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)

    async def measure(self, work: Awaitable[object], *, rows: int) -> None:
        began, own, postgres = perf_counter(), process_time(), processor.seconds(self.server)
        await work
        self.rates.append(rows / (perf_counter() - began))
        self.own.append((process_time() - own) / rows * 1e6)
        self.postgres.append((processor.seconds(self.server) - postgres) / rows * 1e6)

    @property
    def processor(self) -> float:
        return statistics.median(map(sum, zip(self.own, self.postgres, strict=True)))

    def summary(self) -> dict[str, int]:
        found = {"rows a second": self.rates, "own": self.own, "postgres": self.postgres}
        return {"both": round(self.processor)} | {name: round(statistics.median(each)) for name, each in found.items()}


@dataclass
class Bench:
    """A published survey, its customers, and a connection for the reference."""

    database: Database
    raw: asyncpg.Connection
    survey_id: UUID
    customers: Sequence[UUID]

    async def upload(self, client: httpx.AsyncClient) -> None:
        header = ["external_id", "customer_id", *CODES]
        lines = [
            [f"r-{number}", str(self.customers[number % CUSTOMERS]), *map(str, answers_of(number).values())]
            for number in range(CHUNKS * CHUNK)
        ]
        response = await client.post(
            "/v1/imports/responses",
            params={"survey_id": str(self.survey_id)},
            content="\n".join(map(",".join, [header, *lines])),
            headers={"Content-Type": "text/csv"},
        )
        response.raise_for_status()

    async def process_chunk(self) -> None:
        async with self.database.transaction() as session:
            await imports.process_next_chunk(session, earliest=DEFAULT_EARLIEST, now=datetime.now(UTC))

    async def record(self, numbers: range) -> None:
        for number in numbers:
            customer_id = self.customers[number % CUSTOMERS]
            new = NewResponse(answers_of(number), external_id=f"r-{number}", customer_id=customer_id)
            async with self.database.transaction() as session:
                await record_response(
                    session, survey_id=self.survey_id, new=new, earliest=DEFAULT_EARLIEST, now=datetime.now(UTC)
                )

    async def take_rows(self) -> Rows:
        """Return the rows of the responses whose events are staged, and delete all events, as the relay does."""
        responses = await self.raw.fetch("SELECT * FROM response WHERE event_id IN (SELECT id FROM outbox)")
        events = await self.raw.fetch("SELECT * FROM outbox WHERE id IN (SELECT event_id FROM response)")
        await self.raw.execute("DELETE FROM outbox")
        return dict(zip(TABLES, (responses, events), strict=True))

    async def copy(self, rows: Rows) -> None:
        async with self.raw.transaction():
            for table, records in rows.items():
                await self.raw.copy_records_to_table(f"raw_{table}", records=records, columns=list(records[0].keys()))

    async def insert(self, rows: Rows) -> None:
        statements = [insert_statement(table, list(records[0].keys())) for table, records in rows.items()]
        for pair in zip(*rows.values(), strict=True):
            async with self.raw.transaction():
                for statement, record in zip(statements, pair, strict=True):
                    await self.raw.execute(statement, *record)


def measure(cluster: Cluster) -> None:
    cluster.create_database("bench_responses")
    server = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    asyncio.run(_measure(cluster.url("bench_responses"), server))


async def _measure(url: str, server: int) -> None:
    await migrations.upgrade(url, "heed_survey")
    database, raw = Database(url), await asyncpg.connect(url)
    settings = Settings.load(database_url=url, contact_keys=new_key())
    app = create_app(settings, Resources(database, SystemClock(), Metrics("survey")))
    token = await make_token(database, now=datetime.now(UTC))
    customers = [new_id() for _ in range(CUSTOMERS)]
    async with database.transaction() as session:
        await session.execute(INSERT_CUSTOMERS, {"ids": customers})
    for table in TABLES:
        await raw.execute(f"CREATE TABLE raw_{table} (LIKE {table} INCLUDING ALL EXCLUDING IDENTITY)")
    async with make_client(app, token) as client:
        bench = Bench(database, raw, await _create_survey(client), customers)
        await bench.upload(client)
    await _measure_import(bench, server)
    await _measure_single(bench, server)
    await raw.close()
    await database.close()


async def _create_survey(client: httpx.AsyncClient) -> UUID:
    items = [{"code": code, "text": {"en": code}, "scale": {"lowest": 1, "highest": 7}} for code in CODES]
    draft = (await client.post("/v1/surveys", json={"title": {"en": "Bench"}, "items": items})).raise_for_status()
    (await client.post(f"/v1/surveys/{draft.json()['id']}/publish")).raise_for_status()
    return UUID(draft.json()["id"])


async def _measure_import(bench: Bench, server: int) -> None:
    heed, raw = Costs(server), Costs(server)
    for _ in range(CHUNKS):
        await heed.measure(bench.process_chunk(), rows=CHUNK)
        await raw.measure(bench.copy(await bench.take_rows()), rows=CHUNK)
    _print("import of survey responses with their customers, a line", heed, raw, reference_is=f"{RAW} COPY")


async def _measure_single(bench: Bench, server: int) -> None:
    heed, raw = Costs(server), Costs(server)
    for start in range(CHUNKS * CHUNK, CHUNKS * CHUNK + ROUNDS * SINGLE, SINGLE):
        await heed.measure(bench.record(range(start, start + SINGLE)), rows=SINGLE)
        await raw.measure(bench.insert(await bench.take_rows()), rows=SINGLE)
    _print("a survey response recorded alone", heed, raw, reference_is=f"{RAW} two INSERTs of asyncpg")


def answers_of(number: int) -> dict[str, Any]:
    chosen = random.Random(number)
    return {code: chosen.randint(1, 7) for code in CODES}


def insert_statement(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    return f"INSERT INTO raw_{table} ({names}) VALUES ({values})"  # noqa: S608 - names of the code


def _print(claim: str, heed: Costs, raw: Costs, *, reference_is: str) -> None:
    report.line(
        {
            "claim": claim,
            "unit": "microseconds of the processor",
            "heed": heed.summary(),
            "reference": raw.summary(),
            "reference_is": reference_is,
            "ratio": round(heed.processor / raw.processor, 1),
            "ratio_is": "of processor time, of the process and of PostgreSQL",
            "better": "lower",
        }
    )
