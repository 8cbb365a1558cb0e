"""What analyses show of few, equal, missing and multiple answers, beside the same figures counted by hand."""

from collections import Counter

import numpy as np
import pytest

from tests.survey.analysis.studies import (
    TEXT,
    analysed,
    ask,
    create_study,
    insert_responses,
    multiple,
    random_answers,
    scale,
)

pytestmark = pytest.mark.asyncio
PAIR = {"code": "desk", "text": TEXT, "type": "servqual", "measure": "other"}


@pytest.fixture
def people():
    rng = np.random.default_rng(7)
    return [random_answers(rng, missing=0.2) for _ in range(80)]


async def study_of(client, database, people, **body):
    survey_id = await create_study(client, **body)
    await insert_responses(database, survey_id, people)
    return survey_id


async def test_options_of_a_multiple_choice_are_counted_by_answers_and_by_respondents(client, survey_database, people):
    survey_id = await study_of(client, survey_database, people)
    body = await analysed(client, survey_id, "frequencies", item="seen", by="region")
    choices = [(person.get("region"), person["seen"]) for person in people if "seen" in person]
    mentions = Counter(option for _, chosen in choices for option in chosen)
    assert body["n"] == len(choices)
    assert body["answers"] == sum(mentions.values())
    for option in body["options"]:
        count = mentions[option["code"]]
        assert option["count"] == count
        assert option["share_of_answers"]["estimate"] == pytest.approx(count / sum(mentions.values()))
        assert option["share_of_respondents"]["estimate"] == pytest.approx(count / len(choices))
    by_region = {group["by"]["region"]: group for group in body["groups"]}
    assert by_region.keys() == {region for region, _ in choices if region}
    for region, group in by_region.items():
        counted = Counter(option for at, chosen in choices if at == region for option in chosen)
        assert {option["code"]: option["count"] for option in group["options"]} == counted


async def test_who_did_not_answer_counts_in_no_mean(client, survey_database, people):
    survey_id = await study_of(client, survey_database, people)
    body = await analysed(client, survey_id, "means", item="overall", by="region")
    for group in body["groups"]:
        region = group["by"]["region"]
        values = [person["overall"] for person in people if person.get("region") == region and "overall" in person]
        assert (group["mean"]["n"], group["mean"]["estimate"]) == (len(values), pytest.approx(np.mean(values)))
    assert len(body["groups"]) == 4


async def test_a_filter_and_groups_show_what_the_same_people_counted_by_hand_do(client, survey_database, people):
    survey_id = await study_of(client, survey_database, people)
    where = {"all": [{"field": "seen", "op": "contains", "value": "web"}, {"field": "price", "op": "ge", "value": 2}]}
    body = await analysed(client, survey_id, "frequencies", item="overall", where=where)
    inside = [person for person in people if "web" in person.get("seen", ()) and person.get("price", 0) >= 2]
    counted = Counter(str(person["overall"]) for person in inside if "overall" in person)
    assert {option["code"]: option["count"] for option in body["options"] if option["count"]} == counted
    assert body["n"] == sum(counted.values()) > 0


async def test_each_part_of_a_pair_is_a_field(client, survey_database):
    answers = [{"desk": {"expectation": 7, "perception": 2 + index % 3}} for index in range(12)]
    survey_id = await study_of(client, survey_database, answers, items=[PAIR, scale("overall")])
    table = await analysed(client, survey_id, "crosstab", row="desk.perception", column="desk.perception")
    assert table["rows"] == ["2", "3", "4"]
    assert table["n"] == 12
    where = {"field": "desk.perception", "op": "eq", "value": 3}
    body = await ask(client, survey_id, "crosstab", row="desk.perception", column="desk.expectation", where=where)
    assert (body.status_code, body.json()["code"]) == (422, "constant_item")


