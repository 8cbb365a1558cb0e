"""Hold-outs: the arm, which can be recomputed, and the uplift once the horizon is over."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.uplift import uplift
from heed_scoring import handlers
from heed_scoring.insights.holdouts.rules import arm_of
from tests.scoring.factories import as_batch, make_merge, make_purchase, make_return

database_test = pytest.mark.asyncio
PATH = "/v1/portfolio/holdouts"
shares = st.integers(1, 9999).map(lambda units: Decimal(units).scaleb(-4))


@given(st.text(max_size=20), st.uuids(), shares)
def test_the_arm_follows_from_the_seed_and_the_customers_id(seed, customer_id, share):
    first = hashlib.sha256(f"{seed}:{customer_id}".encode()).hexdigest()[:16]
    assert arm_of(seed, customer_id, share) == ("holdout" if int(first, 16) < float(share) * 2**64 else "treatment")


@given(st.uuids(), shares, shares)
def test_a_customer_held_out_of_a_small_share_is_held_out_of_a_larger_one(customer_id, one, other):
    small, large = sorted((one, other))
    assert arm_of("seed", customer_id, small) == "treatment" or arm_of("seed", customer_id, large) == "holdout"


def test_about_the_share_is_held_out():
    held = sum(arm_of("2026-11", UUID(int=number), Decimal("0.1")) == "holdout" for number in range(10_000))
    assert 900 < held < 1100


async def record(client, **overrides):
    answer = await client.post(PATH, json={"name": "Call after a complaint", "share": "0.5"} | overrides)
    assert answer.status_code == 201, answer.text
    read = await client.get(answer.headers["location"])
    assert read.status_code == 200, read.text
    assert read.json()["id"] == answer.json()["id"]
    return answer.json()


async def assign(client, holdout, customer_id):
    return await client.post(f"{PATH}/{holdout['id']}/assignments", json={"customer_id": str(customer_id)})


async def take_in(database, clock, *events):
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=clock)


@database_test
async def test_a_customer_is_assigned_once_by_the_rule_of_the_holdout(client):
    holdout = await record(client)
    assert (holdout["seed"], holdout["horizon_days"], "SHA-256" in holdout["rule"]) == (holdout["id"], 90, True)
    customer_id = uuid4()
    first, again = [await assign(client, holdout, customer_id) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert first.json()["arm"] == arm_of(holdout["id"], customer_id, Decimal("0.5"))


@database_test
async def test_two_holdouts_of_one_seed_split_alike_and_without_one_each_for_itself(client):
    same = [await record(client, seed="2026-11") for _ in range(2)]
    customers = [uuid4() for _ in range(30)]

    async def arms(holdout):
        return [(await assign(client, holdout, customer_id)).json()["arm"] for customer_id in customers]

    assert await arms(same[0]) == await arms(same[1])
    assert await arms(await record(client)) != await arms(await record(client))


@database_test
async def test_the_uplift_is_there_after_the_horizon_net_of_returns(client, scoring_database, clock):
    holdout = await record(client, horizon_days=30)
    customers = [uuid4() for _ in range(40)]
    arms = {one: (await assign(client, holdout, one)).json()["arm"] for one in customers}
    treated = [one for one, arm in arms.items() if arm == "treatment"]
    spared = [one for one, arm in arms.items() if arm == "holdout"]
    assert min(len(treated), len(spared)) > 5
    returned = make_purchase(spared[1], days_ago=-5)
    await take_in(
        scoring_database,
        clock,
        *[make_purchase(one, days_ago=-30) for one in treated[:5]],  # On the last day that counts.
        make_purchase(treated[5], days_ago=-31),
        make_purchase(treated[5], days_ago=0),  # On the day of the assignment, perhaps before it.
        make_purchase(spared[0], days_ago=-1),
        returned,
        make_return(returned),
    )
    path = f"{PATH}/{holdout['id']}"
    clock.advance(timedelta(days=30))
    waiting = (await client.get(path)).json()
    assert (waiting["treatment"]["waiting"], waiting["treatment"]["observed"]) == (len(treated), 0)
    assert (waiting["treatment"]["rate"], waiting["uplift"]) == (None, None)
    clock.advance(timedelta(days=1))
    report = (await client.get(path)).json()
    assert report["treatment"] == {
        "customers": len(treated),
        "waiting": 0,
        "observed": len(treated),
        "bought_again": 5,
        "rate": round(5 / len(treated), 6),
    }
    assert report["holdout"]["bought_again"] == 1
    expected = uplift((5, len(treated)), (1, len(spared)))
    found = report["uplift"]
    assert (found["difference"], found["low"], found["high"]) == pytest.approx(tuple(expected), abs=1e-6)
    assert (found["method"], found["level"]) == ("newcombe", 0.95)


@database_test
async def test_what_a_merged_customer_buys_under_another_id_counts(client, scoring_database, clock):
    holdout, survivor, duplicate = await record(client, horizon_days=30), uuid4(), uuid4()
    arm = (await assign(client, holdout, duplicate)).json()["arm"]
    await take_in(scoring_database, clock, make_merge(duplicate, survivor), make_purchase(survivor, days_ago=-5))
    clock.advance(timedelta(days=31))
    assert (await client.get(f"{PATH}/{holdout['id']}")).json()[arm]["bought_again"] == 1


@database_test
async def test_holdouts_are_listed_newest_first_and_unknown_ones_are_not_found(client):
    names = [(await record(client, name=name))["name"] for name in ("first", "second", "third")]
    first = (await client.get(PATH, params={"limit": 2})).json()
    rest = (await client.get(PATH, params={"cursor": first["next_cursor"]})).json()
    assert [item["name"] for item in first["items"] + rest["items"]] == names[::-1]
    for answer in (
        await client.get(f"{PATH}/{uuid4()}"),
        await assign(client, {"id": uuid4()}, uuid4()),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "holdout_not_found")


@database_test
@pytest.mark.parametrize(
    "wrong",
    [{"share": "0"}, {"share": "1"}, {"share": "0.00001"}, {"share": "nan"}, {"name": ""}, {"horizon_days": 0}],
)
async def test_an_impossible_holdout_is_refused(client, wrong):
    answer = await client.post(PATH, json={"name": "a", "share": "0.1"} | wrong)
    assert answer.status_code == 422


@database_test
async def test_merged_customers_are_in_one_arm(client, scoring_database, clock):
    holdout, survivor = await record(client), uuid4()
    new, known = [next(each for each in ids() if differs(holdout, each, survivor)) for _ in "12"]
    before = (await assign(client, holdout, known)).json()
    clock.advance(timedelta(minutes=1))
    events = [make_purchase(each) for each in (survivor, new, known)]
    await take_in(scoring_database, clock, *events, make_merge(new, survivor))
    first = await assign(client, holdout, new)
    assert (first.status_code, first.json()["customer_id"]) == (201, str(survivor))
    assert first.json()["arm"] == arm_of(holdout["id"], survivor, Decimal("0.5"))
    assert (await assign(client, holdout, survivor)).json() == first.json()
    await take_in(scoring_database, clock, make_merge(known, survivor))
    # Who was exposed first stays where they were, and the others are with them from now on.
    for each in (survivor, new, known):
        again = await assign(client, holdout, each)
        assert (again.status_code, again.json()) == (200, before)


def ids():
    while True:
        yield uuid4()


def differs(holdout, one, other):
    share = Decimal("0.5")
    return arm_of(holdout["id"], one, share) != arm_of(holdout["id"], other, share)
