"""Reads at the end what is there: over HTTP what callers see, from the log and the databases what consumers see."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

import asyncpg
import httpx

from heed.gateway import SERVICES
from heed_common.broker.protocols import Bus
from heed_common.broker.tail import end_offsets, remaining
from heed_common.clock import Clock
from heed_common.contracts.registry import TOPICS
from heed_common.database import Database
from heed_common.progress import Progress
from heed_complaint import worker as complaint
from heed_scoring import worker as scoring
from heed_scoring.rebuild.replay import replay
from heed_survey import worker as survey
from tests.faults.harness.checks import Alarms, ClockState, Evidence, Published
from tests.faults.harness.journal import Journal
from tests.faults.harness.product import ProductUnderTest

AT_ONCE = 8
TENTHOUSANDTHS = 10_000
GROUPS: Mapping[str, Sequence[str]] = {
    complaint.GROUP: complaint.TOPICS,
    scoring.GROUP: scoring.TOPICS,
    survey.GROUP: survey.TOPICS,
}
COUNT_OUTBOX = "SELECT count(*) FROM outbox"
SELECT_DEAD_LETTERS = "SELECT event_id FROM dead_letter WHERE event_id IS NOT NULL"
SELECT_ALARMS = "SELECT complaint_id, milestone, next_alert_at, warning_announced, escalations_announced FROM milestone"
SELECT_FACTS = "SELECT customer_id, facts FROM customer_facts"


async def is_settled(product: ProductUnderTest, bus: Bus) -> bool:
    """Return whether everything was published, and everything published was consumed."""
    for service in SERVICES:
        if (await select(product.url(service), COUNT_OUTBOX))[0][0]:
            return False
    for group, topics in GROUPS.items():
        ends, positions = await _ends(bus, topics), await bus.committed_offsets(group, topics)
        if any(positions.get(partition, 0) < end for partition, end in ends.items()):
            return False
    return True


async def collect(
    http: httpx.AsyncClient, journal: Journal, product: ProductUnderTest, bus: Bus, *, poison: frozenset[str]
) -> Evidence:
    """Read everything once. `poison` names the aggregates and events of the harness that are not to be judged."""
    rows = await _rows(http, journal.rows)
    return Evidence(
        published=[event async for event in read_log(bus) if not {event.id, event.subject} & poison],
        rows=rows,
        dead_letters=frozenset([letter async for letter in _dead_letters(product)]),
        clocks={str(row["id"]): _clocks(row) for row in rows.values() if row is not None and "sla" in row},
        alarms=await _alarms(product, poison=poison),
        units=await count_units(product.url("scoring"), poison=poison),
        rescored=await rescore(product.url("scoring"), bus, clock=product.clock, poison=poison),
    )


async def read_log(bus: Bus) -> AsyncIterator[Published]:
    """Read every topic from its beginning to its present end; what is no event is passed over."""
    reader = bus.subscriber(group=None, topics=TOPICS)
    await reader.start()
    try:
        ahead = await end_offsets(reader)
        while ahead:
            for record in await reader.poll(max_records=1000, wait=1.0):
                event = _parse(record.value)
                if event is not None:
                    yield _published(event, topic=record.topic)
            ahead = await remaining(reader, ahead)
    finally:
        await reader.stop()


async def count_units(scoring_url: str, *, poison: frozenset[str]) -> dict[str, int]:
    """Add up what scoring has counted of each customer's purchases."""
    counted = {}
    for customer_id, facts in await select(scoring_url, SELECT_FACTS):
        if str(customer_id) not in poison:
            days = json.loads(facts).get("purchases", {}).values()
            total = sum(totals[0] for currencies in days for totals in currencies.values())
            if total:
                counted[str(customer_id)] = total // TENTHOUSANDTHS
    return counted


async def rescore(scoring_url: str, bus: Bus, *, clock: Clock, poison: frozenset[str]) -> list[str]:
    """Fold the log again as `heed replay scoring` does, and name the customers whose state differs."""
    database = Database(scoring_url, pool_size=4, application_name="heed-faults")
    try:
        replayed = await replay(database, bus, clock=clock, swap=False, progress=Progress(lambda _: None))
    finally:
        await database.close()
    named = [(str(customer_id), ", ".join(parts)) for customer_id, parts in replayed.comparison.first]
    findings = [f"{parts} of {customer_id}" for customer_id, parts in named if customer_id not in poison]
    findings += ["a customer beyond those named"] * (replayed.comparison.differing - len(named))
    findings += [f"row of the ledger for {row.event_id}" for row in replayed.ledger.first]
    return findings + [f"event {row.event_id} that the topics do not hold" for row in replayed.missing.first]


async def select(url: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def _rows(http: httpx.AsyncClient, paths: Iterable[str]) -> dict[str, Mapping[str, Any] | None]:
    places = asyncio.Semaphore(AT_ONCE)

    async def read(path: str) -> tuple[str, Mapping[str, Any] | None]:
        async with places:
            response = await http.get(path)
        return path, response.json() if response.is_success else None

    return dict(await asyncio.gather(*map(read, paths)))


def _clocks(complaint: Mapping[str, Any]) -> list[ClockState]:
    return [ClockState(clock["milestone"], clock["state"]) for clock in complaint["sla"]]


async def _alarms(product: ProductUnderTest, *, poison: frozenset[str]) -> list[Alarms]:
    now = product.clock.now()
    return [
        Alarms(str(complaint_id), milestone, next_at is not None and next_at <= now, warned, escalated)
        for complaint_id, milestone, next_at, warned, escalated in await select(product.url("complaint"), SELECT_ALARMS)
        if str(complaint_id) not in poison
    ]


async def _dead_letters(product: ProductUnderTest) -> AsyncIterator[str]:
    for service in SERVICES:
        for row in await select(product.url(service), SELECT_DEAD_LETTERS):
            yield str(row["event_id"])


async def _ends(bus: Bus, topics: Sequence[str]) -> Mapping[tuple[str, int], int]:
    reader = bus.subscriber(group=None, topics=topics)
    await reader.start()
    try:
        return await end_offsets(reader)
    finally:
        await reader.stop()


def _parse(value: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(value)
    except ValueError:
        return None
    return event if isinstance(event, dict) and {"id", "type", "subject", "aggversion"} <= event.keys() else None


def _published(event: Mapping[str, Any], *, topic: str) -> Published:
    kind = str(event["type"]).rpartition(".v")[0]
    milestone, step = event["data"].get("milestone"), event["data"].get("step", 0)
    return Published(event["id"], kind, event["subject"], event["aggversion"], topic, milestone, step)
