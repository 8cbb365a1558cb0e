"""Webhooks that were away so long that the retention of a topic took events."""

import asyncio
import logging
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.broker.protocols import Record
from heed_customer.subscriptions.delivery import gaps
from tests.customer.subscriptions.conftest import delivering
from tests.customer.subscriptions.publishing import make_interaction, publish
from tests.webhook_receiver import Received, receiver

PARTITIONS = [("heed.customer", 0), ("heed.customer", 1), ("heed.scoring", 0)]
OFFSETS = st.dictionaries(st.sampled_from(PARTITIONS), st.integers(0, 50))
ANN = UUID(int=1)


@given(OFFSETS, st.tuples(*(st.integers(0, 50) for _ in PARTITIONS)))
def test_an_endpoint_starts_where_it_was_or_with_the_oldest_record(saved, oldest_offsets):
    oldest = dict(zip(PARTITIONS, oldest_offsets, strict=True))
    start = gaps.find_start(PARTITIONS, saved, oldest)
    assert set(start.offsets) == set(PARTITIONS)
    for at, offset in start.offsets.items():
        assert offset == max(saved.get(at, 0), oldest[at])
        assert start.purged.get(at, 0) == (max(0, oldest[at] - saved[at]) if at in saved else 0)


def test_what_was_purged_between_two_reads_is_counted_by_partition():
    records = [
        Record(*at, offset, b"", b"") for at, offset in ((PARTITIONS[0], 7), (PARTITIONS[0], 8), (PARTITIONS[1], 3))
    ]
    purged = gaps.purged_before(records, {PARTITIONS[0]: 4, PARTITIONS[1]: 3})
    assert purged == {PARTITIONS[0]: 3}
    assert gaps.describe({**purged, PARTITIONS[1]: 2, PARTITIONS[2]: 1}) == "heed.customer: 5, heed.scoring: 1"


async def change_state(client, webhook, state):
    path = f"/v1/webhooks/{webhook['id']}"
    current = await client.get(path)
    response = await client.patch(path, json={"state": state}, headers={"If-Match": current.headers["etag"]})
    assert response.status_code == 200


async def shown(client, webhook, condition):
    """Return the webhook when the condition holds for what the worker has saved."""
    while not condition(found := (await client.get(f"/v1/webhooks/{webhook['id']}")).json()):
        await asyncio.sleep(0.02)
    return found


async def purge_all_but(bus, count):
    """Purge the topic of customers, in which only Ann has events."""
    bus.purge({at: end - count for at, end in (await bus.end_offsets(["heed.customer"])).items() if end})


@pytest.mark.asyncio
@pytest.mark.parametrize("is_new", [False, True], ids=["disabled later", "disabled from the beginning"])
async def test_a_webhook_that_was_disabled_for_too_long_shows_it_and_goes_on(
    resources, bus, client, create_webhook, caplog, is_new
):
    async with receiver() as shop, delivering(resources, bus):
        if is_new:
            webhook = await create_webhook(shop, ["interaction"], state="disabled")
            while not await positions(resources):
                await asyncio.sleep(0.02)
        else:
            webhook = await create_webhook(shop, ["interaction"])
            await publish(bus, make_interaction(ANN))
            await shown(client, webhook, lambda webhook: webhook["last_success_at"])
            await change_state(client, webhook, "disabled")
        before = len(shop.accepted)
        ids = await publish(bus, *(make_interaction(ANN) for _ in range(6)))
        await purge_all_but(bus, 2)
        with caplog.at_level(logging.WARNING, "heed_customer.subscriptions"):
            await change_state(client, webhook, "enabled")
            found = await shown(client, webhook, lambda webhook: webhook["missed"] and webhook["waiting"] == 0)
        assert shop.accepted_ids()[before:] == ids[-2:]
        assert found["missed"] == 4
        assert found["last_missed_at"] is not None
        assert resources.metrics.registry.get_sample_value("heed_webhook_missed_total") == 4
        assert f"webhook {webhook['id']}: records purged before it came to them: heed.customer: 4" in caplog.messages
        await client.post(f"/v1/webhooks/{webhook['id']}:replay", json={"event_id": ids[-1]})
        await shop.wait_for(lambda shop: len(shop.accepted) == before + 3)
        found = await shown(client, webhook, lambda webhook: webhook["missed"] == 0)
        assert found["last_missed_at"] is None


async def positions(resources):
    async with resources.database.autocommit() as connection:
        return (await connection.exec_driver_sql("SELECT offsets FROM webhook_progress")).all()


@pytest.mark.asyncio
async def test_a_webhook_that_is_too_slow_for_the_retention_shows_it_and_goes_on(
    resources, bus, client, create_webhook
):
    """The worker has read some events ahead: those are delivered although they are purged."""
    is_up = asyncio.Event()

    async def down(_: Received) -> tuple[int, dict[str, str]]:
        return (200 if is_up.is_set() else 503), {}

    async with receiver(down) as shop, delivering(resources, bus):
        webhook = await create_webhook(shop, ["interaction"])
        ids = await publish(bus, *(make_interaction(ANN) for _ in range(50)))
        await shop.wait_for(lambda shop: len(shop.requests) > 1)
        ids += await publish(bus, *(make_interaction(ANN) for _ in range(50)))
        await purge_all_but(bus, 3)
        is_up.set()
        await shop.wait_for(lambda shop: ids[-1] in shop.distinct)
        found = await shown(client, webhook, lambda webhook: webhook["waiting"] == 0 and webhook["missed"])
    assert shop.accepted_ids() == ids[: 97 - found["missed"]] + ids[-3:]
    assert found["missed"] > 0


@pytest.mark.asyncio
async def test_a_partition_that_had_no_record_left_has_no_gap(resources, bus, client, create_webhook):
    await publish(bus, *(make_interaction(ANN) for _ in range(6)))
    await purge_all_but(bus, 0)
    async with receiver() as shop, delivering(resources, bus):
        webhook = await create_webhook(shop, ["interaction"])
        ids = await publish(bus, make_interaction(ANN), make_interaction(uuid4()))
        await shop.wait_for(lambda shop: len(shop.accepted) == 2)
        found = await shown(client, webhook, lambda webhook: webhook["last_success_at"])
    assert sorted(shop.accepted_ids()) == sorted(ids)
    assert found["missed"] == 0
