"""An improvement action is judged by the change between two waves, and by the interval of that change."""

from math import sqrt
from uuid import uuid4

import numpy as np
import pytest
from scipy.stats import t

from heed_survey.actions.improvements.rules import Direction, Verdict, verdict_of
from tests.common.sample_app import make_client, make_token
from tests.survey.analysis.studies import ITEMS as STUDY_ITEMS
from tests.survey.analysis.studies import ask, create_study, insert_responses, random_answers, scale

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
INDEX_ITEMS = [
    scale("speed", indicator="service", weight="0.5"),
    scale("kindness", indicator="service", weight="0.5"),
    scale("price", indicator="product"),
]
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


def brute_force(rows, figure, wave):
    """Return the figure of a wave and its variance: residuals by hand, in strata with clusters of that wave."""
    rows = [row for row in rows if row["wave"] == wave]
    parts = [(row["weight"], row) for row in rows]
    point, scores = 0.0, dict.fromkeys(range(len(rows)), 0.0)
    for code, coefficient, offset in FIGURES[figure]:
        size = sum(weight for weight, row in parts if code in row["values"])
        mean = sum(weight * row["values"][code] for weight, row in parts if code in row["values"]) / size
        point += coefficient * mean + offset
        for index, (weight, row) in enumerate(parts):
            if code in row["values"]:
                scores[index] += coefficient * weight * (row["values"][code] - mean) / size
    variance = 0.0
    for stratum in {row["stratum"] for row in rows}:
        totals = {}
        for index, row in enumerate(rows):
            if row["stratum"] == stratum:
                totals[row["cluster"]] = totals.get(row["cluster"], 0.0) + scores[index]
        n, middle = len(totals), sum(totals.values()) / len(totals)
        variance += n / (n - 1) * sum((total - middle) ** 2 for total in totals.values())
    return point, variance


FIGURES = {
    "mean": [("overall", 1.0, 0.0)],
    "nps": [("net", 1.0, 0.0)],
    "csat": [("box", 1.0, 0.0)],
    "index": [("speed", 6.25, -6.25), ("kindness", 6.25, -6.25), ("price", 12.5, -12.5)],
}
ITEM_OF = {"mean": "overall", "nps": "recommend", "csat": "overall", "index": None}


def values_of(answers):
    """Return the answers with what their net score and top boxes are made of."""
    values = dict(answers)
    if "recommend" in answers:
        values["net"] = 100 * ((answers["recommend"] >= 9) - (answers["recommend"] <= 6))
    if "overall" in answers:
        values["box"] = int(answers["overall"] >= 4)
    return values


@pytest.mark.parametrize("figure", FIGURES)
async def test_the_effect_on_every_figure_is_that_of_the_design_by_hand(client, survey_database, figure):
    rng = np.random.default_rng(11)
    answers = [random_answers(rng, missing=0.1) for _ in range(240)]
    columns = {
        "wave": ["2026-1" if number < 110 else "2026-2" for number in range(240)],
        "stratum": [str(rng.integers(3)) for _ in range(240)],
        "cluster": [str(rng.integers(6)) for _ in range(240)],
        "weight": [float(rng.uniform(0.5, 3)) for _ in range(240)],
    }
    survey_id = await create_study(client, items=[*STUDY_ITEMS[:3], *INDEX_ITEMS])
    await insert_responses(survey_database, survey_id, answers, **columns)
    path = f"/v1/surveys/{survey_id}/improvements"
    found = await effect(client, path, figure=figure, item=ITEM_OF[figure], size=0.01)
    rows = [
        {"values": values_of(given)} | {name: column[number] for name, column in columns.items()}
        for number, given in enumerate(answers)
    ]
    (before, first), (after, second) = (brute_force(rows, figure, wave) for wave in ("2026-1", "2026-2"))
    for name, point, variance in (("before", before, first), ("after", after, second)):
        assert found[name]["estimate"] == pytest.approx(point)
        assert found[name]["se"] == pytest.approx(sqrt(variance))
    assert found["change"]["estimate"] == pytest.approx(after - before)
    assert found["change"]["se"] == pytest.approx(sqrt(first + second))
    assert found["change"]["low"] < after - before < found["change"]["high"]


@pytest.mark.parametrize(("figure", "item"), [("nps", "recommend"), ("csat", "overall")])
async def test_of_few_who_agree_no_change_is_certain(client, survey_database, figure, item):
    """All agree in both waves: by the errors alone, which are 0, the change would be."""
    survey_id = await create_study(client)
    answers = [{"overall": 3, "recommend": 8}] * 3 + [{"overall": 5, "recommend": 10}] * 2
    await insert_responses(survey_database, survey_id, answers, wave=["2026-1"] * 3 + ["2026-2"] * 2)
    found = await effect(client, f"/v1/surveys/{survey_id}/improvements", figure=figure, item=item)
    assert found["change"]["se"] == 0
    assert found["change"]["high"] - found["change"]["low"] > 0.5 * found["change"]["estimate"]


async def test_a_score_is_shown_with_all_its_classes_or_not_at_all(app, client, survey_database, clock):
    """Score, error and n of a wave give back how many there are of each class."""
    survey_id = await create_study(client)
    answers = [{"recommend": value} for value in [10] * 20 + [8] * 10 + [1] * 2 + [10] * 20 + [8] * 10 + [1] * 8]
    await insert_responses(survey_database, survey_id, answers, wave=["2026-1"] * 32 + ["2026-2"] * 38)
    created = await create(client, f"/v1/surveys/{survey_id}/improvements", figure="nps", item="recommend")
    token = await make_token(survey_database, now=clock.now(), scopes=["surveys:read"])
    async with make_client(app, token) as reader:
        found = (await reader.get(f"{created.headers['Location']}/effect")).json()
        trend = (await ask(reader, survey_id, "trend", figure="nps")).json()
    assert found["before"] == found["change"] == {"suppressed": True}
    assert trend["waves"][0]["estimate"] == {"suppressed": True}


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
