"""No count of fewer than five people follows from any results: filters, groups, waves, tables, plots, files."""

import numpy as np
import pytest

from tests.survey.analysis.attack import random_condition
from tests.survey.analysis.equations import EquationAttacker
from tests.survey.analysis.studies import REGIONS, create_study, insert_responses, random_answers

pytestmark = pytest.mark.asyncio
K = 5
WAVES = ("spring", "summer", "autumn")
FIELDS = {"region": REGIONS, "wave": WAVES, "overall": (1, 2, 3, 4, 5), "price": (1, 2, 3, 4, 5)}
ITEMS = ("overall", "price", "speed", "effort")


def random_people(seed, n):
    rng = np.random.default_rng(seed)
    waves = rng.choice(WAVES, size=n, p=[0.5, 0.3, 0.2])
    return [random_answers(rng) | {"wave": str(wave)} for wave in waves]


async def insert_people(database, survey_id, people):
    answers = [{code: value for code, value in person.items() if code != "wave"} for person in people]
    await insert_responses(database, survey_id, answers, wave=[person["wave"] for person in people])


async def request_anything(attacker, rng):
    """Request one of all results, about a random part of the people."""
    params = {}
    if rng.random() < 0.7:
        params["where"] = random_condition(rng, 2, FIELDS)
    if rng.random() < 0.2:
        params["wave"] = str(rng.choice(WAVES))
    name = str(rng.choice(["means", "frequencies", "crosstab", "csat", "trend", "index", "means.svg"]))
    if name == "crosstab":
        row, column = rng.choice(list(FIELDS), size=2, replace=False)
        params |= {"row": str(row), "column": str(column)}
    elif name == "csat":
        params["item"] = "overall"
    elif name != "index":
        params["item"] = str(rng.choice(ITEMS))
    if name in {"means", "frequencies", "csat", "index"} and rng.random() < 0.4:
        params["by"] = str(rng.choice(["region", "wave", "overall"]))
    await attacker.read(name, **params)


async def ordinary_analyses(attacker):
    """Request what a department reads of every study: each item, in all and by region and wave, tables, trend."""
    for by in ({}, {"by": "region"}, {"by": "wave"}):
        for item in ITEMS:
            await attacker.read("frequencies", item=item, **by)
            await attacker.read("means", item=item, **by)
        await attacker.read("csat", item="overall", **by)
        await attacker.read("index", **by)
    await attacker.read("trend", item="overall")
    for pair in (("region", "overall"), ("wave", "overall"), ("overall", "price")):
        await attacker.read("crosstab", row=pair[0], column=pair[1])


async def test_all_results_of_an_anonymous_survey_leave_small_groups_unknown(client, survey_database):
    people = random_people(1, 120)
    survey_id = await create_study(client, anonymous=True, min_group=K)
    await insert_people(survey_database, survey_id, people)
    attacker = EquationAttacker(client, survey_id, people, FIELDS)
    await ordinary_analyses(attacker)
    rng = np.random.default_rng(1)
    for _ in range(40):
        await request_anything(attacker, rng)
    assert attacker.answered >= 50
    assert attacker.small_groups(K) == []


@pytest.mark.parametrize("naive_k", [0, K], ids=["everything", "nothing-below-the-smallest-group"])
async def test_without_control_the_same_results_give_small_groups(client, survey_database, naive_k):
    """The controls: all results, and all that are about five people and more."""
    people = random_people(1, 120)
    survey_id = await create_study(client)
    await insert_people(survey_database, survey_id, people)
    attacker = EquationAttacker(client, survey_id, people, FIELDS, naive_k=naive_k)
    await ordinary_analyses(attacker)
    rng = np.random.default_rng(1)
    for _ in range(15):
        await request_anything(attacker, rng)
    assert len(attacker.small_groups(K)) > 5


async def test_each_item_by_region_and_wave_is_answered_in_a_survey_of_four_hundred(client, survey_database):
    """The other side: what a department reads of every study is shown, and nothing is refused."""
    people = random_people(1, 400)
    survey_id = await create_study(client, anonymous=True, min_group=K)
    await insert_people(survey_database, survey_id, people)
    attacker = EquationAttacker(client, survey_id, people, FIELDS)
    await ordinary_analyses(attacker)
    assert (attacker.answered, attacker.refused) == (34, 0)
    assert len(attacker.rows) > 200
