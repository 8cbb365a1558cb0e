import pytest

from heed_common.identifiers import new_id
from tests.customer.factories import make_interaction, register, staged

pytestmark = pytest.mark.asyncio


async def test_an_interaction_is_recorded_and_published_without_its_promise(client, customer_database):
    customer_id = str(await register(client))
    response = await client.post("/v1/interactions", json=make_interaction(customer_id=customer_id))
    assert response.status_code == 201
    assert (response.json()["cost"], response.json()["currency"]) == ("4.5000", "USD")
    (event,) = await staged(customer_database, "heed.interaction")
    assert str(event.id) == response.headers["heed-event"]
    assert (event.type, event.partitionkey) == ("heed.interaction.recorded.v1", customer_id)
    assert (event.data["channel"], event.data["campaign"]) == ("phone", "spring")
    assert "catalogue" not in event.model_dump_json()


async def test_a_referral_is_recorded_and_published(client, customer_database):
    giver, taker = [str(await register(client)) for _ in range(2)]
    body = {"customer_id": giver, "referred_customer_id": taker, "occurred_at": "2026-03-02T09:00:00Z"}
    response = await client.post("/v1/referrals", json=body)
    assert response.status_code == 201
    (event,) = await staged(customer_database, "heed.referral")
    assert (event.partitionkey, event.data["referred_customer_id"]) == (giver, taker)
    assert str(event.id) == response.headers["heed-event"]


@pytest.mark.parametrize("path", ["/v1/interactions", "/v1/referrals"])
async def test_a_repeated_interaction_is_recorded_once(client, customer_database, path):
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
async def test_an_interaction_of_an_unknown_customer_is_rejected(client, customer_database, path):
    body = {"customer_id": str(new_id()), "occurred_at": "2026-03-02T09:00:00Z"}
    if path == "/v1/interactions":
        body = make_interaction(**body)
    response = await client.post(path, json=body)
    assert (response.status_code, response.json()["code"]) == (422, "customer_unknown")
    assert await staged(customer_database) == []


async def test_a_referral_of_an_unknown_customer_is_rejected(client):
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
async def test_an_impossible_interaction_is_rejected(client, overrides):
    body = make_interaction(customer_id=str(await register(client)), **overrides)
    assert (await client.post("/v1/interactions", json=body)).status_code == 422
