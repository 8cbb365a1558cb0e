"""Delivery of webhooks, with a receiver on loopback."""

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from tests.customer.subscriptions.conftest import delivering
from tests.customer.subscriptions.publishing import make_interaction, publish
from tests.webhook_receiver import Received, Receiver, Respond, receiver

pytestmark = pytest.mark.asyncio

SPOIL_SECRET = text("UPDATE webhook_endpoint SET secrets = 'x' WHERE id = :id")
PROGRESS = text("SELECT offsets, replays FROM webhook_progress")


def responding(status: int, **headers: str) -> Respond:
    async def respond(_: Received) -> tuple[int, dict[str, str]]:
        return status, {name.replace("_", "-"): value for name, value in headers.items()}

    return respond


def has(count: int) -> Callable[[Receiver], bool]:
    return lambda receiver: len(receiver.accepted) >= count


def in_order(ids: list[str], expected: list[str]) -> bool:
    """Return whether the first deliveries of the expected ids came in their order, and all came."""
    return list(dict.fromkeys(id_ for id_ in ids if id_ in expected)) == expected


async def test_events_are_delivered_signed_and_as_they_are_in_the_topic(resources, bus, create_webhook):
    async with receiver() as shop, delivering(resources, bus):
        await create_webhook(shop, ["interaction"])
        ids = await publish(bus, *(make_interaction(uuid4()) for _ in range(5)))
        await shop.wait_for(has(5))
    assert sorted(shop.accepted_ids()) == sorted(ids)
    assert sorted(request.event["id"] for request in shop.accepted) == sorted(ids)
    assert {request.headers["content-type"] for request in shop.accepted} == {"application/cloudevents+json"}
    assert shop.forged == 0


async def test_a_customers_events_arrive_in_order_whatever_fails(resources, bus, create_webhook):
    customers = [uuid4() for _ in range(6)]
    count = 0

    async def fails_often(_: Received) -> tuple[int, dict[str, str]]:
        nonlocal count
        count += 1
        return (500 if count % 3 == 0 else 200), {}

    async with receiver(fails_often) as shop, delivering(resources, bus):
        await create_webhook(shop, ["interaction"])
        ids = await publish(bus, *(make_interaction(customers[number % 6]) for number in range(60)))
        await shop.wait_for(has(60))
    assert [in_order(shop.accepted_ids(), ids[index::6]) for index in range(6)] == [True] * 6


async def test_what_happens_while_a_webhook_is_disabled_is_delivered_once_it_is_enabled(
    resources, bus, client, create_webhook
):
    async with receiver() as shop, delivering(resources, bus):
        created = await create_webhook(shop, ["interaction"], state="disabled")
        assert created["disabled_because"] == "request"
        ids = await publish(bus, *(make_interaction(uuid4()) for _ in range(3)))
        path = f"/v1/webhooks/{created['id']}"
        enabled = await client.patch(path, json={"state": "enabled"}, headers={"If-Match": '"1"'})
        assert enabled.status_code == 200
        await shop.wait_for(has(3))
        await client.patch(path, json={"state": "disabled"}, headers={"If-Match": enabled.headers["etag"]})
        ids += await publish(bus, *(make_interaction(uuid4()) for _ in range(3)))
        await client.patch(path, json={"state": "enabled"}, headers={"If-Match": '"3"'})
        await shop.wait_for(has(6))
    assert sorted(shop.accepted_ids()) == sorted(ids)


async def test_a_restarted_worker_goes_on_where_the_last_one_has_got_to(resources, bus, create_webhook):
    async with receiver() as shop:
        async with delivering(resources, bus):
            await create_webhook(shop, ["interaction"])
            ids = await publish(bus, *(make_interaction(uuid4()) for _ in range(4)))
            await shop.wait_for(has(4))
        ids += await publish(bus, *(make_interaction(uuid4()) for _ in range(4)))
        async with delivering(resources, bus):
            await shop.wait_for(has(8))
    assert sorted(shop.accepted_ids()) == sorted(ids)