async def test_one_response_has_an_estimate_and_no_interval(client, survey_database, people):
    survey_id = await study_of(client, survey_database, [people[0] | {"overall": 4, "recommend": 9}])
    mean = (await analysed(client, survey_id, "means", item="overall"))["groups"][0]["mean"]
    assert (mean["estimate"], mean["n"], mean["se"], mean["low"]) == (4, 1, None, None)
    score = await analysed(client, survey_id, "nps")
    assert (score["nps"]["estimate"], score["promoters"]) == (100, 1)
    for name, params in (("index", {}), ("csat", {}), ("frequencies", {"item": "overall"})):
        await analysed(client, survey_id, name, **params)


async def test_a_constant_item_has_a_mean_but_nothing_depends_on_it(client, survey_database, people):
    survey_id = await study_of(client, survey_database, [person | {"overall": 4} for person in people])
    mean = (await analysed(client, survey_id, "means", item="overall"))["groups"][0]["mean"]
    assert (mean["estimate"], mean["se"]) == (4, 0)
    for name, params in (
        ("importance-performance", {"importance": "derived", "overall": "overall"}),
        ("crosstab", {"row": "overall", "column": "region"}),
        ("reliability", {"item": ["overall", "speed"]}),
    ):
        problem = await ask(client, survey_id, name, **params)
        assert (problem.status_code, problem.json()["code"]) == (422, "constant_item"), name


async def test_a_survey_without_responses_is_a_problem_in_every_analysis(client):
    survey_id = await create_study(client)
    for name, params in (
        ("frequencies", {"item": "overall"}),
        ("means", {"item": "overall"}),
        *((name, {}) for name in ("index", "nps", "csat", "ces", "reliability")),
        ("importance-performance", {"overall": "overall"}),
        ("crosstab", {"row": "overall", "column": "region"}),
        ("trend", {"item": "overall"}),
    ):
        problem = await ask(client, survey_id, name, **params)
        assert (problem.status_code, problem.json()["code"]) == (409, "no_responses"), name


async def test_an_item_without_answers_has_no_result(client, survey_database, people):
    answers = [{code: answer for code, answer in person.items() if code != "effort"} for person in people]
    survey_id = await study_of(client, survey_database, answers)
    problem = await ask(client, survey_id, "means", item="effort")
    assert (problem.status_code, problem.json()["code"]) == (409, "no_responses")
    groups = (await analysed(client, survey_id, "means", item="effort", by="region"))["groups"]
    assert {group["mean"]["n"] for group in groups} == {0}
    assert {group["mean"]["estimate"] for group in groups} == {None}


async def test_groups_that_are_all_too_small_are_all_suppressed(client, survey_database, people):
    regions = ("east", "west", "north") * 4
    answers = [person | {"region": region} for person, region in zip(people[:12], regions, strict=True)]
    survey_id = await study_of(client, survey_database, answers, anonymous=True, min_group=5)
    groups = (await analysed(client, survey_id, "means", item="price", by="region"))["groups"]
    # All options are listed, chosen or not: which ones were chosen is a result, too.
    assert [group["by"]["region"] for group in groups] == ["east", "north", "south", "west"]
    assert [group["mean"] for group in groups] == [{"suppressed": True}] * 4
    body = await analysed(client, survey_id, "frequencies", item="seen", by="region")
    assert all(group["n"] == {"suppressed": True} for group in body["groups"])
    assert all(option["count"] == {"suppressed": True} for group in body["groups"] for option in group["options"])


async def test_two_parts_of_one_answer_are_one_choice(client, survey_database):
    answers = [{"why": ["a"]}, {"why": ["a", "b"]}, {"why": []}, {}]
    survey_id = await study_of(client, survey_database, answers, items=[multiple("why", "a", "b"), scale("overall")])
    body = await analysed(client, survey_id, "frequencies", item="why")
    assert (body["n"], body["answers"]) == (3, 3)
    assert [option["count"] for option in body["options"]] == [2, 1]


async def test_a_result_is_the_same_each_time(client, survey_database, people):
    survey_id = await study_of(client, survey_database, people)
    for name, params in (("index", {}), ("nps", {}), ("importance-performance", {"overall": "overall"})):
        first = await ask(client, survey_id, name, by="region", **params)
        assert (await ask(client, survey_id, name, by="region", **params)).content == first.content
