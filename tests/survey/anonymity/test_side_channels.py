"""What changes with each response beside the response itself: counts, flags, requests, logs."""

from datetime import timedelta
from itertools import pairwise

import pytest

from heed_survey.invitations.links.rules import token_hash
from heed_survey.responses.quality.rules import answers_hash
from tests.survey.anonymity.study import BODY, PEOPLE, Person, release, send_links
from tests.survey.factories import STUDY, create_published, make_item, respond

pytestmark = pytest.mark.asyncio

UNHAPPY = {"name": "unhappy", "when": {"field": "overall", "op": "le", "value": 2}, "limit": 100}
MANY_ITEMS = [make_item(code=f"item_{number}") for number in range(12)]


async def test_a_quota_of_an_anonymous_survey_cannot_depend_on_answers(client):
    settings = {"anonymous": True, "study": STUDY, "quotas": [UNHAPPY]}
    refused = await client.post("/v1/surveys", json=BODY | settings)
    assert (refused.status_code, refused.json()["code"]) == (422, "quota_not_anonymous")
    assert refused.json()["errors"][0]["pointer"] == "/quotas/0/when"
    draft = (await client.post("/v1/surveys", json=BODY | settings | {"anonymous": False})).json()
    changed = await client.patch(f"/v1/surveys/{draft['id']}", json={"anonymous": True}, headers={"If-Match": '"1"'})
    assert changed.json()["code"] == "quota_not_anonymous"
    nested = UNHAPPY | {"when": {"any": [{"not": UNHAPPY["when"]}, {"field": "customer.region", "op": "known"}]}}
    refused = await client.post("/v1/surveys", json=BODY | settings | {"quotas": [nested]})
    assert refused.json()["code"] == "quota_not_anonymous"


async def test_a_quota_of_all_responses_counts_them(client, attacker):
    quotas = [{"name": "all", "limit": 100}]
    survey = await create_published(client, anonymous=True, study=STUDY, quotas=quotas, **BODY)
    for person in (Person(""), Person("")):
        assert (await respond(client, survey, customer_id=None, answers=person.answers)).status_code == 201
    assert [row["taken"] for row in await attacker.rows("quota_count")] == [2]


async def test_control_a_quota_that_depends_on_answers_shows_each_of_them(client, attacker):
    survey = await create_published(client, study=STUDY, quotas=[UNHAPPY], **BODY)
    people, counts = [Person("") for _ in range(PEOPLE)], [0]
    for person in people:
        await respond(client, survey, customer_id=None, answers=person.answers)
        counts.append(sum(row["taken"] for row in await attacker.rows("quota_count")))
    grown = [after > before for before, after in pairwise(counts)]
    assert grown == [person.is_unhappy for person in people]


async def test_no_column_of_what_is_stored_before_the_release_has_a_moment_or_an_answer(attacker):
    query = """
        SELECT table_name, array_agg(CAST(column_name AS text) ORDER BY column_name) FROM information_schema.columns
        WHERE table_name IN ('burnt_link', 'response_pool', 'partial_response') GROUP BY 1
    """
    assert dict(await attacker.query(query)) == {
        "burnt_link": ["key_id", "token_hash"],
        "response_pool": ["responses", "size", "survey_id"],
        "partial_response": [
            *("answered", "expires_on", "key_hash", "left_at", "sealed", "shown", "survey_id", "survey_version"),
        ],
    }


async def test_flags_show_nothing_that_a_web_server_logs(client, clock, attacker):
    """Of one who answered in a second, long after the purchase, and of four others."""
    answers = {item["code"]: 1 + number % 3 for number, item in enumerate(MANY_ITEMS)}
    hasty = {"seconds": 1, "touchpoint_at": (clock.now() - timedelta(days=100)).isoformat()}
    named = await create_published(client, title="Named", items=MANY_ITEMS)
    await respond(client, named, answers=answers, **hasty)
    survey = await create_published(client, title="Anonymous", items=MANY_ITEMS, anonymous=True, study=STUDY)
    for details in (hasty, {}, {}, {}, {}):
        await respond(client, survey, customer_id=None, answers=answers, **details)
    await release(attacker.database, clock)
    flags = {str(row["survey_id"]): row["flags"] for row in await attacker.rows("response")}
    assert flags == {named["id"]: ["speeding", "late"], survey["id"]: []}


async def test_no_log_has_an_answer_a_token_or_a_hash_of_them_before_the_release(
    client, anonymous, mailing, attacker, caplog
):
    """The server logs all statements with their parameters. The hash of equal answers would be as good as they are."""
    async with attacker.recording():
        study = await send_links(client, mailing, people=5)
        many = await create_published(client, title="Many", items=MANY_ITEMS, anonymous=True, study=STUDY)
        answers = {item["code"]: 1 + number % 7 for number, item in enumerate(MANY_ITEMS)}
        for person in study.people[:4]:
            await person.fill_in(anonymous)
        await respond(client, many, customer_id=None, answers=answers)
    hidden = [secret for person in study.people for secret in (person.marker, person.token)]
    assert await attacker.find([secret.encode() for secret in hidden]) == set()
    assert await attacker.find([answers_hash(answers)]) == set()
    assert not any(person.marker in caplog.text for person in study.people)
    assert await attacker.find([token_hash(study.people[0].token)]) != set(), "the lock of a form"


async def test_control_the_log_of_statements_has_the_hash_of_equal_answers_elsewhere(client, attacker):
    answers = {item["code"]: 1 + number % 7 for number, item in enumerate(MANY_ITEMS)}
    async with attacker.recording():
        survey = await create_published(client, title="Named", items=MANY_ITEMS)
        await respond(client, survey, answers=answers)
    assert await attacker.find([answers_hash(answers)]) != set()