async def test_of_two_workers_one_delivers_and_the_other_follows_it(resources, bus, create_webhook):
    async with receiver() as shop, delivering(resources, bus):
        await create_webhook(shop, ["interaction"])
        async with delivering(resources, bus):
            await publish(bus, *(make_interaction(uuid4()) for _ in range(10)))
            await shop.wait_for(has(10))
        assert len(shop.accepted) == len(set(shop.accepted_ids())) == 10
        await publish(bus, make_interaction(uuid4()))
        await shop.wait_for(has(11))


async def test_a_slow_receiver_delays_no_other_one(resources, bus, create_webhook):
    released = asyncio.Event()

    async def hangs(_: Received) -> tuple[int, dict[str, str]]:
        await released.wait()
        return 200, {}

    async with receiver(hangs) as slow, receiver() as good, delivering(resources, bus, webhook_seconds=100):
        await create_webhook(slow, ["interaction"])
        await create_webhook(good, ["interaction"])
        ids = await publish(bus, *(make_interaction(uuid4()) for _ in range(30)))
        await good.wait_for(has(30))
        assert slow.accepted == []
        released.set()
        await slow.wait_for(has(30))
    assert sorted(slow.accepted_ids()) == sorted(good.accepted_ids()) == sorted(ids)


async def test_an_event_that_is_never_accepted_blocks_its_partition_alone(resources, bus, create_webhook):
    poison, other = (UUID(int=number) for number in (1, 2))
    first = await publish(bus, make_interaction(poison), make_interaction(poison), make_interaction(other))

    async def refuses(request: Received) -> tuple[int, dict[str, str]]:
        return (500 if request.event["data"]["customer_id"] == str(poison) else 200), {}

    async with receiver(refuses) as shop, delivering(resources, bus):
        await create_webhook(shop, ["interaction"])
        await shop.wait_for(has(1))
        later = await publish(bus, *(make_interaction(other) for _ in range(5)))
        await shop.wait_for(has(6))
        assert shop.accepted_ids() == [first[2], *later]
        assert first[1] not in {request.id for request in shop.requests}


async def test_a_receiver_that_is_gone_is_disabled_and_loses_nothing(resources, bus, client, create_webhook):
    async with receiver(responding(410)) as shop, delivering(resources, bus):
        created = await create_webhook(shop, ["interaction"])
        ids = await publish(bus, make_interaction(uuid4()))
        path = f"/v1/webhooks/{created['id']}"
        await shop.wait_for(lambda shop: len(shop.requests) == 1)
        while (found := (await client.get(path)).json())["state"] == "enabled":
            await asyncio.sleep(0.02)
        assert found["disabled_because"] == "gone"
        shop.respond = responding(200)
        await client.patch(path, json={"state": "enabled"}, headers={"If-Match": '"1"'})
        await shop.wait_for(has(1))
    assert shop.accepted_ids() == ids


async def test_a_receiver_gets_no_request_before_its_retry_after(resources, bus, create_webhook):
    async with receiver(responding(429, retry_after="1")) as shop, delivering(resources, bus):
        await create_webhook(shop, ["interaction"])
        await publish(bus, make_interaction(uuid4()))
        await shop.wait_for(lambda shop: len(shop.requests) == 1)
        shop.respond = responding(200)
        await shop.wait_for(has(1))
    assert len(shop.requests) == 2
    assert shop.requests[1].at - shop.requests[0].at >= 0.99


async def test_a_replay_delivers_again_from_a_moment_or_an_event(resources, bus, client, create_webhook):
    async with receiver() as shop, delivering(resources, bus):
        created = await create_webhook(shop, ["interaction"])
        path = f"/v1/webhooks/{created['id']}:replay"
        one = uuid4()
        ids = await publish(bus, make_interaction(one))
        await asyncio.sleep(0.01)
        ids += await publish(bus, make_interaction(one), make_interaction(one))
        await shop.wait_for(has(3))
        assert (await client.post(path, json={"event_id": ids[1]})).status_code == 200
        await shop.wait_for(has(5))
        assert (await client.post(path, json={"starts_at": created["created_at"]})).status_code == 200
        await shop.wait_for(has(8))
    assert shop.accepted_ids() == [*ids, *ids[1:], *ids]


