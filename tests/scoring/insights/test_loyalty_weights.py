"""Operators set the weights of loyalty; contradictions are refused, and all customers are scored again."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.scoring import ModelPublished
from heed_measures import ahp
from heed_scoring import handlers
from heed_scoring.engine.loyalty import judgements
from heed_scoring.engine.loyalty.errors import InconsistentJudgements
from heed_scoring.engine.loyalty.judgements import DEFAULT_JUDGEMENTS, DEFAULT_WEIGHT_VALUES, DEFAULT_WEIGHTS, LEVELS
from heed_scoring.insights.loyalty_weights.labels import LABELS
from heed_scoring.scores.daily_refresh import DailyRefresh
from tests.scoring.factories import make_purchase, make_response, received
from tests.scoring.outbox import published

PATH = "/v1/models/loyalty-judgements"


def judge(**levels):
    return judgements.weights_from_judgements(DEFAULT_JUDGEMENTS | levels, attitude_cut=60, behaviour_cut=60)


def test_the_built_in_weights_are_what_the_built_in_judgements_come_to():
    assert judge().weights == DEFAULT_WEIGHT_VALUES
    assert judgements.from_json(judgements.to_json(DEFAULT_WEIGHTS)) == DEFAULT_WEIGHTS == judge()


def test_the_judgement_that_contradicts_the_others_is_named_with_what_they_imply():
    seed = list(DEFAULT_JUDGEMENTS["behaviour"])
    place = judgements.pairs("behaviour").index(("recency", "cross_buying"))
    with pytest.raises(InconsistentJudgements) as refused:
        judge(behaviour=[*seed[:place], 1 / 9, *seed[place + 1 :]])
    assert refused.value.pointer == f"/judgements/behaviour/{place}"
    members = refused.value.members
    assert (members["level"], members["first"], members["second"]) == ("behaviour", "recency", "cross_buying")
    assert members["consistency_ratio"] > ahp.MAX_CONSISTENCY_RATIO
    judge(behaviour=[*seed[:place], members["suggested"], *seed[place + 1 :]])


@given(st.lists(st.floats(0.35, 1), min_size=6, max_size=6))
def test_judgements_that_agree_with_each_other_give_back_the_weights_behind_them(shares):
    given_weights = dict(zip(LEVELS["behaviour"], shares, strict=True))
    ratios = [given_weights[first] / given_weights[second] for first, second in judgements.pairs("behaviour")]
    found = judge(behaviour=ratios).weights
    for name, share in given_weights.items():
        assert found[name] == pytest.approx(share / sum(shares), abs=1e-5)


@pytest.mark.asyncio
async def test_the_judgements_are_read_with_their_weights_and_what_each_one_compares(client):
    answer = await client.get(PATH)
    assert answer.status_code == 200
    read = answer.json()
    assert read["model_version"] == "prior-1"
    assert read["cut_offs"] == {"attitude": 60.0, "behaviour": 60.0}
    assert read["levels"]["loyalty"] == {
        "pairs": [["behaviour", "attitude"]],
        "weights": {"behaviour": 0.75, "attitude": 0.25},
        "consistency_ratio": 0.0,
    }
    assert len(read["levels"]["behaviour"]["pairs"]) == len(read["judgements"]["behaviour"]) == 15


def test_all_that_is_judged_has_a_name_in_both_languages():
    assert set(LABELS) == {name for names in LEVELS.values() for name in names}
    assert all({"en", "zh"} == set(label) for label in LABELS.values())


@pytest.mark.asyncio
async def test_the_criteria_are_named_in_chinese_too(client):
    answer = await client.get(PATH, headers={"Accept-Language": "zh"})
    assert answer.headers["Content-Language"] == "zh"
    assert answer.json()["labels"]["repeat_purchases"] == "重复购买次数"


async def put(client, body, **headers):
    return await client.put(PATH, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


@pytest.mark.asyncio
async def test_judgements_are_not_overwritten_without_their_current_version(client):
    read = await client.get(PATH)
    body = {"judgements": read.json()["judgements"] | {"loyalty": [1]}}
    assert (await put(client, body)).status_code == 428
    assert (await put(client, body, if_match='"1"')).status_code == 412
    answer = await put(client, body, if_match=read.headers["ETag"])
    assert answer.status_code == 200
    assert answer.headers["ETag"] != read.headers["ETag"]
    assert answer.json() == (await client.get(PATH)).json()
    assert (await put(client, body, if_match=read.headers["ETag"])).status_code == 412


@pytest.mark.asyncio
async def test_contradicting_judgements_are_refused_without_repeating_them(client):
    read = await client.get(PATH)
    body = {"judgements": read.json()["judgements"] | {"attitude": [4.321, 2, 4]}}
    answer = await put(client, body, if_match=read.headers["ETag"])
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "inconsistent_judgements"
    assert problem["errors"][0]["pointer"] == "/judgements/attitude/1"
    assert {"level", "first", "second", "suggested", "consistency_ratio"} <= problem.keys()
    assert "4.321" not in answer.text
    assert (await client.get(PATH)).json() == read.json()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "changed",
    [
        {"judgements": {"loyalty": [0]}},
        {"judgements": {"loyalty": [True]}},
        {"judgements": {"loyalty": [1, 1]}},
        {"judgements": {"behaviour": [1]}},
        {"cut_offs": {"attitude": 101}},
    ],
)
async def test_judgements_that_cannot_be_are_refused(client, changed):
    read = await client.get(PATH)
    body = {name: read.json()[name] | changed.get(name, {}) for name in ("judgements", "cut_offs")}
    assert (await put(client, body, if_match=read.headers["ETag"])).status_code == 422


@pytest.mark.asyncio
async def test_new_judgements_apply_at_once_and_the_daily_refresh_re_scores_all_customers(client, resources):
    database, clock, customer_id = resources.database, resources.clock, uuid4()
    events = [make_purchase(customer_id, days_ago=400), make_response(customer_id, level=5)]
    async with database.transaction() as session:
        await handlers.process_batch(session, [received(event) for event in events], clock=clock)
    before = (await client.get(f"/v1/scores/{customer_id}")).json()
    read = await client.get(PATH)
    body = {"judgements": read.json()["judgements"] | {"loyalty": [0.2]}, "cut_offs": {"attitude": 100}}
    version = (await put(client, body, if_match=read.headers["ETag"])).json()["model_version"]
    refresh, more = DailyRefresh(), True
    while more:
        async with database.transaction() as session:
            more = await refresh(session, clock)
    (last,) = (await client.get(f"/v1/scores/{customer_id}/history?limit=1")).json()["items"]
    assert version != "prior-1"
    assert last["model_version"] == version
    assert last["caused_by"] == {"type": "heed.model.published.v1", "event_id": None}
    assert last["loyalty"]["index"] > before["loyalty"]["index"]
    versions = [message.event.model_version for message in await published(database, ModelPublished)]
    assert versions == [version]
