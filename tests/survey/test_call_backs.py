"""Who complained is called back once it is resolved, and is asked for nothing else while it is not."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common import inbox
from heed_common.contracts.complaint import (
    CaseKind,
    ComplaintCalledBack,
    ComplaintClosed,
    ComplaintCompleted,
    ComplaintOpened,
    ComplaintReopened,
    ComplaintStatus,
    ComplaintWithdrawn,
)
from heed_common.contracts.customer import CustomerMerged, CustomerUnmerged
from heed_common.contracts.event import Envelope
from heed_survey.call_backs import service
from heed_survey.handlers import HANDLERS
from tests.common.sample_app import make_client, make_token
from tests.conftest import NOON
from tests.scoring.factories import received

DAY = timedelta(days=1)
CUSTOMER = "01954f9e-7e3a-7000-8000-000000000001"
SOLVED, UNSOLVED = [{"item": "solved", "value": 1}], [{"item": "solved", "value": 0}]
pytestmark = pytest.mark.asyncio


class Case:
    """A complaint as its service tells of it."""

    def __init__(self, database, **overrides):
        self.database = database
        self.told = {"complaint_id": uuid4(), "selling_suspended": True} | overrides
        self.version = 0
        self.customer_id = overrides.get("customer_id", CUSTOMER)

    def event(self, kind, state, **overrides):
        self.version += 1
        told = {"customer_id": self.customer_id, "severity": "major", "category": "service", "occurred_at": NOON}
        told |= {"opened_at": NOON, "received_at": NOON, "state": state}
        return received(kind(**(told | self.told | overrides)), aggversion=self.version)

    async def hear(self, *events):
        async with self.database.transaction() as session:
            await inbox.build_batch_handler(HANDLERS)(session, events, NOON)

    async def open(self):
        await self.hear(self.event(ComplaintOpened, ComplaintStatus.RECEIVED))

    async def complete(self, *, at=NOON, **overrides):
        await self.hear(self.event(ComplaintCompleted, ComplaintStatus.COMPLETED, completed_at=at, **overrides))

    async def end(self, kind, state):
        await self.hear(self.event(kind, state, selling_suspended=False, ended_at=NOON))


async def issue(database, *, now):
    async with database.transaction() as session:
        return await service.issue_due(session, delay=DAY, now=now)


async def listed(client, state):
    answer = await client.get("/v1/surveys/call-backs", params={"state": state})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def told(database, kind):
    async with database.transaction() as session:
        rows = await session.scalars(text("SELECT payload FROM outbox ORDER BY seq"))
        envelopes = [Envelope.model_validate_json(payload) for payload in rows]
    return [envelope for envelope in envelopes if envelope.type == f"heed.{kind}.v1"]


async def answer(client, database, case, answers=SOLVED, **more):
    async with database.transaction() as session:
        await service.ensure_survey(session, now=NOON)
    body = {"complaint_id": str(case.told["complaint_id"]), "answers": answers} | more
    return await client.post(f"/v1/surveys/{service.SURVEY_ID}/responses", json=body)


async def test_a_resolved_complaint_is_asked_about_a_day_later_and_not_sooner(client, survey_database):
    case = Case(survey_database)
    await case.open()
    await case.complete()
    (scheduled,) = await listed(client, "scheduled")
    assert (scheduled["customer_id"], scheduled["due_at"]) == (CUSTOMER, "2026-03-03T12:00:00.000000Z")
    assert await issue(survey_database, now=NOON + DAY - timedelta(microseconds=1)) == 0
    assert await issue(survey_database, now=NOON + DAY) == 1
    assert await issue(survey_database, now=NOON + 2 * DAY) == 0
    (due,) = await listed(client, "due")
    (invited,) = await told(survey_database, "invitation.issued")
    assert (invited.data["complaint_id"], invited.data["kind"]) == (due["complaint_id"], "call_back")
    assert (invited.partitionkey, invited.subject) == (CUSTOMER, due["invitation_id"])


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (ComplaintReopened, ComplaintStatus.ACCEPTED),
        (ComplaintWithdrawn, ComplaintStatus.WITHDRAWN),
        (ComplaintClosed, ComplaintStatus.CLOSED),
        (ComplaintCalledBack, ComplaintStatus.CALLED_BACK),
    ],
)
async def test_nobody_is_asked_about_what_was_reopened_withdrawn_closed_or_asked_by_somebody_already(
    client, survey_database, kind, state
):
    case = Case(survey_database)
    await case.complete()
    await case.hear(case.event(kind, state))
    assert await issue(survey_database, now=NOON + 9 * DAY) == 0
    assert [each["state"] for each in await listed(client, "cancelled")] == ["cancelled"]


async def test_a_complaint_that_was_withdrawn_or_closed_by_time_was_never_to_be_asked_about(client, survey_database):
    for kind, state in (
        (ComplaintWithdrawn, ComplaintStatus.WITHDRAWN),
        (ComplaintClosed, ComplaintStatus.CLOSED),
    ):
        case = Case(survey_database)
        await case.open()
        await case.end(kind, state)
    assert [await listed(client, state) for state in ("scheduled", "due", "cancelled")] == [[], [], []]


@pytest.mark.parametrize("kind", CaseKind)
async def test_what_could_be_solved_is_asked_about_whatever_it_is_called(client, survey_database, kind):
    await Case(survey_database, kind=kind).complete()
    asked = {CaseKind.COMPLAINT, CaseKind.SERVICE_REQUEST, CaseKind.ENQUIRY}
    assert len(await listed(client, "scheduled")) == (kind in asked)


async def test_what_is_handled_under_another_complaint_is_asked_about_there(client, survey_database):
    await Case(survey_database, merged_into=uuid4()).complete()
    assert await listed(client, "scheduled") == []


async def test_who_begins_to_listen_late_does_not_ask_about_the_whole_past(client, survey_database):
    await Case(survey_database).complete(at=NOON - 30 * DAY)
    await Case(survey_database).complete(at=NOON - 30 * DAY - timedelta(microseconds=1))
    assert len(await listed(client, "scheduled")) == 1


async def test_each_completion_is_asked_about_once(client, survey_database):
    case = Case(survey_database)
    await case.complete()
    assert (await answer(client, survey_database, case, UNSOLVED)).status_code == 201
    await case.hear(case.event(ComplaintReopened, ComplaintStatus.ACCEPTED))
    assert [each["state"] for each in await listed(client, "answered")] == ["answered"]
    await case.complete(at=NOON + DAY)
    assert await issue(survey_database, now=NOON + 2 * DAY) == 1
    assert (await answer(client, survey_database, case)).status_code == 201


async def test_the_newest_word_about_a_complaint_holds_in_whatever_order_it_arrives(client, survey_database):
    async def lives(order):
        case = Case(survey_database)
        words = [
            case.event(ComplaintOpened, ComplaintStatus.RECEIVED),
            case.event(ComplaintCompleted, ComplaintStatus.COMPLETED, completed_at=NOON),
            case.event(ComplaintReopened, ComplaintStatus.ACCEPTED),
            case.event(ComplaintCompleted, ComplaintStatus.COMPLETED, completed_at=NOON + DAY),
        ]
        for place in order:
            await case.hear(words[place])
        return str(case.told["complaint_id"])

    ids = {await lives(order) for order in permutations(range(4))} | {str(await _at_once(survey_database))}
    page = await client.get("/v1/surveys/call-backs", params={"state": "scheduled", "limit": 200})
    found = {each["complaint_id"]: each["completed_at"] for each in page.json()["items"]}
    assert found == dict.fromkeys(ids, "2026-03-03T12:00:00.000000Z")


async def _at_once(database):
    case = Case(database)
    words = [
        case.event(ComplaintCompleted, ComplaintStatus.COMPLETED, completed_at=NOON),
        case.event(ComplaintReopened, ComplaintStatus.ACCEPTED),
        case.event(ComplaintCompleted, ComplaintStatus.COMPLETED, completed_at=NOON + DAY),
    ]
    await case.hear(*reversed(words))
    return case.told["complaint_id"]


async def test_an_answer_is_told_with_its_complaint_and_what_it_says(client, survey_database):
    case = Case(survey_database)
    await case.complete()
    answers = [*SOLVED, {"item": "pleasant", "value": 2}]
    answered = await answer(client, survey_database, case, answers, external_id="call 7")
    assert answered.status_code == 201, answered.text
    (response,) = await told(survey_database, "response.received")
    said = {name: response.data[name] for name in ("customer_id", "complaint_id", "solved", "pleasant")}
    complaint_id = str(case.told["complaint_id"])
    assert said == {"customer_id": CUSTOMER, "complaint_id": complaint_id, "solved": True, "pleasant": False}
    again = await answer(client, survey_database, case, answers, external_id="call 7")
    assert (again.status_code, again.json()) == (200, answered.json())
    named = {name: answered.json()[name] for name in ("customer_id", "answered_at")}
    again = await answer(client, survey_database, case, answers[::-1], external_id="call 7", **named)
    assert (again.status_code, again.json()) == (200, answered.json())
    twice = await answer(client, survey_database, case, answers)
    assert (twice.status_code, twice.json()["code"]) == (409, "call_back_not_open")
    (shown,) = await listed(client, "answered")
    assert shown["response_id"] == answered.json()["id"]


async def test_who_was_asked_may_answer_however_late(client, survey_database):
    asked, not_asked = Case(survey_database), Case(survey_database)
    await asked.complete()
    await issue(survey_database, now=NOON + DAY)
    await not_asked.complete()
    for case in (asked, not_asked):
        await case.end(ComplaintClosed, ComplaintStatus.CLOSED)
    assert (await answer(client, survey_database, asked, UNSOLVED)).status_code == 201
    assert (await answer(client, survey_database, not_asked, UNSOLVED)).status_code == 409


async def test_an_answer_about_a_complaint_of_nobody_known_yet_names_nobody(client, survey_database):
    about = uuid4()
    case = Case(survey_database, complaint_id=about, customer_id=about)
    await case.complete()
    assert (await answer(client, survey_database, case)).json()["customer_id"] is None
    (response,) = await told(survey_database, "response.received")
    assert (response.data["customer_id"], response.data["complaint_id"]) == (None, str(about))


async def test_answers_that_cannot_be_about_this_complaint_are_refused(client, survey_database):
    case = Case(survey_database)
    unknown = await answer(client, survey_database, case)
    assert (unknown.status_code, unknown.json()["code"]) == (409, "call_back_not_open")
    await case.complete()
    foreign = await answer(client, survey_database, case, customer_id=str(uuid4()))
    assert (foreign.status_code, foreign.json()["code"]) == (422, "another_customer")
    assert foreign.json()["errors"][0]["pointer"] == "/customer_id"
    survey = (await client.post("/v1/surveys", json={"template": "satisfaction"})).json()
    await client.post(f"/v1/surveys/{survey['id']}/publish")
    body = {"complaint_id": str(case.told["complaint_id"]), "answers": [{"item": "satisfaction", "value": 1}]}
    other = await client.post(f"/v1/surveys/{survey['id']}/responses", json=body)
    assert (other.status_code, other.json()["code"]) == (422, "not_a_call_back")


async def test_nothing_is_asked_of_a_customer_whose_complaint_is_open_until_it_has_ended(client, survey_database):
    async def may_be_asked():
        return (await client.get(f"/v1/surveys/recipients/{CUSTOMER}")).json()["may_be_asked"]

    assert await may_be_asked()
    first, second = Case(survey_database), Case(survey_database)
    await first.open()
    await second.complete()
    await first.end(ComplaintWithdrawn, ComplaintStatus.WITHDRAWN)
    answered = (await client.get(f"/v1/surveys/recipients/{CUSTOMER}")).json()
    assert (answered["may_be_asked"], answered["open_complaints"]) == (False, [str(second.told["complaint_id"])])
    await second.end(ComplaintClosed, ComplaintStatus.CLOSED)
    assert await may_be_asked()


async def test_a_complaint_filed_under_another_customer_leaves_the_first_one_free(client, survey_database):
    case, other = Case(survey_database), str(uuid4())
    await case.open()
    case.customer_id = other
    await case.open()
    free = [(await client.get(f"/v1/surveys/recipients/{whom}")).json()["may_be_asked"] for whom in (CUSTOMER, other)]
    assert free == [True, False]


async def test_who_may_not_know_of_confidential_complaints_meets_none(client, app, survey_database, clock):
    await Case(survey_database, confidential=True).complete()
    token = await make_token(survey_database, now=clock.now(), scopes=frozenset({"surveys:read"}))
    async with make_client(app, token) as stranger:
        assert await listed(stranger, "scheduled") == []
        shown = (await stranger.get(f"/v1/surveys/recipients/{CUSTOMER}")).json()
        assert (shown["may_be_asked"], shown["open_complaints"]) == (False, [])
    assert len(await listed(client, "scheduled")) == 1
    assert len((await client.get(f"/v1/surveys/recipients/{CUSTOMER}")).json()["open_complaints"]) == 1


async def test_who_is_one_with_somebody_who_complains_is_left_in_peace_until_they_come_apart(client, survey_database):
    survivor, other, stranger = (str(uuid4()) for _ in range(3))

    async def hear(kind, member, into, version):
        told = kind(customer_id=member, survivor_id=into, occurred_at=NOON)
        async with survey_database.transaction() as session:
            await inbox.build_batch_handler(HANDLERS)(session, [received(told, aggversion=version)], NOON)

    async def left_in_peace():
        asked = {
            who: await client.get(f"/v1/surveys/recipients/{who}") for who in (CUSTOMER, survivor, other, stranger)
        }
        return [who for who, answer in asked.items() if not answer.json()["may_be_asked"]]

    case = Case(survey_database)
    await case.open()
    assert await left_in_peace() == [CUSTOMER]
    await hear(CustomerMerged, CUSTOMER, survivor, 2)
    await hear(CustomerMerged, other, survivor, 2)
    assert await left_in_peace() == [CUSTOMER, survivor, other]
    await case.complete()
    named = await answer(client, survey_database, case, customer_id=survivor)
    assert (named.status_code, named.json()["customer_id"]) == (201, CUSTOMER)
    await hear(CustomerUnmerged, CUSTOMER, survivor, 4)
    await hear(CustomerMerged, CUSTOMER, survivor, 3)
    assert await left_in_peace() == [CUSTOMER]


async def test_the_two_questions_are_there_once_in_both_languages(client, survey_database):
    async with survey_database.transaction() as session:
        await service.ensure_survey(session, now=NOON)
        await service.ensure_survey(session, now=NOON + DAY)
    survey = (await client.get(f"/v1/surveys/{service.SURVEY_ID}")).json()
    assert [item["code"] for item in survey["items"]] == ["solved", "pleasant"]
    assert all(item["text"]["en"] and item["text"]["zh"] for item in survey["items"])
    assert len(await told(survey_database, "survey.published")) == 1


async def test_who_would_not_recommend_us_is_told_of_unless_they_were_called_back(client, survey_database):
    scale = {"lowest": 0, "highest": 10}
    words = {"en": "Would you recommend us?", "zh": "您会推荐我们吗？"}
    item = {"code": "nps", "text": words, "measure": "recommendation", "scale": scale}
    survey = (await client.post("/v1/surveys", json={"title": "NPS", "items": [item]})).json()
    await client.post(f"/v1/surveys/{survey['id']}/publish")
    for value in range(11):
        for customer_id in (CUSTOMER, None):
            body = {"customer_id": customer_id, "answers": [{"item": "nps", "value": value}]}
            await client.post(f"/v1/surveys/{survey['id']}/responses", json=body)
    found = await told(survey_database, "detractor.found")
    assert [envelope.data["score"] for envelope in found] == [*range(7)]
    assert {envelope.partitionkey for envelope in found} == {CUSTOMER}