async def test_after_a_rotation_requests_have_both_signatures(resources, bus, client, create_webhook):
    async with receiver() as shop:
        created = await create_webhook(shop, ["interaction"])
        former = shop.secret
        rotated = (await client.post(f"/v1/webhooks/{created['id']}:rotate-secret")).json()
        assert rotated["secret"] != former
        async with delivering(resources, bus):
            await publish(bus, make_interaction(uuid4()))
            await shop.wait_for(has(1))
            shop.secret = rotated["secret"]
            await publish(bus, make_interaction(uuid4()))
            await shop.wait_for(has(2))
        assert [len(request.headers["webhook-signature"].split()) for request in shop.accepted] == [2, 2]
        assert shop.forged == 0


async def test_attempts_are_listed_and_progress_is_shown(resources, bus, client, create_webhook):
    async with receiver(responding(500)) as shop, delivering(resources, bus):
        created = await create_webhook(shop, ["interaction"])
        path = f"/v1/webhooks/{created['id']}"
        (event_id,) = await publish(bus, make_interaction(uuid4()))
        await shop.wait_for(lambda shop: len(shop.requests) >= 2)
        shop.respond = responding(204)
        await shop.wait_for(has(1))
        while (await client.get(path)).json()["last_success_at"] is None:
            await asyncio.sleep(0.02)
        attempts = (await client.get(f"{path}/deliveries")).json()["items"]
        assert (attempts[0]["status"], attempts[0]["error"], attempts[0]["number"]) == (204, None, len(attempts))
        assert {(item["status"], item["error"], item["event_id"]) for item in attempts[1:]} == {
            (500, "status", event_id)
        }
        failed = (await client.get(f"{path}/deliveries", params={"failed": "true"})).json()["items"]
        assert failed == attempts[1:]
        shown = (await client.get(path)).json()
        assert (shown["failures"], shown["waiting"], shown["missed"]) == (0, 0, 0)


async def test_a_name_that_changes_to_a_private_address_is_not_connected_to(resources, bus, client):
    """DNS rebinding: the address that is checked is the address that is connected to."""
    answers = ["127.0.0.1"]

    async def resolve(host: str, port: int) -> list[str]:
        return [answers[-1]]

    only_one = {"webhook_allowed_networks": "127.0.0.1/32"}
    async with receiver() as shop, delivering(resources, bus, resolve=resolve, **only_one):
        body = {"url": f"http://rebinding.example:{shop.port}/", "types": ["interaction"]}
        created = await client.post("/v1/webhooks", json=body)
        answers.append("127.0.0.2")
        await publish(bus, make_interaction(uuid4()))
        path = f"/v1/webhooks/{created.json()['id']}/deliveries"
        while not (attempts := (await client.get(path)).json()["items"]):
            await asyncio.sleep(0.02)
        assert {attempt["error"] for attempt in attempts} == {"address_refused"}
        assert shop.requests == []
        answers.append("127.0.0.1")
        await shop.wait_for(lambda shop: len(shop.requests) == 1)


async def test_a_secret_that_no_key_decrypts_stops_its_own_webhook_alone(resources, bus, create_webhook, caplog):
    async with receiver() as stuck, receiver() as good:
        broken = await create_webhook(stuck, ["interaction"])
        await create_webhook(good, ["interaction"])
        async with resources.database.transaction() as session:
            await session.execute(SPOIL_SECRET, {"id": broken["id"]})
        async with delivering(resources, bus):
            ids = await publish(bus, make_interaction(uuid4()))
            await good.wait_for(has(1))
        assert good.accepted_ids() == ids
        assert stuck.requests == []
    assert f"webhook {broken['id']}: no key of HEED_CONTACT_KEYS decrypts its secret" in caplog.messages


async def test_a_webhook_that_is_disabled_is_not_measured_as_behind(resources, bus, client, create_webhook):
    def waiting() -> float | None:
        labels = {"webhook": webhook["id"]}
        return resources.metrics.registry.get_sample_value("heed_webhook_waiting", labels)

    async with receiver(responding(500)) as shop, delivering(resources, bus):
        webhook = await create_webhook(shop, ["interaction"])
        await publish(bus, make_interaction(uuid4()))
        while waiting() is None:
            await asyncio.sleep(0.02)
        await client.patch(f"/v1/webhooks/{webhook['id']}", json={"state": "disabled"}, headers={"If-Match": '"1"'})
        while waiting() is not None:
            await asyncio.sleep(0.02)
