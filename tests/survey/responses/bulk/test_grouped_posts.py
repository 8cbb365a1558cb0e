"""Single POSTs of responses take a short path and share transactions; callers see no difference."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest
import pytest_asyncio

from heed_common.contracts.survey import ResponseReceived
from tests.common.http.grouped_posts import GroupedPosts, GroupedPostTests, without_ids
from tests.survey.factories import (
    STUDY,
    create_anonymous,
    create_draft,
    create_published,
    make_item,
    published_events,
)

pytestmark = pytest.mark.asyncio

TEMPLATE = "/v1/surveys/{survey_id}/responses"
ITEMS = [
    make_item(required=True),
    make_item(code="recommend", measure="recommendation", scale={"lowest": 0, "highest": 10}),
    {"code": "why", "type": "text", "text": {"en": "Why?", "zh": "为什么？"}},
]
LOW = {"when": {"field": "effort", "op": "le", "value": 2}, "action": "complaint"}


def make_body(**changes):
    """A response of a customer of its own: two of one customer on a day are flagged as duplicates."""
    return {"external_id": str(uuid4()), "customer_id": str(uuid4()), "answers": {"effort": 6}} | changes


def grouped(client, app, database, survey, **changes):
    fields = {
        "client": client,
        "app": app,
        "database": database,
        "path": TEMPLATE.format(survey_id=survey["id"]),
        "template": TEMPLATE,
        "key": "/v1/surveys/{}/responses",
        "table": "response",
        "event": ResponseReceived,
        "make_body": make_body,
        "variants": [],
        "invalid": [],
        "refused": {},
        "other": {},
    }
    return GroupedPosts(**fields | changes)


@pytest_asyncio.fixture
async def posts(app, client, survey_database):
    survey = await create_published(client, title="Effort", items=ITEMS)
    return grouped(
        client,
        app,
        survey_database,
        survey,
        variants=[
            {},
            {"customer_id": None},
            {"external_id": None, "answers": {"effort": 1, "recommend": 2, "why": "太慢了 \t 😀"}},
            {"mode": "phone", "wave": "spring", "interviewer": "li", "seconds": 30, "survey_version": 1},
            {"answered_at": "2026-03-01T09:00:00.5+08:00", "touchpoint_at": "2026-02-01T00:00:00Z"},
            {"design": {"weight": 1.5, "stratum": "north", "population": 100.0, "cluster": "a", "population2": 3}},
        ],
        invalid=[
            {"customer_id": "none"},
            {"answers": {}},
            {"answers": [1]},
            {"mode": "telepathy"},
            {"answered_at": "2026-03-02"},
            {"design": {"weight": 0}},
            {"seconds": -1},
            {"survey_version": 0},
            {"mood": 1},
        ],
        refused={
            "unknown_item": {"answers": {"effort": 1, "mood": 1}},
            "answer_missing": {"answers": {"why": "x"}},
            "off_the_scale": {"answers": {"effort": 9}},
            "wrong_kind_of_answer": {"answers": {"effort": "good"}},
            "in_the_future": {"answered_at": "2999-03-02T00:00:00Z"},
            "too_early": {"answered_at": "1888-03-02T00:00:00Z"},
            "version_changed": {"survey_version": 2},
        },
        other={"answers": {"effort": 5}},
    )


class TestGroupedResponses(GroupedPostTests):
    """Responses pass the tests of all grouped POSTs."""


async def put_policy(client, survey_id, name, **changes):
    response = await client.put(f"/v1/surveys/{survey_id}/policies/{name}", json=LOW | changes)
    assert response.status_code == 201, response.text


async def test_heed_event_names_the_last_event_of_the_policies_that_a_response_meets(posts, client, survey_database):
    survey_id = posts.path.split("/")[3]
    for matter in ("delivery", "service"):
        await put_policy(client, survey_id, matter, matter=matter)
    bodies = [make_body(answers={"effort": 1 + number % 4, "recommend": number % 10}) for number in range(40)]
    responses = await asyncio.gather(*map(posts.post, bodies))
    last = {event.subject: event for event in await published_events(survey_database, "heed.")}
    assert [response.headers["heed-event"] for response in responses] == [
        str(last[response.json()["id"]].id) for response in responses
    ]
    ends = Counter(last[response.json()["id"]].type for response in responses)
    assert ends.keys() == {
        "heed.dissatisfaction.found.v1",
        "heed.detractor.found.v1",
        "heed.response.received.v1",
    }


async def test_a_quota_is_never_exceeded_by_responses_that_share_transactions(app, client, survey_database):
    quotas = [
        {"name": "all", "when": {"field": "effort", "op": "known"}, "limit": 30},
        {"name": "low", "when": {"field": "effort", "op": "le", "value": 3}, "limit": 7},
    ]
    survey = await create_published(client, title="Quota", items=ITEMS, quotas=quotas, study=STUDY)
    posts = grouped(client, app, survey_database, survey)
    bodies = [make_body(answers={"effort": 1 + number % 7}) for number in range(80)]
    # Half of them over the ordinary route, which counts one response at a time.
    sends = [posts.post if number % 2 else posts.post_ordinary for number in range(80)]
    responses = await asyncio.gather(*(send(body) for send, body in zip(sends, bodies, strict=True)))
    stored = [body for body, response in zip(bodies, responses, strict=True) if response.status_code == 201]
    assert {response.json()["code"] for response in responses if response.status_code != 201} == {"quota_full"}
    low = sum(body["answers"]["effort"] <= 3 for body in stored)
    counts = (await client.get(f"/v1/surveys/{survey['id']}/quotas")).json()["quotas"]
    assert [(quota["name"], quota["taken"]) for quota in counts] == [("all", len(stored)), ("low", low)]
    assert (len(stored), low) == (30, 7)
    assert len(await posts.events()) == 30


async def test_equal_responses_at_once_take_one_place_of_a_quota(app, client, survey_database):
    quotas = [{"name": "all", "when": {"field": "effort", "op": "known"}, "limit": 2}]
    survey = await create_published(client, title="Quota", items=ITEMS, quotas=quotas, study=STUDY)
    posts = grouped(client, app, survey_database, survey)
    body = make_body()
    responses = await asyncio.gather(*(posts.post(body) for _ in range(60)))
    assert Counter(response.status_code for response in responses) == {200: 59, 201: 1}
    (quota,) = (await client.get(f"/v1/surveys/{survey['id']}/quotas")).json()["quotas"]
    assert quota["taken"] == 1


async def test_surveys_that_take_no_responses_refuse_them_as_the_ordinary_route_does(app, client, survey_database):
    draft = await create_draft(client, title="Draft", items=ITEMS)
    closed = await create_published(client, title="Closed", items=ITEMS)
    assert (await client.post(f"/v1/surveys/{closed['id']}/close")).status_code == 200
    codes = []
    for survey in (draft, closed, {"id": str(uuid4())}, {"id": "none"}, {"id": "{}"}, {"id": draft["id"].upper()}):
        posts = grouped(client, app, survey_database, survey)
        short, ordinary = await posts.post(make_body()), await posts.post_ordinary(make_body())
        assert without_ids(short) == without_ids(ordinary)
        codes.append(short.json()["code"])
    assert codes == [
        *("survey_not_published", "survey_closed", "survey_not_found", "validation_failed", "validation_failed"),
        "survey_not_published",
    ]


async def test_one_group_holds_responses_to_many_surveys(app, client, survey_database):
    surveys = [await create_published(client, title=f"Survey {number}", items=ITEMS) for number in range(4)]
    kinds = [grouped(client, app, survey_database, survey) for survey in surveys]
    responses = await asyncio.gather(*(posts.post(make_body()) for _ in range(10) for posts in kinds))
    assert [response.json()["survey_id"] for response in responses] == [survey["id"] for survey in surveys] * 10
    assert len({response.headers["heed-event"] for response in responses}) == 40


async def test_responses_to_an_anonymous_survey_are_left_to_the_ordinary_route(
    app, client, survey_database, monkeypatch
):
    survey = await create_anonymous(client)
    posts = grouped(client, app, survey_database, survey)
    outcomes, short_path = [], posts.short_path
    original = short_path._record_once

    async def record(session, group):
        outcomes.extend(await original(session, group))
        return [None] * len(group)

    monkeypatch.setattr(short_path._group_commit, "_record", record)
    body = {"answers": {"satisfaction": 2}}
    for headers in ({}, {"Idempotency-Key": "one"}):
        response = await posts.post(body, **headers)
        assert (response.status_code, response.json()) == (201, {"survey_id": survey["id"], "anonymous": True})
        assert "heed-event" not in response.headers
    assert outcomes == [None, None]
    again = await posts.post({"answers": {"satisfaction": 5}}, **{"Idempotency-Key": "one"})
    assert (again.status_code, again.json()) == (201, {"survey_id": survey["id"], "anonymous": True})
    named = await posts.post(body | {"customer_id": str(uuid4())})
    assert (named.status_code, named.json()["code"]) == (422, "not_anonymous")
