"""The list of responses with its filters, and as a file."""

import csv
import io
import json

import pytest
from hypothesis import given

from heed_common.business_days import UTC_DAYS
from heed_survey.responses.anonymous import service as anonymous
from heed_survey.responses.answers import check_answers
from heed_survey.responses.cells import answer_cells, columns, field_column, parse_answers
from heed_survey.surveys.questionnaire.items import ItemType
from tests.common.sample_app import make_client, make_token
from tests.survey.factories import CUSTOMER, create_anonymous, create_published, make_item, respond
from tests.survey.responses.questionnaires import answered, make_questionnaire
from tests.survey.responses.questionnaires import make_item as domain_item


@pytest.fixture
def path():
    return "/v1/surveys/{}/responses".format


async def collect(client):
    items = [make_item(), make_item(code="why", measure="other", scale=None)]
    survey = await create_published(client, title="After the repair", items=items)
    for value, more in (
        (1, {"mode": "phone", "wave": "2026q1", "answered_at": "2026-03-01T09:00:00Z"}),
        (5, {"design": {"weight": 2.5, "stratum": "north"}, "seconds": 1}),
        (7, {"answered_at": "2026-03-02T09:00:00Z", "customer_id": CUSTOMER[:-1] + "2"}),
    ):
        answers = {"effort": value, "why": "=1+1"}
        assert (await respond(client, survey, answers=answers, **more)).status_code == 201
    return survey


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("filters", "values"),
    [
        ({}, [7, 5, 1]),
        ({"mode": "phone"}, [1]),
        ({"wave": "2026q1"}, [1]),
        ({"version": 1}, [7, 5, 1]),
        ({"version": 2}, []),
        ({"state": "pilot"}, []),
        ({"from": "2026-03-02T00:00:00Z"}, [7, 5]),
        ({"to": "2026-03-02T09:00:00Z"}, [1]),
        ({"flagged": "true"}, [5]),
        ({"flagged": "false", "state": "published"}, [7, 1]),
    ],
)
async def test_the_list_has_the_newest_first_and_filters(client, path, filters, values):
    survey = await collect(client)
    items = (await client.get(path(survey["id"]), params=filters)).json()["items"]
    assert [item["answers"]["effort"] for item in items] == values


@pytest.mark.asyncio
async def test_the_list_has_pages(client, path):
    survey = await collect(client)
    first = (await client.get(path(survey["id"]), params={"limit": 2})).json()
    cursor = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await client.get(path(survey["id"]), params=cursor)).json()
    assert [item["answers"]["effort"] for page in (first, second) for item in page["items"]] == [7, 5, 1]
    assert second["next_cursor"] is None


@pytest.mark.asyncio
async def test_a_file_has_a_column_for_each_item_and_part_of_the_design(client, path):
    survey = await collect(client)
    file = await client.get(path(survey["id"]) + ".csv")
    rows = list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert [row["effort"] for row in rows] == ["7", "5", "1"]
    assert (rows[1]["design.weight"], rows[1]["design.stratum"], rows[1]["flags"]) == ("2.5", "north", "speeding")
    assert rows[0]["why"] == "'=1+1"
    lines = (await client.get(path(survey["id"]) + ".ndjson")).text.splitlines()
    assert [json.loads(line)["answers"]["why"] for line in lines] == ["=1+1"] * 3


@pytest.mark.asyncio
async def test_responses_with_their_texts_need_the_scope(app, client, survey_database, clock, path):
    survey = await collect(client)
    reader = await make_token(survey_database, now=clock.now(), scopes=frozenset({"surveys:read", "responses:write"}))
    async with make_client(app, reader) as other:
        for suffix in ("", ".csv", ".ndjson"):
            assert (await other.get(path(survey["id"]) + suffix)).status_code == 403


@pytest.mark.asyncio
async def test_anonymous_responses_are_listed_with_answers_and_a_day_only(client, survey_database, clock, path):
    survey = await create_anonymous(client)
    details = {"mode": "phone", "seconds": 1, "wave": "w2"}
    for value in (1, 2, 3, 4):
        await respond(client, survey, customer_id=None, answers={"satisfaction": value}, **details)
    assert (await client.get(path(survey["id"]))).json()["items"] == []
    await respond(client, survey, customer_id=None, answers={"satisfaction": 5}, **details)
    async with survey_database.transaction() as session:
        await anonymous.release_pools(session, days=UTC_DAYS, now=clock.now())
    items = (await client.get(path(survey["id"]))).json()["items"]
    assert sorted(item["answers"]["satisfaction"] for item in items) == [1, 2, 3, 4, 5]
    shown = {name for item in items for name, value in item.items() if value not in (None, [])}
    assert shown - {"design"} == {"survey_id", "state", "answered_at", "received_at", "recovered", "answers"}
    assert all(value is None for item in items for value in item["design"].values())
    assert {item["answered_at"] for item in items} == {"2026-03-02T00:00:00.000000Z"}
    for filters in ({"mode": "phone"}, {"wave": "w2"}, {"flagged": True}, {"version": 1}):
        refused = await client.get(path(survey["id"]), params=filters)
        assert (refused.status_code, refused.json()["code"]) == (422, "anonymous_not_filtered")


@given(answered())
def test_answers_written_to_a_row_are_read_back(case):
    questionnaire, answers = case
    cells = {name: str(value) for name, value in answer_cells(answers).items()}
    assert set(cells) <= set(columns([questionnaire]))
    assert check_answers(parse_answers(cells, questionnaire.items), questionnaire) == answers


def test_an_item_called_like_a_field_has_its_own_column():
    names = columns([make_questionnaire(domain_item(ItemType.SCALE, "mode"), domain_item(ItemType.TEXT, "why"))])
    assert names.count("mode") == 1
    assert (field_column("mode", names), field_column("wave", names)) == ("response.mode", "wave")
