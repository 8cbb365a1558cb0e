"""The parts of a report agree with the analyses, and are withheld together."""

import numpy as np
import pytest
import pytest_asyncio
from scipy.stats import t

from tests.common.sample_app import make_client, make_token
from tests.survey.analysis.studies import analysed, ask, create_study, insert_responses, random_answers
from tests.survey.reporting.studies import create_repair_study, freeze, people, store

pytestmark = pytest.mark.asyncio


async def body_of(client, survey_id, **terms):
    location = (await freeze(client, survey_id, **terms)).headers["Location"]
    return (await client.get(f"{location}/document")).json()["body"]


@pytest_asyncio.fixture
async def answers():
    return people(150)


@pytest_asyncio.fixture
async def survey_id(client, survey_database, answers):
    survey_id = await create_repair_study(client)
    flags = [["speeding"] if number % 5 == 0 else [] for number in range(len(answers))]
    waves = ["2026_1"] * 70 + ["2026_2"] * 80
    await store(survey_database, survey_id, answers, flags=flags, wave=waves)
    return survey_id


async def test_the_key_figures_are_those_of_the_analyses(client, survey_id):
    body = await body_of(client, survey_id)
    figures = {headline["kind"]: headline for headline in body["headlines"]}
    for kind, item in (("csat", "overall"), ("nps", "recommend"), ("ces", "effort")):
        assert figures[kind]["estimate"] == (await analysed(client, survey_id, kind, item=item))[kind]
        without = await analysed(client, survey_id, kind, item=item, flags="exclude")
        assert figures[kind]["without_flagged"] == without[kind]
    index = await analysed(client, survey_id, "index")
    assert body["index"]["nodes"][0]["score"] == index["score"]
    assert [node["path"] for node in body["index"]["nodes"]] == [node["path"] for node in index["tree"]]
    matrix = await analysed(client, survey_id, "importance-performance")
    assert [each["region"] for each in body["matrix"]["attributes"]] == [
        each["region"] for each in matrix["attributes"]
    ]


async def test_the_collection_is_counted(client, survey_id):
    collection = (await body_of(client, survey_id))["collection"]
    assert (collection["responses"], collection["flagged"]) == (150, 30)
    assert collection["modes"] == {"phone": 50, "web": 100}


async def test_the_best_and_the_worst_part_are_compared_on_the_same_people(client, survey_id, answers):
    found = (await body_of(client, survey_id))["index"]["difference"]
    service = np.array([[answer[code] for code in ("speed", "kindness", "advice")] for answer in answers]).mean(axis=1)
    value = np.array([[answer[code] for code in ("price", "parts")] for answer in answers]).mean(axis=1)
    difference = 25 * np.abs(service.mean() - value.mean())
    half = t.ppf(0.975, 149) * (25 * (service - value)).std(ddof=1) / np.sqrt(150)
    assert {found["best"], found["worst"]} == {"service", "value"}
    assert found["difference"]["estimate"] == pytest.approx(difference)
    assert found["difference"]["low"] == pytest.approx(difference - half, abs=1e-5)


async def test_of_several_parts_the_interval_holds_for_every_pair(client, survey_database):
    items = [
        {"code": code, "text": {"en": code}, "type": "scale", "scale": {"lowest": 1, "highest": 5}, "indicator": code}
        for code in ("a", "b", "c", "d")
    ]
    survey_id = await create_study(client, items=items, languages=["en"])
    rng = np.random.default_rng(3)
    table = rng.integers(1, 6, size=(80, 4))
    await insert_responses(survey_database, survey_id, [dict(zip("abcd", map(int, row), strict=True)) for row in table])
    found = (await body_of(client, survey_id))["index"]["difference"]
    columns = {code: table[:, number] for number, code in enumerate("abcd")}
    difference = 25 * (columns[found["best"][0]] - columns[found["worst"][0]])
    half = t.ppf(1 - 0.025 / 6, 79) * difference.std(ddof=1) / np.sqrt(80)
    assert found["compared"] == 4
    assert found["difference"]["estimate"] == pytest.approx(difference.mean())
    assert found["difference"]["high"] == pytest.approx(difference.mean() + half, rel=1e-5)


async def test_the_trend_is_shown_for_all_waves_only(client, survey_id):
    body = await body_of(client, survey_id)
    assert [trend["figure"] for trend in body["trends"]] == ["index", "mean", "nps"]
    assert [wave["wave"] for wave in body["trends"][0]["waves"]] == ["2026_1", "2026_2"]
    assert (await body_of(client, survey_id, wave="2026_1"))["trends"] == []


async def test_a_survey_without_indicators_has_no_index_and_no_matrix(client, survey_database):
    item = {"code": "why", "text": {"en": "Why?"}, "type": "single"}
    options = [{"code": code, "text": {"en": code}} for code in ("yes", "no")]
    survey_id = await create_study(client, items=[item | {"options": options}], languages=["en"])
    await insert_responses(survey_database, survey_id, [{"why": "yes"}] * 7 + [{"why": "no"}] * 9)
    body = await body_of(client, survey_id)
    assert (body["headlines"], body["index"], body["matrix"], body["trends"]) == ([], None, None, [])
    assert [(choice["code"], choice["count"]) for choice in body["items"][0]["choices"]] == [("yes", 7), ("no", 9)]


@pytest.mark.parametrize("flagged", [3, 8])
async def test_figures_without_flagged_responses_are_withheld_where_few_are_flagged(client, survey_database, flagged):
    survey_id = await create_study(client)
    rng = np.random.default_rng(5)
    answers = [random_answers(rng) for _ in range(90)]
    flags = [["late"] if number < flagged else [] for number in range(90)]
    await insert_responses(survey_database, survey_id, answers, flags=flags)
    body = await body_of(client, survey_id, for_public=True)
    without = body["index"]["without_flagged"]
    assert (without is None) is (flagged < 5)
    assert body["collection"]["flagged"] == (flagged if flagged >= 5 else {"suppressed": True})


async def test_a_small_mode_takes_another_one_with_it(client, survey_database):
    survey_id = await create_study(client)
    modes = ["web"] * 30 + ["phone"] * 12 + ["mail"] * 2
    await insert_responses(survey_database, survey_id, [{"overall": 4}] * 44, mode=modes)
    hidden = {"suppressed": True}
    controlled = (await body_of(client, survey_id, for_public=True))["collection"]
    assert controlled["modes"] == {"mail": hidden, "phone": hidden, "web": 30}
    assert (await body_of(client, survey_id))["collection"]["modes"] == {"mail": 2, "phone": 12, "web": 30}


async def test_a_report_and_later_analyses_are_controlled_together(app, client, survey_database, clock):
    """What the report has shown of everyone leaves no room for all but a few."""
    survey_id = await create_study(client)
    answers = [{"overall": value, "region": "east"} for value in [5, 4, 3] * 10]
    answers += [{"overall": 1, "region": "west"}] * 3
    await insert_responses(survey_database, survey_id, answers)
    await freeze(client, survey_id, for_public=True)
    where = {"field": "region", "op": "eq", "value": "east"}
    token = await make_token(survey_database, now=clock.now(), scopes=["surveys:read"])
    async with make_client(app, token) as reader:
        response = await ask(reader, survey_id, "means", item="overall", where=where)
    assert (response.status_code, response.json()["code"]) == (403, "would_disclose")
