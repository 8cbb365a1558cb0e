"""Which importance belongs to which item, and nothing to what it has nothing in common with."""

import pytest

from tests.survey.analysis.studies import FIVE, analysed, ask, create_study, insert_responses, scale

pytestmark = pytest.mark.asyncio


def importance(code, **more):
    return scale(code, **more) | {"type": "importance", "scale": FIVE}


async def study(client, database, items):
    survey_id = await create_study(client, items=items)
    codes = [item["code"] for item in items]
    given = [{code: (row + place) % 5 + 1 for place, code in enumerate(codes)} for row in range(30)]
    await insert_responses(database, survey_id, given)
    return survey_id


async def pairs(client, survey_id):
    found = await analysed(client, survey_id, "importance-performance", importance="stated")
    return [(each["item"], each["importance_item"]) for each in found["attributes"]]


async def refusal(client, survey_id):
    response = await ask(client, survey_id, "importance-performance", importance="stated")
    return response.status_code, response.json()["code"]


async def test_items_outside_the_tree_have_nothing_in_common(client, survey_database):
    items = [scale("overall"), scale("again"), importance("overall_i"), importance("again_i")]
    response = await ask(
        client, await study(client, survey_database, items), "importance-performance", importance="stated"
    )
    assert (response.status_code, response.json()["code"]) == (422, "too_few_items")


async def test_an_importance_belongs_to_the_item_that_it_is_about(client, survey_database):
    items = [scale("a"), scale("b", indicator="x"), scale("c", indicator="x")]
    items += [importance("ic", about="c"), importance("ia", about="a"), importance("ix", indicator="x")]
    assert await pairs(client, await study(client, survey_database, items)) == [("a", "ia"), ("b", "ix"), ("c", "ic")]


async def test_an_importance_of_an_indicator_belongs_to_all_items_below_it(client, survey_database):
    items = [scale("a", indicator="x.one"), scale("b", indicator="x.two"), scale("c", indicator="xy"), scale("d")]
    items += [importance("ix", about="x"), importance("ixy", about="xy")]
    assert await pairs(client, await study(client, survey_database, items)) == [("a", "ix"), ("b", "ix"), ("c", "ixy")]


async def test_as_many_importances_as_items_of_an_indicator_belong_together_in_their_order(client, survey_database):
    items = [scale("a", indicator="x"), scale("b", indicator="x"), scale("c", indicator="y"), scale("d", indicator="y")]
    items += [importance("i1", indicator="x"), importance("i2", indicator="x"), importance("i3", indicator="y")]
    found = await pairs(client, await study(client, survey_database, items))
    assert found == [("a", "i1"), ("b", "i2"), ("c", "i3"), ("d", "i3")]


async def test_two_importances_of_three_items_belong_to_none(client, survey_database):
    items = [scale(code, indicator="x") for code in "abc"] + [
        importance("i1", indicator="x"),
        importance("i2", indicator="x"),
    ]
    response = await ask(
        client, await study(client, survey_database, items), "importance-performance", importance="stated"
    )
    assert response.json()["code"] == "too_few_items"


async def test_responses_without_a_cluster_are_units_of_their_own(client, survey_database):
    survey_id = await create_study(client, items=[scale("overall")])
    given = [{"overall": value % 5 + 1} for value in range(40)]
    await insert_responses(survey_database, survey_id, given, cluster=["shop-1", "shop-2"] + [None] * 38)
    by_design = (await analysed(client, survey_id, "means", item="overall"))["groups"][0]["mean"]
    simple = (await analysed(client, survey_id, "means", item="overall", design="none"))["groups"][0]["mean"]
    assert by_design["se"] == pytest.approx(simple["se"])
