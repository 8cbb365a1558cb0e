"""A reader of all results, in any form and at any time, cannot compute the answers of fewer than five people."""

import numpy as np
import pytest

from tests.common.sample_app import make_client, make_token
from tests.survey.analysis.attack import Attacker, random_condition
from tests.survey.analysis.studies import analysed, ask, create_study, insert_responses, random_answers

pytestmark = pytest.mark.asyncio
K = 5


@pytest.fixture
def people():
    rng = np.random.default_rng(7)
    return [random_answers(rng, missing=0.04) for _ in range(90)]


async def attack(attacker, rng, *, rounds):
    for _ in range(rounds):
        where = random_condition(rng) if rng.random() < 0.8 else None
        by = str(rng.choice(["region", "age"])) if rng.random() < 0.4 else None
        item = str(rng.choice(["overall", "price"]))
        await attacker.means(item, where, by, form=str(rng.choice(["", ".csv"])))
        if rng.random() < 0.5:
            await attacker.frequencies("kindness", where, by)


async def test_random_questions_to_an_anonymous_survey_isolate_no_one(client, survey_database, people):
    survey_id = await create_study(client, anonymous=True, min_group=K)
    await insert_responses(survey_database, survey_id, people)
    attacker = Attacker(client, survey_id, people)
    await attack(attacker, np.random.default_rng(1), rounds=60)
    assert len(attacker.shown) > 40
    assert min(attacker.shown) >= K
    assert attacker.refused > 0
    assert attacker.isolated(K) == []


async def test_without_control_the_same_questions_isolate_people(client, survey_database, people):
    """The control: a caller who may read single responses gets all results."""
    survey_id = await create_study(client)
    await insert_responses(survey_database, survey_id, people)
    attacker = Attacker(client, survey_id, people)
    await attack(attacker, np.random.default_rng(1), rounds=60)
    assert len(attacker.isolated(K)) > 20


async def test_who_may_not_read_responses_gets_no_small_groups_of_a_named_survey(
    client, app, clock, survey_database, people
):
    survey_id = await create_study(client, min_group=K)
    await insert_responses(survey_database, survey_id, people)
    token = await make_token(survey_database, now=clock.now(), scopes=frozenset({"surveys:read"}))
    async with make_client(app, token) as reader:
        attacker = Attacker(reader, survey_id, people)
        await attack(attacker, np.random.default_rng(2), rounds=40)
    assert min(attacker.shown) >= K
    assert attacker.isolated(K) == []


async def test_one_new_response_does_not_show_by_how_much_the_result_moves(client, survey_database, people):
    survey_id = await create_study(client, anonymous=True, min_group=K)
    await insert_responses(survey_database, survey_id, people[:40])
    before = await analysed(client, survey_id, "means", item="overall")
    for count in range(41, 45):
        await insert_responses(survey_database, survey_id, people[count - 1 : count])
        assert await analysed(client, survey_id, "means", item="overall") == before
    await insert_responses(survey_database, survey_id, people[44:52])
    after = await analysed(client, survey_id, "means", item="overall")
    grown = after["groups"][0]["mean"]["n"] - before["groups"][0]["mean"]["n"]
    assert after["as_of_responses"] == 52
    assert grown >= K


async def test_a_group_into_which_few_came_is_shown_as_of_before(client, survey_database):
    """The whole has grown by a group, a part of it by one person: the part is shown as it was."""
    rng = np.random.default_rng(3)
    first = [random_answers(rng) | {"region": region} for region in ["east"] * 20 + ["west"] * 20]
    later = [random_answers(rng) | {"region": region} for region in ["east"] * 7 + ["west"]]
    survey_id = await create_study(client, anonymous=True, min_group=K)
    await insert_responses(survey_database, survey_id, first)
    west = {"field": "region", "op": "eq", "value": "west"}
    before = await analysed(client, survey_id, "means", item="overall", where=west)
    await insert_responses(survey_database, survey_id, later)
    assert (await analysed(client, survey_id, "means", item="overall"))["as_of_responses"] == 48
    assert await analysed(client, survey_id, "means", item="overall", where=west) == before


async def test_a_filter_that_isolates_one_person_is_refused(client, survey_database):
    rng = np.random.default_rng(3)
    people = [random_answers(rng) | {"age": age} for age in ["18"] * 20 + ["30"] * 20 + ["60"]]
    survey_id = await create_study(client, anonymous=True, min_group=K)
    await insert_responses(survey_database, survey_id, people)
    alone = {"field": "age", "op": "eq", "value": "60"}
    refusal = await ask(client, survey_id, "means", item="overall", where=alone)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "would_disclose")
    # As all but that person would, beside the result of all.
    refusal = await ask(client, survey_id, "means", item="overall", where={"not": alone})
    assert (refusal.status_code, refusal.json()["code"]) == (403, "would_disclose")


async def test_two_parts_of_a_group_are_not_both_shown_if_they_leave_one_person(client, survey_database):
    rng = np.random.default_rng(3)
    people = [random_answers(rng) | {"age": age, "region": "east"} for age in ["18"] * 20 + ["30"] * 20 + ["60"]]
    people += [random_answers(rng) | {"region": "west"} for _ in range(20)]
    survey_id = await create_study(client, anonymous=True, min_group=K)
    await insert_responses(survey_database, survey_id, people)
    east = {"field": "region", "op": "eq", "value": "east"}
    parts = [{"all": [east, {"field": "age", "op": "eq", "value": age}]} for age in ("18", "30")]
    statuses = [
        (await ask(client, survey_id, "means", item="overall", where=where)).status_code for where in [east, *parts]
    ]
    assert statuses == [200, 200, 403]


@pytest.mark.parametrize("by", ["age", "region"])
async def test_a_small_group_takes_another_one_with_it(client, survey_database, by):
    rng = np.random.default_rng(3)
    values = {"age": ["18"] * 20 + ["30"] * 12 + ["45"] * 3, "region": ["east"] * 20 + ["west"] * 12 + ["north"] * 3}[
        by
    ]
    people = [random_answers(rng) | {by: value} for value in values]
    survey_id = await create_study(client, anonymous=True, min_group=K)
    await insert_responses(survey_database, survey_id, people)
    groups = (await analysed(client, survey_id, "means", item="overall", by=by))["groups"]
    shown = {group["by"][by] for group in groups if "suppressed" not in group["mean"]}
    assert shown == {values[0]}
