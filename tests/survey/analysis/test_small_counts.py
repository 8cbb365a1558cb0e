"""What a reader combines to learn how few people gave an answer, each way on its own."""

import numpy as np
import pytest

from heed_survey.analysis.results.cells import Detail, all_sums_of, detail_of, exposes
from heed_survey.surveys.questionnaire.documents import from_document
from tests.survey.analysis.studies import ITEMS, TEN, analysed, ask, create_study, insert_responses, scale

pytestmark = pytest.mark.asyncio
K = 5
NORTH = {"field": "region", "op": "eq", "value": "north"}
UNHAPPY = {"field": "overall", "op": "eq", "value": 1}


def person(**answers):
    return {
        "overall": 4,
        "recommend": 8,
        "effort": 3,
        "speed": 4,
        "kindness": 4,
        "price": 3,
        "region": "east",
    } | answers


async def create_anonymous(client, database, people, **study):
    survey_id = await create_study(client, anonymous=True, min_group=K, **study)
    waves = [each.pop("wave", None) for each in people]
    await insert_responses(database, survey_id, people, wave=waves)
    return survey_id


async def statuses(client, survey_id, *requests):
    return [(await ask(client, survey_id, name, **params)).status_code for name, params in requests]


async def test_the_numbers_of_answers_to_two_items_do_not_show_that_two_people_of_a_region_are_unhappy(
    client, survey_database
):
    people = [person() for _ in range(20)] + [person(region="north", overall=o) for o in [1, 1, *[4] * 18]]
    survey_id = await create_anonymous(client, survey_database, people)
    happy = {"all": [NORTH, {"not": UNHAPPY}]}
    found = await statuses(
        client,
        survey_id,
        ("means", {"item": "price", "where": NORTH}),
        ("means", {"item": "effort", "where": happy}),
    )
    assert found == [200, 403]


async def test_either_or_beside_both_parts_does_not_show_how_many_are_in_both(client, survey_database):
    ages = ["18"] * 10 + ["30"] * 10
    people = [person(region="north", age=age) for age in ages] + [person(age=age) for age in ages * 2]
    for each in [*people[:8], *people[11:19]]:
        each["age"] = "45"
    survey_id = await create_anonymous(client, survey_database, people)
    for item in ("region", "age"):
        assert (await ask(client, survey_id, "frequencies", item=item)).status_code == 200
    either = {"any": [NORTH, {"field": "age", "op": "eq", "value": "18"}]}
    assert sum(each["region"] == "north" and each["age"] == "18" for each in people) == 2
    assert await statuses(client, survey_id, ("means", {"item": "price", "where": either})) == [403]


async def test_a_score_of_each_wave_does_not_show_its_two_detractors(client, survey_database):
    people = [person(wave="1", recommend=r) for r in [9] * 10 + [8] * 10 + [3] * 10]
    people += [person(wave="2", recommend=r) for r in [9] * 10 + [8] * 10 + [3] * 2]
    survey_id = await create_anonymous(client, survey_database, people)
    waves = (await analysed(client, survey_id, "trend", figure="nps"))["waves"]
    assert [each["estimate"] for each in waves][1] == {"suppressed": True}


async def test_the_index_does_not_show_how_few_chose_a_level_of_a_short_scale(client, survey_database):
    items = [*ITEMS, scale("queue", of={"lowest": 1, "highest": 3}, indicator="service")]
    people = [person(queue=q) for q in [1] * 2 + [2] * 20 + [3] * 20]
    survey_id = await create_anonymous(client, survey_database, people, items=items)
    tree = (await analysed(client, survey_id, "index"))["tree"]
    (queue,) = [node["index"] for node in tree if node["item"] == "queue"]
    assert queue["estimate"] == pytest.approx(102 / 42)
    assert queue["se"] is None


async def test_ranks_do_not_bound_the_counts_between_them(client, survey_database):
    people = [person(region=r) for r in ["east"] * 30 + ["north"] * 8 + ["south"] * 7 + ["west"] * 2]
    survey_id = await create_anonymous(client, survey_database, people)
    options = (await analysed(client, survey_id, "frequencies", item="region"))["options"]
    assert {str(option["rank"]) for option in options} == {"{'suppressed': True}"}


async def test_numbers_that_single_people_wrote_are_no_names_of_groups(client, survey_database):
    visits = scale("visits") | {"type": "number"}
    visits.pop("scale")
    people = [person(visits=v) for v in [1] * 20 + [2] * 20 + [137_000_137]]
    survey_id = await create_anonymous(client, survey_database, people, items=[*ITEMS, visits])
    for name, params in (
        ("means", {"item": "price", "by": "visits"}),
        ("crosstab", {"row": "visits", "column": "region"}),
    ):
        response = await ask(client, survey_id, name, **params)
        assert (response.status_code, "137000137" in response.text) == (403, False)
    often = {"field": "visits", "op": "ge", "value": 2}
    assert await statuses(client, survey_id, ("means", {"item": "price", "where": often})) == [200]


async def test_the_list_of_groups_does_not_show_who_is_in_a_filter(client, survey_database):
    people = [person() for _ in range(30)] + [person(region="north", overall=o) for o in [1, *[4] * 9]]
    survey_id = await create_anonymous(client, survey_database, people)
    groups = (await analysed(client, survey_id, "means", item="price", by="overall"))["groups"]
    assert [group["by"]["overall"] for group in groups] == ["1", "2", "3", "4", "5"]
    hidden = [group["mean"] for group in groups[:3]]
    assert hidden == [{"suppressed": True}] * 3


@pytest.fixture
def satisfaction():
    items = [{**scale("overall", measure="satisfaction")}, scale("recommend", of=TEN)]
    return from_document({"title": {"en": "S"}, "languages": ["en"], "sections": [{"items": items}]}).by_code["overall"]


async def test_mean_error_and_top_boxes_together_do_not_show_that_one_person_is_unhappy(satisfaction):
    """Of five counts, four sums leave one way to move them, and whole numbers of people cannot go it."""
    counts = [1, 4, 6, 10, 9]
    assert np.linalg.matrix_rank(all_sums_of(satisfaction)) < len(counts)
    assert exposes(counts, K, all_sums_of(satisfaction))
    assert detail_of(counts, K, satisfaction) is Detail.SHARES
    assert detail_of([100, 400, 600, 1000, 900], K, satisfaction) is Detail.ALL


async def test_a_mean_at_the_end_of_its_scale_is_withheld_because_it_shows_the_one_exception(satisfaction):
    assert detail_of([0, 0, 0, 1, 20], K, satisfaction) is Detail.NONE
    assert detail_of([0, 0, 0, 0, 20], K, satisfaction) is Detail.ALL
