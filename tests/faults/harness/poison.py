"""Rows and records that nothing can be done with: written past the product, each about an aggregate of its own."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg

from heed_common.broker.protocols import Message
from tests.common.broker_fixtures import as_message
from tests.faults.harness.life import Life
from tests.scoring.factories import make_purchase

TOO_MANY_FORMER_CUSTOMERS = 4000
"""More than an event can name."""
NUL = "\x00"
"""A currency that any JSON may hold and no text of PostgreSQL."""
POLL_SECONDS = 0.1
TOPIC = "heed.customer"
OVERSIZE_COMPLAINT = """
    UPDATE complaint SET former_customer_ids = array(SELECT gen_random_uuid() FROM generate_series(1, $2))
    WHERE id = $1
"""
MAKE_ALERT_DUE = "UPDATE milestone SET next_alert_at = $2 WHERE complaint_id = $1 AND next_alert_at IS NOT NULL"
SPOIL_FACTS = """
    WITH due AS (UPDATE customer SET scored_on = $3 WHERE customer_id = $1)
    UPDATE customer_facts SET facts = $2 WHERE customer_id = $1
"""
STAGE_GARBAGE = """
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, staged_at)
    VALUES ($1, 'customer', $2, 'heed.customer.registered.v1', $2, 1, 'no event', now())
"""
COUNT_SCORED = "SELECT count(*) FROM customer WHERE customer_id = $1"


async def oversize_event(life: Life) -> None:
    """Let a clock fall due whose event is larger than events may be."""
    customer_id = await _register(life)
    now = life.product.clock.now()
    complaint = {
        "customer_id": str(customer_id),
        "channel": "phone",
        "category": "service",
        "severity": "minor",
        "description": "poison",
        "occurred_at": (now - timedelta(days=1)).isoformat(),
    }
    opened = await life.caller.post("/v1/complaints", complaint, key=f"poison-{uuid4()}")
    complaint_id = UUID(opened.json()["id"])
    life.poison.add(str(complaint_id))
    await _execute(life, "complaint", OVERSIZE_COMPLAINT, complaint_id, TOO_MANY_FORMER_CUSTOMERS)
    await _execute(life, "complaint", MAKE_ALERT_DUE, complaint_id, now - timedelta(days=1))


async def unreadable_facts(life: Life) -> None:
    """Let the daily refresh reach a customer whose facts are none."""
    customer_id = await _register(life)
    while not await _execute(life, "scoring", COUNT_SCORED, customer_id):
        await asyncio.sleep(POLL_SECONDS)
    yesterday = life.product.clock.now().date() - timedelta(days=1)
    await _execute(life, "scoring", SPOIL_FACTS, customer_id, '{"purchases": 3}', yesterday)


async def unreadable_outbox_row(life: Life) -> None:
    """Let the relay publish what no consumer can read."""
    event_id, customer_id = uuid4(), uuid4()
    life.poison |= {str(event_id), str(customer_id)}
    await _execute(life, "customer", STAGE_GARBAGE, event_id, str(customer_id))


ROWS: Sequence[Callable[[Life], Awaitable[None]]] = (oversize_event, unreadable_facts, unreadable_outbox_row)


async def append_events(life: Life) -> None:
    """Append to the log one of each kind of record that cannot be consumed."""
    good = as_message(make_purchase(uuid4()), event_id=uuid4())
    records = [
        _altered(good, b"garbage"),
        _altered(good, good.value[:-30]),
        _altered(good, good.value.replace(b'"units":', b'"onions":')),
        _altered(good, good.value.replace(b"purchase.recorded", b"purchase.regretted")),
        as_message(make_purchase(uuid4(), currency=NUL), event_id=uuid4()),
    ]
    if life.kafka is not None:
        records.append(replace(_altered(good, b"garbage"), headers=(("ce_id", None),)))  # Only Kafka can hold it.
    life.poison |= {event_id for record in records if (event_id := _id(record)) is not None}
    async with life.broker() as broker:
        publisher = broker.publisher()
        await publisher.start()
        try:
            receipt = await publisher.publish(records)
        finally:
            await publisher.stop()
    if receipt.error is not None:
        raise receipt.error


async def _register(life: Life) -> UUID:
    registered = await life.caller.post(
        "/v1/customers", {"kind": "individual", "name": "poison"}, key=f"poison-{uuid4()}"
    )
    life.poison.add(registered.json()["id"])
    return UUID(registered.json()["id"])


async def _execute(life: Life, service: str, statement: str, *values: object) -> object:
    connection = await asyncpg.connect(life.product.url(service))
    try:
        return await connection.fetchval(statement, *values)
    finally:
        await connection.close()


def _altered(message: Message, value: bytes) -> Message:
    return Message(TOPIC, str(uuid4()).encode(), value, message.headers)


def _id(record: Message) -> str | None:
    try:
        return str(json.loads(record.value)["id"])
    except ValueError:
        return None
