import pytest

from heed_common.identifiers import new_id
from tests.customer.factories import register, staged

pytestmark = pytest.mark.asyncio


def make_interaction(**overrides):
    return {
        "kind": "advice", "channel": "phone", "occurred_at": "2026-03-02T09:00:00Z", "cost": "4.50",
        "campaign": "spring", "promise": "A new catalogue by Friday.",
    } | overrides  # fmt: skip


async def test_a_contact_is_kept_and_told_without_its_words(client, customer_database):
    customer_id = str(await register(client))
    answer = await client.post("/v1/interactions", json=make_interaction(customer_id=customer_id))
    assert answer.status_code == 201
    assert (answer.json()["cost"], answer.json()["currency"]) == ("4.5000", "USD")
    (event,) = await staged(customer_database, "heed.interaction")
    assert str(event.id) == answer.headers["heed-event"]
    assert (event.type, event.partitionkey) == ("heed.interaction.recorded.v1", customer_id)
    assert (event.data["channel"], event.data["campaign"]) == ("phone", "spring")
    assert "catalogue" not in event.model_dump_json()


async def test_a_recommendation_is_kept_and_told(client, customer_database):
    giver, taker = [str(await register(client)) for _ in range(2)]
    body = {"customer_id": giver, "referred_customer_id": taker, "occurred_at": "2026-03-02T09:00:00Z"}
    answer = await client.post("/v1/referrals", json=body)
    assert answer.status_code == 201
    (event,) = await staged(customer_database, "heed.referral")
    assert (event.partitionkey, event.data["referred_customer_id"]) == (giver, taker)
    assert str(event.id) == answer.headers["heed-event"]


@pytest.mark.parametrize("path", ["/v1/interactions", "/v1/referrals"])
async def test_what_comes_again_counts_once(client, customer_database, path):
    body = {"customer_id": str(await register(client)), "occurred_at": "2026-03-02T09:00:00Z", "external_id": "x"}
    if path == "/v1/interactions":
        body = make_interaction(**body)
    first, again = [await client.post(path, json=body) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["heed-event"] == first.headers["heed-event"]
    other = await client.post(path, json=body | {"occurred_at": "2026-03-02T08:00:00Z"})
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")
    assert len(await staged(customer_database)) == 2


@pytest.mark.parametrize("path", ["/v1/interactions", "/v1/referrals"])
async def test_nothing_is_kept_of_a_customer_nobody_knows(client, customer_database, path):
    body = {"customer_id": str(new_id()), "occurred_at": "2026-03-02T09:00:00Z"}
    if path == "/v1/interactions":
        body = make_interaction(**body)
    answer = await client.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "customer_unknown")
    assert await staged(customer_database) == []


async def test_whom_nobody_knows_cannot_have_been_brought(client):
    body = {"customer_id": str(await register(client)), "occurred_at": "2026-03-02T09:00:00Z"}
    stranger = await client.post("/v1/referrals", json=body | {"referred_customer_id": str(new_id())})
    assert stranger.json()["errors"][0]["pointer"] == "/referred_customer_id"
    themselves = await client.post("/v1/referrals", json=body | {"referred_customer_id": body["customer_id"]})
    assert (themselves.status_code, themselves.json()["code"]) == (422, "referred_themselves")


@pytest.mark.parametrize(
    "overrides",
    [
        {"channel": "smoke"},
        {"kind": "Not A Code"},
        {"cost": "-1"},
        {"currency": "dollars"},
        {"occurred_at": "2027-01-01T00:00:00Z"},
    ],
)
async def test_a_contact_that_cannot_be_is_refused(client, overrides):
    body = make_interaction(customer_id=str(await register(client)), **overrides)
    assert (await client.post("/v1/interactions", json=body)).status_code == 422
