"""Responses as they are stored become the data set of an analysis."""

from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import insert, literal_column, select, text

from heed_survey.analysis.capacity import Capacity, Deadline
from heed_survey.analysis.errors import AnalysisTooLarge, DesignInvalid, NoResponses
from heed_survey.analysis.loading.repository import ReadPlan
from heed_survey.analysis.loading.service import DESIGN_TEXTS, load_dataset
from heed_survey.responses.encoding import encode
from heed_survey.responses.tables import Response
from heed_survey.surveys import service as surveys
from tests.survey.analysis.studies import NOON, ask, create_study, insert_responses, random_answers, scale

pytestmark = pytest.mark.asyncio
REVISION = {"reason": "One more question", "changes": "Speed was added"}
REGIONS = ["nord", "süd", "东", "O'Brien\\", None]
PLAN = ReadPlan(DESIGN_TEXTS, ("wave",), ("region",), "full", is_controlled=False)


@pytest.fixture
def people():
    rng = np.random.default_rng(7)
    return [random_answers(rng, missing=0.1) for _ in range(60)]


def make_capacity(**changes):
    return Capacity(**({"slots": 1, "wait_seconds": 1, "seconds": 600, "max_responses": 1000} | changes))


async def load(database, survey_id, plan=PLAN, versions=(1,), **changes):
    capacity = make_capacity(**changes)
    async with database.transaction() as session:
        found = {
            number: await surveys.get_questionnaire(session, survey_id=UUID(survey_id), survey_version=number)
            for number in versions
        }
    return await load_dataset(
        database, capacity, survey_id=UUID(survey_id), questionnaires=found, plan=plan, deadline=Deadline(600)
    )


def texts(column):
    return [None if code < 0 else column.facts[code] for code in column.codes.tolist()]


async def stored_order(database, column):
    async with database.transaction() as session:
        return (await session.scalars(select(literal_column(column)).select_from(Response).order_by(Response.id))).all()


async def test_every_response_is_read_with_its_texts_and_design(client, survey_database, people):
    survey_id = await create_study(client)
    rng = np.random.default_rng(1)
    await insert_responses(
        survey_database,
        survey_id,
        people,
        weight=rng.uniform(1, 9, len(people)).tolist(),
        stratum=[f"s{index % 3}" for index in range(len(people))],
        cluster=[f"c{index % 3}-{index % 7}" for index in range(len(people))],
        wave=[None if index % 4 == 0 else f"2026-0{index % 4}" for index in range(len(people))],
        context=[{"region": REGIONS[index % 5]} for index in range(len(people))],
        flags=[["late"] if index % 6 == 0 else [] for index in range(len(people))],
    )
    data = await load(survey_database, survey_id)
    assert data.n == len(people)
    assert data.design.weights.tolist() == await stored_order(survey_database, "weight")
    assert texts(data.context["wave"]) == await stored_order(survey_database, "wave")
    assert texts(data.context["region"]) == await stored_order(survey_database, "context->>'region'")
    assert data.flagged.tolist() == [bool(flags) for flags in await stored_order(survey_database, "flags")]
    assert texts(data.column("region")) == await stored_order(survey_database, "answers->>'region'")
    strata, clusters = await stored_order(survey_database, "stratum"), await stored_order(survey_database, "cluster")
    for labels, stored in ((data.design.strata, strata), (data.design.clusters, clusters)):
        pairs = set(zip(labels.tolist(), stored, strict=True))
        assert len(pairs) == len(set(stored)) == len(set(labels.tolist()))


async def test_responses_that_came_without_a_cluster_came_each_on_its_own(client, survey_database, people):
    survey_id = await create_study(client)
    clusters = ["a", "b", None] * 20
    await insert_responses(survey_database, survey_id, people, cluster=clusters)
    data = await load(survey_database, survey_id)
    assert len(set(data.design.clusters.tolist())) == 2 + 20


