"""An improvement action is judged by the change between two waves, and by the interval of that change."""

from math import sqrt
from uuid import uuid4

import numpy as np
import pytest
from scipy.stats import t

from heed_survey.actions.improvements.rules import Direction, Verdict, verdict_of
from tests.common.sample_app import make_client, make_token
from tests.survey.analysis.studies import create_study, insert_responses

pytestmark = pytest.mark.asyncio
TERMS = {
    "action": "Two more people at the counter",
    "owner": "ann",
    "due_on": "2026-09-30",
    "figure": "mean",
    "item": "overall",
    "size": 0.5,
    "before_wave": "2026-1",
    "after_wave": "2026-2",
}
BEFORE, AFTER = [1, 2, 3, 3, 2] * 8, [4, 5, 3, 4, 5] * 6


async def study(client, database, before=BEFORE, after=AFTER, **columns):
    survey_id = await create_study(client)
    answers = [{"overall": value} for value in [*before, *after]]
    waves = ["2026-1"] * len(before) + ["2026-2"] * len(after)
    await insert_responses(database, survey_id, answers, wave=waves, **columns)
    return f"/v1/surveys/{survey_id}/improvements"


async def create(client, path, **terms):
    response = await client.post(path, json=TERMS | terms)
    assert response.status_code == 201, response.text
    return response


async def effect(client, path, **terms):
    created = await create(client, path, **terms)
    return (await client.get(f"{created.headers['Location']}/effect")).json()


async def test_the_effect_is_the_difference_of_the_waves_with_the_interval_of_independent_samples(
    client, survey_database
):
    found = await effect(client, await study(client, survey_database))
    change, se = np.mean(AFTER) - np.mean(BEFORE), sqrt(np.var(BEFORE, ddof=1) / 40 + np.var(AFTER, ddof=1) / 30)
    half = t.ppf(0.975, len(BEFORE) + len(AFTER) - 2) * se
    assert found["change"]["estimate"] == pytest.approx(change)
    assert found["change"]["se"] == pytest.approx(se)
    assert (found["change"]["low"], found["change"]["high"]) == pytest.approx((change - half, change + half))
    assert (found["verdict"], found["is_reached"]) == ("improved", True)


async def test_clusters_of_the_same_label_are_other_units_in_another_wave(client, survey_database):
    clusters = [str(number % 5) for number in range(len(BEFORE) + len(AFTER))]
    found = await effect(client, await study(client, survey_database, cluster=clusters))
    squares = found["before"]["se"] ** 2 + found["after"]["se"] ** 2
    assert found["change"]["se"] == pytest.approx(sqrt(squares))


async def test_a_change_to_the_other_side_is_no_improvement(client, survey_database):
    found = await effect(client, await study(client, survey_database), direction="decrease")
    assert (found["verdict"], found["is_reached"]) == ("worsened", False)


async def test_without_a_change_nothing_is_clear(client, survey_database):
    found = await effect(client, await study(client, survey_database, after=BEFORE))
    assert (found["change"]["estimate"], found["verdict"]) == (pytest.approx(0), "unclear")


@pytest.mark.parametrize(
    ("low", "high", "direction", "verdict"),
    [
        (0.1, 0.3, Direction.INCREASE, Verdict.IMPROVED),
        (-0.3, -0.1, Direction.INCREASE, Verdict.WORSENED),
        (-0.3, -0.1, Direction.DECREASE, Verdict.IMPROVED),
        (0.0, 0.3, Direction.INCREASE, Verdict.UNCLEAR),
        (None, None, Direction.INCREASE, Verdict.UNCLEAR),
    ],
)
async def test_the_verdict_is_that_of_the_interval(low, high, direction, verdict):
    assert verdict_of(low, high, direction) is verdict


async def test_a_wave_below_the_smallest_group_is_not_shown(app, client, survey_database, clock):
    path = await study(client, survey_database, after=[5, 5, 4])
    location = (await create(client, path)).headers["Location"]
    token = await make_token(survey_database, now=clock.now(), scopes=["surveys:read"])
    async with make_client(app, token) as reader:
        found = (await reader.get(f"{location}/effect")).json()
    assert found["after"] == found["change"] == {"suppressed": True}
    assert (found["verdict"], found["is_reached"]) == ("unclear", None)


async def test_until_the_later_wave_is_named_and_has_responses_there_is_no_effect(client, survey_database):
    path = await study(client, survey_database)
    for wave, code in ((None, "wave_missing"), ("2027-1", "no_responses")):
        location = (await create(client, path, after_wave=wave)).headers["Location"]
        response = await client.get(f"{location}/effect")
        assert (response.status_code, response.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    ("terms", "code", "pointer"),
    [
        ({"item": "nothing"}, "unknown_item", "/item"),
        ({"item": None}, "figure_needs_item", "/item"),
        ({"figure": "index"}, "figure_needs_item", "/item"),
        ({"after_wave": "2026-1"}, "same_wave", "/after_wave"),
    ],
)
async def test_terms_that_contradict_themselves_are_refused(client, survey_database, terms, code, pointer):
    response = await client.post(await study(client, survey_database), json=TERMS | terms)
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_an_action_is_changed_by_its_newest_version_only_and_listed_by_day(client, survey_database):
    path = await study(client, survey_database)
    created = await create(client, path)
    location, tag = created.headers["Location"], {"If-Match": created.headers["ETag"]}
    await create(client, path, due_on="2026-08-01")
    assert (await client.put(location, json=TERMS | {"done_on": "2026-09-01"}, headers=tag)).status_code == 200
    assert (await client.put(location, json=TERMS, headers=tag)).status_code == 412
    assert (await client.put(location, json=TERMS)).status_code == 428
    listed = (await client.get(path)).json()["items"]
    assert [(item["due_on"], item["done_on"]) for item in listed] == [
        ("2026-08-01", None),
        ("2026-09-30", "2026-09-01"),
    ]
    assert (await client.get(f"{path}/{uuid4()}")).json()["code"] == "improvement_not_found"
