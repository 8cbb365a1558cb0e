"""Items in the opposite sense: counted as they were given, calculated with from the unhappiest end."""

import numpy as np
import pytest

from heed_common.contracts.survey import ResponseReceived
from tests.survey.analysis.studies import analysed, create_study, insert_responses, scale
from tests.survey.factories import create_published, published_events, respond

pytestmark = pytest.mark.asyncio

DIRECT = [scale("quick", indicator="service"), scale("kind", indicator="service"), scale("slow", indicator="service")]
SLOW = scale("slow", indicator="service", reverse_of="quick", measure="satisfaction")
REVERSED = [*DIRECT[:2], SLOW]


def answers(n=60, *, mirrored):
    rng = np.random.default_rng(7)
    quick, kind, slow = (np.clip(rng.integers(1, 6, n) + rng.integers(-1, 2, n), 1, 5) for _ in range(3))
    slow = 6 - slow if mirrored else slow
    return [
        {"quick": int(first), "kind": int(second), "slow": int(third)}
        for first, second, third in zip(quick, kind, slow, strict=True)
    ]


def rounded(result):
    """Return the result without what differs by the order of the rows."""
    if isinstance(result, dict):
        return {name: rounded(value) for name, value in result.items() if name != "survey_id"}
    if isinstance(result, list):
        return [rounded(value) for value in result]
    return round(result, 9) if isinstance(result, float) else result


async def studies(client, database):
    """Return a study with a reversed item, and one in which the same was put the other way round."""
    found = []
    for items, mirrored in ((REVERSED, True), (DIRECT, False)):
        survey_id = await create_study(client, items=items)
        await insert_responses(database, survey_id, answers(mirrored=mirrored))
        found.append(survey_id)
    return found


@pytest.mark.parametrize(
    ("name", "params"),
    [("index", {}), ("reliability", {}), ("csat", {"item": "slow"}), ("ces", {"item": "slow"})],
)
async def test_results_are_those_of_the_same_answers_to_the_item_in_the_other_sense(
    client, survey_database, name, params
):
    reverse, direct = await studies(client, survey_database)
    found, expected = [await analysed(client, id_, name, **params) for id_ in (reverse, direct)]
    assert rounded(found) == rounded(expected)


async def test_a_mean_counts_from_the_unhappiest_end_and_shows_it(client, survey_database):
    reverse, direct = await studies(client, survey_database)
    found, expected = [await analysed(client, id_, "means", item="slow") for id_ in (reverse, direct)]
    assert rounded(found["groups"]) == rounded(expected["groups"])
    assert (found["reversed"], expected["reversed"]) == (True, False)


async def test_frequencies_and_filters_are_about_the_answers_as_they_were_given(client, survey_database):
    reverse, direct = await studies(client, survey_database)
    found, expected = [await analysed(client, id_, "frequencies", item="slow") for id_ in (reverse, direct)]
    counts = [option["count"] for option in found["options"]]
    assert counts == [option["count"] for option in reversed(expected["options"])]
    slowest = {"field": "slow", "op": "eq", "value": 5}
    found = await analysed(client, reverse, "frequencies", item="quick", where=slowest)
    assert found["n"] == counts[-1]


async def test_a_version_in_which_the_item_was_not_reversed_is_left_out_of_its_results(client, survey_database):
    survey_id = await create_study(client, items=DIRECT)
    await insert_responses(survey_database, survey_id, answers(mirrored=False))
    revision = {"changes": "The third question was turned round", "reason": "To find who does not read"}
    assert (await client.post(f"/v1/surveys/{survey_id}/revise", json=revision)).status_code == 200
    draft = (await client.get(f"/v1/surveys/{survey_id}")).headers["ETag"]
    changed = await client.patch(f"/v1/surveys/{survey_id}", json={"items": REVERSED}, headers={"If-Match": draft})
    assert changed.status_code == 200, changed.text
    assert (await client.post(f"/v1/surveys/{survey_id}/publish")).status_code == 200
    assert (await analysed(client, survey_id, "means", item="quick"))["groups"][0]["mean"]["n"] == 60
    response = await client.get(f"/v1/surveys/{survey_id}/analysis/means", params={"item": "slow"})
    assert (response.status_code, response.json()["code"]) == (409, "no_responses")


async def test_a_pair_with_both_answers_at_one_end_is_a_contradiction(client):
    survey = await create_published(client, title="Pair", items=REVERSED)
    flags = []
    for day, (quick, slow) in enumerate([(5, 1), (5, 5), (3, 3), (1, 1)]):
        given = {"quick": quick, "slow": slow}
        response = await respond(client, survey, answers=given, answered_at=f"2026-02-0{day + 1}T12:00:00Z")
        flags.append(response.json()["flags"])
    assert flags == [[], ["contradiction"], [], ["contradiction"]]


async def test_an_event_counts_from_the_unhappiest_end_and_a_restore_recovers_what_was_given(client, survey_database):
    survey = await create_published(client, title="Pair", items=REVERSED)
    assert (await respond(client, survey, answers={"quick": 4, "slow": 1})).status_code == 201
    (envelope,) = await published_events(survey_database, "heed.response.received")
    found = {answer["item"]: (answer["value"], answer["reversed"]) for answer in envelope.data["answers"]}
    assert found == {"quick": (4, False), "slow": (5, True)}
    event = ResponseReceived.model_validate(envelope.data)
    assert {answer.item: answer.given for answer in event.answers} == {"quick": 4, "slow": 1}


async def test_exported_reversed_items_can_be_imported(client):
    survey = await create_published(client, title="Pair", items=[*REVERSED, scale("dull", reversed=True)])
    exported = (await client.get(f"/v1/surveys/{survey['id']}/questionnaire", params={"survey_version": 1})).json()
    copied = await create_published(client, **exported)
    assert [(item["reversed"], item["reverse_of"]) for item in copied["items"]] == [
        (False, None),
        (False, None),
        (False, "quick"),
        (True, None),
    ]


async def test_only_scales_are_reversed_and_only_of_an_earlier_one(client):
    for item in (scale("slow", reverse_of="kind"), scale("quick", reverse_of="quick")):
        response = await client.post("/v1/surveys", json={"title": "Pair", "items": [item, scale("kind")]})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/items/0/reverse_of")
