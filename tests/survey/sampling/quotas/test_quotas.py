"""A quota gets as many responses as it may have, and never one more."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from heed_common.condition_values import NUMBER, choice
from heed_common.conditions import ConditionError
from heed_survey.sampling.quotas import rules, service
from heed_survey.sampling.quotas.errors import QuotaFull
from heed_survey.sampling.quotas.texts import QUOTA_FULL
from tests.survey.factories import create_published

pytestmark = pytest.mark.asyncio
ITEMS = {"satisfaction": NUMBER, "visit": choice("first", "repeated")}
NORTH = {"field": "customer.region", "op": "eq", "value": "north"}
FIRST = {"field": "visit", "op": "eq", "value": "first"}
CLIENTS = 50


@dataclass(frozen=True)
class Survey:
    id: UUID
    quotas: list[dict[str, Any]]


def facts(region="north", visit="first"):
    return rules.quota_facts({"visit": visit, "satisfaction": 4}, {"region": region, "tier": "A"})


async def take(session, survey, of=None):
    await service.take(session, survey=survey, items=ITEMS, facts=of or facts())


async def counts(session, survey):
    return {
        status.name: status.taken
        for status in await service.list_quotas(session, survey_id=survey.id, definitions=survey.quotas)
    }


@pytest_asyncio.fixture
async def survey_id(client):
    return UUID((await create_published(client))["id"])


async def test_a_quota_counts_the_responses_that_its_condition_is_true_for(session, survey_id):
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


async def test_without_a_condition_a_quota_limits_all_responses(session, survey_id):
    survey = Survey(survey_id, [{"name": "all", "limit": 1}])
    await take(session, survey)
    with pytest.raises(QuotaFull):
        await take(session, survey, facts(region="south"))


async def test_a_quota_of_none_is_full_from_the_beginning(session, survey_id):
    survey = Survey(survey_id, [{"name": "none", "limit": 0}])
    assert await service.is_full(session, survey=survey, items=ITEMS, facts=facts())
    with pytest.raises(QuotaFull):
        await take(session, survey)


async def test_a_survey_without_quotas_counts_nothing(session, survey_id):
    survey = Survey(survey_id, [])
    await take(session, survey)
    assert not await service.is_full(session, survey=survey, items=ITEMS, facts=facts())
    assert await counts(session, survey) == {}


async def test_a_response_that_one_quota_refuses_counts_in_no_other(survey_database, survey_id):
    survey = Survey(survey_id, [{"name": "all", "limit": 9}, {"name": "north", "when": NORTH, "limit": 1}])
    async with survey_database.transaction() as session:
        await take(session, survey)
    with pytest.raises(QuotaFull):
        async with survey_database.transaction() as session:
            await take(session, survey)
    async with survey_database.transaction() as session:
        assert await counts(session, survey) == {"all": 1, "north": 1}


async def test_before_the_form_is_shown_a_full_quota_can_be_seen(session, survey_id):
    survey = Survey(survey_id, [{"name": "north", "when": NORTH, "limit": 1}])
    assert not await service.is_full(session, survey=survey, items=ITEMS, facts=facts())
    await take(session, survey)
    assert await service.is_full(session, survey=survey, items=ITEMS, facts=facts())
    assert not await service.is_full(session, survey=survey, items=ITEMS, facts=facts(region="south"))
    assert all(QUOTA_FULL[language] for language in ("en", "zh"))


async def test_fifty_clients_fill_a_quota_of_a_hundred_exactly(survey_database, survey_id):
    survey = Survey(survey_id, [{"name": "zone", "when": NORTH, "limit": 100}, {"name": "all", "limit": 1000}])
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


async def test_quotas_named_in_opposite_orders_do_not_deadlock(survey_database, survey_id):
    names = ["a", "b", "c"]
    orders = [Survey(survey_id, [{"name": name, "limit": 10_000} for name in order]) for order in (names, names[::-1])]

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


async def test_a_condition_on_an_unknown_field_is_refused_with_a_pointer():
    wrong = [{"name": "x", "limit": 1, "when": {"any": [{"field": "customer.name", "op": "eq", "value": "Ana"}]}}]
    with pytest.raises(ConditionError) as caught:
        rules.parse_quotas(wrong, ITEMS)
    assert caught.value.pointer == "/quotas/0/when/any/0/field"
