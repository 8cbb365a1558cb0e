"""A quota gets as many responses as it may have, and never one more."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from heed_common.database import savepoint
from heed_survey.sampling.quotas import service
from heed_survey.sampling.quotas.errors import QuotaFull
from heed_survey.sampling.quotas.texts import QUOTA_FULL
from heed_survey.surveys import service as surveys
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.quotas import quota_facts
from tests.survey.factories import TEXTS, create_draft, create_published, make_item
from tests.survey.sampling.factories import STUDY

pytestmark = pytest.mark.asyncio
VISIT = {
    "code": "visit",
    "text": TEXTS,
    "type": "single",
    "options": [
        {"code": "first", "text": {"en": "The first", "zh": "首次"}},
        {"code": "repeated", "text": {"en": "Not the first", "zh": "多次"}},
    ],
}
ITEMS = [make_item(code="satisfaction"), VISIT]
NORTH = {"field": "customer.region", "op": "eq", "value": "north"}
FIRST = {"field": "visit", "op": "eq", "value": "first"}
ALL = {"all": []}
CLIENTS = 50


@dataclass(frozen=True)
class Survey:
    id: UUID
    quotas: list[dict[str, Any]]


@pytest_asyncio.fixture
async def survey_id(client):
    return UUID((await create_published(client, title=TEXTS, items=ITEMS))["id"])


@pytest_asyncio.fixture
async def questionnaire(survey_database, survey_id):
    async with survey_database.transaction() as session:
        survey = await surveys.get_survey(session, survey_id=survey_id)
        return await surveys.current_questionnaire(session, survey=survey)


@pytest.fixture
def facts(questionnaire: Questionnaire):
    def build(region="north", visit="first"):
        return quota_facts(questionnaire, {"visit": visit, "satisfaction": 4}, {"region": region, "tier": "A"})

    return build


@pytest.fixture
def take(questionnaire: Questionnaire, facts):
    async def count(session, survey, of=None):
        await service.take(session, survey=survey, questionnaire=questionnaire, facts=of or facts())

    return count


@pytest.fixture
def is_full(questionnaire: Questionnaire, facts):
    async def check(session, survey, of=None):
        return await service.is_full(session, survey=survey, questionnaire=questionnaire, facts=of or facts())

    return check


async def counts(session, survey):
    return {status.name: status.taken for status in await service.list_quotas(session, survey=survey)}


async def test_a_quota_counts_the_responses_that_its_condition_is_true_for(session, survey_id, take, facts, is_full):
    survey = Survey(
        survey_id, [{"name": "north", "when": NORTH, "limit": 2}, {"name": "first", "when": FIRST, "limit": 3}]
    )
    await take(session, survey)
    await take(session, survey, facts(visit="repeated"))
    await take(session, survey, facts(region="south"))
    assert await counts(session, survey) == {"north": 2, "first": 2}
    await take(session, survey, facts(region="south", visit="repeated"))
    with pytest.raises(QuotaFull):
        await take(session, survey)


async def test_without_a_condition_a_quota_limits_all_responses(session, survey_id, take, facts, is_full):
    survey = Survey(survey_id, [{"name": "all", "when": ALL, "limit": 1}])
    await take(session, survey)
    with pytest.raises(QuotaFull):
        await take(session, survey, facts(region="south"))


async def test_a_quota_of_none_is_full_from_the_beginning(session, survey_id, take, facts, is_full):
    survey = Survey(survey_id, [{"name": "none", "when": ALL, "limit": 0}])
    assert await is_full(session, survey)
    with pytest.raises(QuotaFull):
        await take(session, survey)


async def test_a_survey_without_quotas_counts_nothing(session, survey_id, take, facts, is_full):
    survey = Survey(survey_id, [])
    await take(session, survey)
    assert not await is_full(session, survey)
    assert await counts(session, survey) == {}


async def test_a_response_that_one_quota_refuses_counts_in_no_other(survey_database, survey_id, take):
    survey = Survey(survey_id, [{"name": "all", "when": ALL, "limit": 9}, {"name": "north", "when": NORTH, "limit": 1}])
    async with survey_database.transaction() as session:
        await take(session, survey)
    with pytest.raises(QuotaFull):
        async with survey_database.transaction() as session:
            await take(session, survey)
    async with survey_database.transaction() as session:
        assert await counts(session, survey) == {"all": 1, "north": 1}


async def test_before_the_form_is_shown_a_full_quota_can_be_seen(session, survey_id, take, facts, is_full):
    survey = Survey(survey_id, [{"name": "north", "when": NORTH, "limit": 1}])
    assert not await is_full(session, survey)
    await take(session, survey)
    assert await is_full(session, survey)
    assert not await is_full(session, survey, facts(region="south"))
    assert all(QUOTA_FULL[language] for language in ("en", "zh"))


async def test_fifty_clients_fill_a_quota_of_a_hundred_exactly(survey_database, survey_id, take):
    survey = Survey(
        survey_id, [{"name": "zone", "when": NORTH, "limit": 100}, {"name": "all", "when": ALL, "limit": 1000}]
    )
    refused = 0

    async def answer() -> None:
        nonlocal refused
        for _ in range(3):
            try:
                async with survey_database.transaction() as session:
                    await take(session, survey)
            except QuotaFull:
                refused += 1

    await asyncio.gather(*(answer() for _ in range(CLIENTS)))
    async with survey_database.transaction() as session:
        assert await counts(session, survey) == {"zone": 100, "all": 100}
    assert refused == 3 * CLIENTS - 100


async def test_many_responses_are_counted_as_one_by_one(client, session, survey_id, questionnaire, facts):
    given = [facts(region, visit) for region in ("north", "south") for visit in ("first", "repeated")] * 3
    definitions = [{"name": "north", "when": NORTH, "limit": 4}, {"name": "first", "when": FIRST, "limit": 3}]
    other_id = UUID((await create_published(client, title=TEXTS, items=ITEMS))["id"])
    surveys_of = [Survey(one, definitions) for one in (survey_id, other_id)]
    one_by_one = []
    for each in given:
        try:
            async with savepoint(session):
                names = await service.take(session, survey=surveys_of[0], questionnaire=questionnaire, facts=each)
            one_by_one.append(names)
        except QuotaFull:
            one_by_one.append(None)
    together = await service.take_each(session, survey=surveys_of[1], questionnaire=questionnaire, facts=given)
    assert together == one_by_one
    assert None in together
    assert await counts(session, surveys_of[1]) == await counts(session, surveys_of[0])


async def test_files_and_single_responses_together_fill_a_quota_exactly(
    survey_database, survey_id, questionnaire, take, facts
):
    survey = Survey(survey_id, [{"name": "zone", "when": NORTH, "limit": 100}])

    async def import_chunk() -> int:
        async with survey_database.transaction() as session:
            given = [facts()] * 15
            taken = await service.take_each(session, survey=survey, questionnaire=questionnaire, facts=given)
            return len(taken) - taken.count(None)

    async def answer() -> int:
        try:
            async with survey_database.transaction() as session:
                await take(session, survey)
        except QuotaFull:
            return 0
        return 1

    taken = await asyncio.gather(*(work() for _ in range(10) for work in (import_chunk, answer)))
    async with survey_database.transaction() as session:
        assert await counts(session, survey) == {"zone": 100}
    assert sum(taken) == 100


async def test_a_quota_of_a_hundred_is_filled_exactly_though_backends_are_killed(survey_database, survey_id, take):
    survey = Survey(survey_id, [{"name": "all", "when": ALL, "limit": 100}])
    killed = 0

    async def answer(number: int) -> None:
        nonlocal killed
        for attempt in range(12):
            try:
                async with survey_database.transaction() as session:
                    await take(session, survey)
                    if (number + attempt) % 4 == 0:  # It has counted, and dies before its commit.
                        await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            except QuotaFull:
                return
            except DBAPIError:
                killed += 1

    await asyncio.gather(*(answer(number) for number in range(CLIENTS)))
    async with survey_database.transaction() as session:
        assert await counts(session, survey) == {"all": 100}
        with pytest.raises(QuotaFull):
            await take(session, survey)
    assert killed > 0, "no backend was killed"


async def test_quotas_named_in_opposite_orders_do_not_deadlock(survey_database, survey_id, take):
    names = ["a", "b", "c"]
    orders = [
        Survey(survey_id, [{"name": name, "when": ALL, "limit": 10_000} for name in order])
        for order in (names, names[::-1])
    ]

    async def answer(survey: Survey) -> None:
        for _ in range(20):
            async with survey_database.transaction() as session:
                await take(session, survey)

    try:
        await asyncio.gather(*(answer(orders[number % 2]) for number in range(10)))
    except DBAPIError as error:
        pytest.fail(f"a deadlock: {error}")
    async with survey_database.transaction() as session:
        assert await counts(session, orders[0]) == dict.fromkeys(names, 200)


async def test_quotas_are_defined_with_the_survey_and_shown_with_their_counts(
    client, survey_database, questionnaire, facts
):
    quotas = [{"name": "north", "when": NORTH, "limit": 2}, {"name": "first", "when": FIRST, "limit": 1}]
    survey = await create_published(client, title=TEXTS, items=ITEMS, quotas=quotas, study=STUDY)
    async with survey_database.transaction() as session:
        stored = await surveys.get_survey(session, survey_id=UUID(survey["id"]))
        await service.take(session, survey=stored, questionnaire=questionnaire, facts=facts())
    shown = (await client.get(f"/v1/surveys/{survey['id']}/quotas")).json()["quotas"]
    assert [(one["name"], one["taken"], one["limit"], one["full"]) for one in shown] == [
        ("north", 1, 2, False),
        ("first", 1, 1, True),
    ]
    assert shown[0]["when"] == NORTH


@pytest.mark.parametrize(
    ("quotas", "code", "pointer"),
    [
        (
            [{"name": "x", "limit": 1, "when": {"any": [{"field": "customer.name", "op": "eq", "value": "Ana"}]}}],
            "condition_invalid",
            "/quotas/0/when/any/0/field",
        ),
        (
            [{"name": "x", "limit": 1, "when": FIRST | {"value": "third"}}],
            "condition_invalid",
            "/quotas/0/when/value",
        ),
        ([{"name": "x", "limit": 1, "when": ALL}] * 2, "quota_names_repeated", "/quotas"),
    ],
)
async def test_a_quota_that_cannot_be_counted_is_refused(client, quotas, code, pointer):
    body = {"title": TEXTS, "items": ITEMS, "study": STUDY}
    created = await client.post("/v1/surveys", json=body | {"quotas": quotas})
    draft = await create_draft(client, **body)
    tag = {"If-Match": (await client.get(f"/v1/surveys/{draft['id']}")).headers["ETag"]}
    changed = await client.patch(f"/v1/surveys/{draft['id']}", json={"quotas": quotas}, headers=tag)
    for response in (created, changed):
        assert (response.status_code, response.json()["code"]) == (422, code), response.text
        assert response.json()["errors"][0]["pointer"] == pointer


async def test_a_version_without_the_item_of_a_quota_is_not_published(client):
    quotas = [{"name": "first", "when": FIRST, "limit": 1}]
    draft = await create_draft(client, title=TEXTS, items=ITEMS, quotas=quotas, study=STUDY)
    path = f"/v1/surveys/{draft['id']}"
    tag = {"If-Match": (await client.get(path)).headers["ETag"]}
    changed = await client.patch(path, json={"items": ITEMS[:1]}, headers=tag)
    assert changed.status_code == 200, changed.text
    response = await client.post(f"{path}/publish")
    assert (response.status_code, response.json()["code"]) == (422, "condition_invalid")


async def test_a_quota_of_an_anonymous_survey_does_not_grow_by_one_response(
    client, survey_database, survey_id, questionnaire, take, facts
):
    """A count that grows by one shows in which region the last response was given."""
    quota = {"name": "north", "when": {"field": "customer.region", "op": "eq", "value": "north"}, "limit": 8}
    created = await create_published(
        client, title=TEXTS, items=ITEMS, quotas=[quota], study=STUDY, anonymous=True, min_group=5
    )
    shown = []
    for _ in range(8):
        async with survey_database.transaction() as session:
            await take(session, Survey(UUID(created["id"]), [quota]))
        body = (await client.get(f"/v1/surveys/{created['id']}/quotas")).json()
        shown.append(body["quotas"][0]["taken"])
    assert (shown, body["rounded_to"]) == ([0, 0, 0, 0, 5, 5, 5, 8], 5)