async def test_versions_are_read_in_terms_of_the_newest(client, survey_database, people):
    survey_id = await create_study(client, items=[scale("overall"), scale("price")])
    answers = [{"overall": person.get("overall", 3)} for person in people]
    await insert_responses(survey_database, survey_id, answers[:40])
    response = await client.post(f"/v1/surveys/{survey_id}/revise", json=REVISION)
    assert response.status_code == 200, response.text
    items = [scale("speed"), scale("overall")]
    match = {"If-Match": (await client.get(f"/v1/surveys/{survey_id}")).headers["ETag"]}
    changed = await client.patch(f"/v1/surveys/{survey_id}", json={"items": items}, headers=match)
    assert changed.status_code == 200, changed.text
    assert (await client.post(f"/v1/surveys/{survey_id}/publish")).status_code == 200
    async with survey_database.transaction() as session:
        second = await surveys.get_questionnaire(session, survey_id=UUID(survey_id), survey_version=2)
        rows = [
            {
                "id": UUID(int=2**127 + index),
                "event_id": UUID(int=index),
                "survey_id": UUID(survey_id),
                "survey_version": 2,
                "answers": answer | {"speed": 5},
                "encoded": encode(answer | {"speed": 5}, second),
                "answered_at": NOON + timedelta(days=1),
                "received_at": NOON,
            }
            for index, answer in enumerate(answers[40:])
        ]
        await session.execute(insert(Response), rows)
    data = await load(survey_database, survey_id, versions=(1, 2))
    assert data.n == 60
    assert sorted(data.values("overall").tolist()) == sorted(answer["overall"] for answer in answers)
    assert int(data.column("speed").present.sum()) == 20


async def test_responses_to_a_pilot_are_not_read(client, survey_database, people):
    survey_id = await create_study(client)
    await insert_responses(survey_database, survey_id, people, state=["pilot"] * 50 + ["published"] * 10)
    assert (await load(survey_database, survey_id)).n == 10


async def test_a_survey_without_responses_has_none_to_analyse(client, survey_database):
    with pytest.raises(NoResponses):
        await load(survey_database, await create_study(client))


async def test_more_responses_than_the_limit_are_not_read(client, survey_database, people):
    survey_id = await create_study(client)
    await insert_responses(survey_database, survey_id, people)
    assert (await load(survey_database, survey_id, max_responses=60)).n == 60
    with pytest.raises(AnalysisTooLarge):
        await load(survey_database, survey_id, max_responses=59)
    # The connection is usable for the next request.
    assert (await load(survey_database, survey_id)).n == 60


async def test_weights_that_some_responses_lack_are_a_problem(client, survey_database, people):
    survey_id = await create_study(client)
    await insert_responses(survey_database, survey_id, people, weight=[1.5] * 59 + [None])
    with pytest.raises(DesignInvalid):
        await load(survey_database, survey_id)
    problem = await ask(client, survey_id, "means", item="overall")
    assert (problem.status_code, problem.json()["code"]) == (422, "design_invalid")
    naive = await ask(client, survey_id, "means", item="overall", design="none")
    assert naive.status_code == 200


async def test_responses_in_another_format_are_an_error_and_no_shifted_answers(client, survey_database, people):
    survey_id = await create_study(client)
    await insert_responses(survey_database, survey_id, people)
    async with survey_database.transaction() as session:
        await session.execute(text("UPDATE response SET encoded = encoded || '\\x00'"))
    with pytest.raises(ValueError, match="width"):
        await load(survey_database, survey_id)


async def test_with_disclosure_control_responses_come_in_the_order_of_their_positions(client, survey_database, people):
    survey_id = await create_study(client, anonymous=True, min_group=5)
    await insert_responses(survey_database, survey_id, people)
    assert (await ask(client, survey_id, "means", item="overall")).status_code == 200
    data = await load(survey_database, survey_id, PLAN._replace(is_controlled=True))
    assert data.positions.tolist() == list(range(len(people)))
    async with survey_database.transaction() as session:
        by_position = text(
            "SELECT answers->>'region' FROM response JOIN analysis_member ON response_id = id ORDER BY position"
        )
        assert texts(data.column("region")) == (await session.scalars(by_position)).all()
