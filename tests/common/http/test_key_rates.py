"""Rate limits of keys, with the fields that announce them."""

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.auth import tokens
from heed_common.clock import FakeClock
from heed_common.http.key_rates import WINDOW_SECONDS, KeyRates
from heed_common.identifiers import new_id
from heed_common.keys import service
from heed_common.keys.rules import NewKey
from tests.common import sample_app
from tests.conftest import NOON

MINUTE = timedelta(seconds=WINDOW_SECONDS)


@given(st.integers(1, 20), st.lists(st.integers(0, 30_000), min_size=1, max_size=60))
def test_no_window_has_more_than_twice_the_limit_and_a_waiting_key_is_served(limit, pauses):
    clock = FakeClock(NOON)
    rates, served = KeyRates(clock), list[float]()
    for pause in pauses:
        clock.advance(timedelta(milliseconds=pause))
        quota, refused = rates.count("key:a", limit)
        assert 0 <= quota.remaining < limit
        if refused is None:
            served.append(clock.now().timestamp())
        else:
            clock.advance(timedelta(seconds=refused.seconds))
            assert rates.count("key:a", limit)[1] is None
            served.append(clock.now().timestamp())
    assert max(sum(start <= other < start + WINDOW_SECONDS for other in served) for start in served) <= 2 * limit


def test_the_whole_limit_is_available_at_once_and_only_that():
    rates = KeyRates(FakeClock(NOON))
    remaining = [rates.count("key:a", 5)[0].remaining for _ in range(5)]
    assert remaining == [4, 3, 2, 1, 0]
    quota, refused = rates.count("key:a", 5)
    assert (quota.remaining, quota.reset_seconds, refused.seconds) == (0, 60, 12)
    assert rates.count("key:b", 5)[1] is None


def test_a_limit_that_was_lowered_blocks_a_key_for_a_minute_at_most():
    clock = FakeClock(NOON)
    rates = KeyRates(clock)
    for _ in range(50):
        rates.count("key:a", 50)
    assert rates.count("key:a", 1)[1].seconds <= 2 * WINDOW_SECONDS
    clock.advance(MINUTE)
    assert rates.count("key:a", 1)[1] is None


@pytest.mark.asyncio
async def test_a_limited_key_gets_429_with_the_time_to_wait(app, database, clock):
    new = NewKey("slow", frozenset({"customers:read", "customers:write"}), rate_limit=3)
    issued = await service.create_key({"samples": database}, new, grantor=tokens.OPERATOR, now=clock.now())
    async with sample_app.make_client(app, issued.token) as client:
        responses = [await client.get("/v1/samples"), await client.get(f"/v1/samples/{new_id()}")]
        responses += [await client.post("/v1/samples", json={"name": "bear"}) for _ in range(2)]
        assert [response.status_code for response in responses] == [200, 404, 201, 429]
        assert [response.headers["ratelimit"] for response in responses] == [
            *('"key";r=2;t=20', '"key";r=1;t=40', '"key";r=0;t=60', '"key";r=0;t=60')
        ]
        assert {response.headers["ratelimit-policy"] for response in responses} == {'"key";q=3;w=60'}
        refused = responses[-1]
        assert refused.json()["code"] == "rate_limited"
        assert refused.headers["retry-after"] == "20"
        clock.advance(timedelta(seconds=int(refused.headers["retry-after"])))
        assert (await client.get("/v1/samples")).status_code == 200


@pytest.mark.asyncio
async def test_wrong_secrets_use_up_nothing_of_a_keys_quota(app, database, clock):
    new = NewKey("slow", frozenset({"customers:read"}), rate_limit=1)
    issued = await service.create_key({"samples": database}, new, grantor=tokens.OPERATOR, now=clock.now())
    async with sample_app.make_client(app, f"heed_{issued.key.id}_{'s' * 43}") as stranger:
        assert {(await stranger.get("/v1/samples")).status_code for _ in range(3)} == {401}
    async with sample_app.make_client(app, issued.token) as client:
        assert (await client.get("/v1/samples")).status_code == 200


@pytest.mark.asyncio
async def test_a_key_without_a_limit_gets_no_fields(client: httpx.AsyncClient):
    response = await client.get("/v1/samples")
    assert response.status_code == 200
    assert {"ratelimit", "ratelimit-policy"} & set(response.headers) == set()
