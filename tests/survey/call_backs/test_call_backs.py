"""Call-backs about resolved complaints, and the block on other surveys while a complaint is open."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from heed_common import inbox
from heed_common.contracts.complaint import (
    CaseKind,
    ComplaintCalledBack,
    ComplaintClosed,
    ComplaintCompleted,
    ComplaintConfirmed,
    ComplaintImported,
    ComplaintOpened,
    ComplaintReopened,
    ComplaintStatus,
    ComplaintWithdrawn,
)
from heed_common.contracts.customer import CustomerMerged, CustomerUnmerged
from heed_survey.call_backs import service
from heed_survey.handlers import HANDLERS
from tests.common.sample_app import make_client, make_token
from tests.conftest import NOON
from tests.scoring.factories import received
from tests.survey.factories import CUSTOMER, published_events

DAY = timedelta(days=1)
SOLVED, UNSOLVED = {"solved": 1}, {"solved": 0}
pytestmark = pytest.mark.asyncio


class Case:
    """A complaint whose events the survey service receives."""

    def __init__(self, database, **overrides):
        self.database = database
        self.fields = {"complaint_id": uuid4(), "selling_suspended": True} | overrides
        self.version = 0
        self.customer_id = overrides.get("customer_id", CUSTOMER)

    def event(self, kind, state, **overrides):
        self.version += 1
        defaults = {"customer_id": self.customer_id, "severity": "major", "category": "service", "occurred_at": NOON}
        defaults |= {"opened_at": NOON, "received_at": NOON, "state": state}
        return received(kind(**(defaults | self.fields | overrides)), aggversion=self.version)

    async def receive(self, *events):
        async with self.database.transaction() as session:
            await inbox.build_batch_handler(HANDLERS)(session, events, NOON)

    async def open(self):
        await self.receive(self.event(ComplaintOpened, ComplaintStatus.RECEIVED))

    async def complete(self, *, at=NOON, **overrides):
        await self.receive(self.event(ComplaintCompleted, ComplaintStatus.COMPLETED, completed_at=at, **overrides))

    async def end(self, kind, state):
        await self.receive(self.event(kind, state, selling_suspended=False, ended_at=NOON))


async def send_due(database, *, now):
    async with database.transaction() as session:
        await service.ensure_survey(session, now=NOON)
        return await service.send_due_invitations(session, delay=DAY, now=now)


async def list_call_backs(client, state):
    response = await client.get("/v1/surveys/call-backs", params={"state": state})
    assert response.status_code == 200, response.text
    return response.json()["items"]


async def respond(client, database, case, answers=SOLVED, **more):
    async with database.transaction() as session:
        await service.ensure_survey(session, now=NOON)
    body = {"complaint_id": str(case.fields["complaint_id"]), "answers": answers} | more
    return await client.post(f"/v1/surveys/{service.SURVEY_ID}/responses", json=body)


async def test_a_resolved_complaint_has_its_call_back_a_day_later_and_not_sooner(client, survey_database):
    case = Case(survey_database)
    await case.open()
    await case.complete()
    (scheduled,) = await list_call_backs(client, "scheduled")
    assert (scheduled["customer_id"], scheduled["due_at"]) == (CUSTOMER, "2026-03-03T12:00:00.000000Z")
    assert await send_due(survey_database, now=NOON + DAY - timedelta(microseconds=1)) == 0
    assert await send_due(survey_database, now=NOON + DAY) == 1
    assert await send_due(survey_database, now=NOON + 2 * DAY) == 0
    (due,) = await list_call_backs(client, "due")
    (invited,) = await published_events(survey_database, "heed.invitation.issued")
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
async def test_a_reopened_withdrawn_closed_or_called_back_complaint_has_its_call_back_cancelled(
    client, survey_database, kind, state
):
    case = Case(survey_database)
    await case.complete()
    await case.receive(case.event(kind, state))
    assert await send_due(survey_database, now=NOON + 9 * DAY) == 0
    assert [item["state"] for item in await list_call_backs(client, "cancelled")] == ["cancelled"]


async def test_a_complaint_withdrawn_or_closed_without_completion_has_no_call_back(client, survey_database):
    for kind, state in (
        (ComplaintWithdrawn, ComplaintStatus.WITHDRAWN),
        (ComplaintClosed, ComplaintStatus.CLOSED),
    ):
        case = Case(survey_database)
        await case.open()
        await case.end(kind, state)
    assert [await list_call_backs(client, state) for state in ("scheduled", "due", "cancelled")] == [[], [], []]


@pytest.mark.parametrize("kind", CaseKind)
async def test_only_cases_that_can_be_solved_have_call_backs(client, survey_database, kind):
    await Case(survey_database, kind=kind).complete()
    solvable = {CaseKind.COMPLAINT, CaseKind.SERVICE_REQUEST, CaseKind.ENQUIRY}
    assert len(await list_call_backs(client, "scheduled")) == (kind in solvable)


async def test_a_merged_complaint_has_no_call_back_of_its_own(client, survey_database):
    await Case(survey_database, merged_into=uuid4()).complete()
    assert await list_call_backs(client, "scheduled") == []


async def test_completions_of_more_than_thirty_days_ago_have_no_call_back(client, survey_database):
    await Case(survey_database).complete(at=NOON - 30 * DAY)
    await Case(survey_database).complete(at=NOON - 30 * DAY - timedelta(microseconds=1))
    assert len(await list_call_backs(client, "scheduled")) == 1


async def test_a_complaint_that_was_imported_with_an_overdue_call_back_has_none(client, survey_database):
    overdue, running = Case(survey_database), Case(survey_database)
    before = {"completed_at": NOON - 5 * DAY}
    for case, breached in ((overdue, ("call_back",)), (running, ())):
        await case.receive(case.event(ComplaintImported, ComplaintStatus.COMPLETED, breached=breached, **before))
        await case.receive(case.event(ComplaintConfirmed, ComplaintStatus.CONFIRMED, **before))
    assert await send_due(survey_database, now=NOON) == 1
    (due,) = await list_call_backs(client, "due")
    assert due["complaint_id"] == str(running.fields["complaint_id"])
    assert len(await list_call_backs(client, "skipped")) == 1
    await overdue.complete(at=NOON)  # Again, after it was imported.
    assert len(await list_call_backs(client, "scheduled")) == 1


async def test_each_completion_has_one_call_back(client, survey_database):
    case = Case(survey_database)
    await case.complete()
    assert (await respond(client, survey_database, case, UNSOLVED)).status_code == 201
    await case.receive(case.event(ComplaintReopened, ComplaintStatus.ACCEPTED))
    assert [item["state"] for item in await list_call_backs(client, "answered")] == ["answered"]
    await case.complete(at=NOON + DAY)
    assert await send_due(survey_database, now=NOON + 2 * DAY) == 1
    assert (await respond(client, survey_database, case)).status_code == 201


async def test_the_newest_event_of_a_complaint_wins_in_any_order_of_arrival(client, survey_database):
    async def delivered(order):
        case = Case(survey_database)
        events = [
            case.event(ComplaintOpened, ComplaintStatus.RECEIVED),
            case.event(ComplaintCompleted, ComplaintStatus.COMPLETED, completed_at=NOON),
            case.event(ComplaintReopened, ComplaintStatus.ACCEPTED),
            case.event(ComplaintCompleted, ComplaintStatus.COMPLETED, completed_at=NOON + DAY),
        ]
        for index in order:
            await case.receive(events[index])
        return str(case.fields["complaint_id"])

    ids = {await delivered(order) for order in permutations(range(4))} | {str(await _in_one_batch(survey_database))}
    page = await client.get("/v1/surveys/call-backs", params={"state": "scheduled", "limit": 200})
    found = {item["complaint_id"]: item["completed_at"] for item in page.json()["items"]}
    assert found == dict.fromkeys(ids, "2026-03-03T12:00:00.000000Z")


async def _in_one_batch(database):
    case = Case(database)
    events = [
        case.event(ComplaintCompleted, ComplaintStatus.COMPLETED, completed_at=NOON),
        case.event(ComplaintReopened, ComplaintStatus.ACCEPTED),
        case.event(ComplaintCompleted, ComplaintStatus.COMPLETED, completed_at=NOON + DAY),
    ]
    await case.receive(*reversed(events))
    return case.fields["complaint_id"]


async def test_a_response_to_a_call_back_is_published_with_its_complaint_and_result(client, survey_database):
    case = Case(survey_database)
    await case.complete()
    answers = SOLVED | {"pleasant": 2}
    answered = await respond(client, survey_database, case, answers, external_id="call 7")
    assert answered.status_code == 201, answered.text
    (response,) = await published_events(survey_database, "heed.response.received")
    published = {name: response.data[name] for name in ("customer_id", "complaint_id", "solved", "pleasant")}
    complaint_id = str(case.fields["complaint_id"])
    assert published == {"customer_id": CUSTOMER, "complaint_id": complaint_id, "solved": True, "pleasant": False}
    again = await respond(client, survey_database, case, answers, external_id="call 7")
    assert (again.status_code, again.json()) == (200, answered.json())
    named = {name: answered.json()[name] for name in ("customer_id", "answered_at")}
    again = await respond(client, survey_database, case, dict(reversed(answers.items())), external_id="call 7", **named)
    assert (again.status_code, again.json()) == (200, answered.json())
    twice = await respond(client, survey_database, case, answers)
    assert (twice.status_code, twice.json()["code"]) == (409, "call_back_not_open")
    (shown,) = await list_call_backs(client, "answered")
    assert shown["response_id"] == answered.json()["id"]


async def test_an_invited_customer_may_answer_at_any_later_time(client, survey_database):
    invited, not_invited = Case(survey_database), Case(survey_database)
    await invited.complete()
    await send_due(survey_database, now=NOON + DAY)
    await not_invited.complete()
    for case in (invited, not_invited):
        await case.end(ComplaintClosed, ComplaintStatus.CLOSED)
    assert (await respond(client, survey_database, invited, UNSOLVED)).status_code == 201
    assert (await respond(client, survey_database, not_invited, UNSOLVED)).status_code == 409


async def test_a_response_about_a_complaint_of_an_unknown_customer_has_no_customer(client, survey_database):
    about = uuid4()
    case = Case(survey_database, complaint_id=about, customer_id=about)
    await case.complete()
    assert (await respond(client, survey_database, case)).json()["customer_id"] is None
    (response,) = await published_events(survey_database, "heed.response.received")
    assert (response.data["customer_id"], response.data["complaint_id"]) == (None, str(about))


async def test_responses_that_do_not_fit_the_complaint_are_rejected(client, survey_database):
    case = Case(survey_database)
    unknown = await respond(client, survey_database, case)
    assert (unknown.status_code, unknown.json()["code"]) == (409, "call_back_not_open")
    await case.complete()
    foreign = await respond(client, survey_database, case, customer_id=str(uuid4()))
    assert (foreign.status_code, foreign.json()["code"]) == (422, "another_customer")
    assert foreign.json()["errors"][0]["pointer"] == "/customer_id"
    survey = (await client.post("/v1/surveys", json={"template": "satisfaction"})).json()
    await client.post(f"/v1/surveys/{survey['id']}/publish")
    body = {"complaint_id": str(case.fields["complaint_id"]), "answers": {"satisfaction": 1}}
    other = await client.post(f"/v1/surveys/{survey['id']}/responses", json=body)
    assert (other.status_code, other.json()["code"]) == (422, "not_a_call_back")


async def test_a_customer_with_an_open_complaint_is_sent_no_survey_until_it_has_ended(client, survey_database):
    async def may_be_asked():
        return (await client.get(f"/v1/surveys/recipients/{CUSTOMER}")).json()["may_be_asked"]

    assert await may_be_asked()
    first, second = Case(survey_database), Case(survey_database)
    await first.open()
    await second.complete()
    await first.end(ComplaintWithdrawn, ComplaintStatus.WITHDRAWN)
    answered = (await client.get(f"/v1/surveys/recipients/{CUSTOMER}")).json()
    assert (answered["may_be_asked"], answered["open_complaints"]) == (False, [str(second.fields["complaint_id"])])
    await second.end(ComplaintClosed, ComplaintStatus.CLOSED)
    assert await may_be_asked()


async def test_a_complaint_moved_to_another_customer_no_longer_blocks_the_first_one(client, survey_database):
    case, other = Case(survey_database), str(uuid4())
    await case.open()
    case.customer_id = other
    await case.open()
    free = [
        (await client.get(f"/v1/surveys/recipients/{customer}")).json()["may_be_asked"]
        for customer in (CUSTOMER, other)
    ]
    assert free == [True, False]


async def test_callers_without_the_scope_see_no_confidential_complaints(client, app, survey_database, clock):
    await Case(survey_database, confidential=True).complete()
    token = await make_token(survey_database, now=clock.now(), scopes=frozenset({"surveys:read"}))
    async with make_client(app, token) as stranger:
        assert await list_call_backs(stranger, "scheduled") == []
        shown = (await stranger.get(f"/v1/surveys/recipients/{CUSTOMER}")).json()
        assert (shown["may_be_asked"], shown["open_complaints"]) == (False, [])
    assert len(await list_call_backs(client, "scheduled")) == 1
    assert len((await client.get(f"/v1/surveys/recipients/{CUSTOMER}")).json()["open_complaints"]) == 1


async def test_a_complaint_blocks_all_merged_customers_until_they_are_unmerged(client, survey_database):
    survivor, other, stranger = (str(uuid4()) for _ in range(3))

    async def receive(kind, duplicate, survivor, version):
        event = kind(customer_id=duplicate, survivor_id=survivor, occurred_at=NOON)
        async with survey_database.transaction() as session:
            await inbox.build_batch_handler(HANDLERS)(session, [received(event, aggversion=version)], NOON)

    async def blocked():
        recipients = {
            customer: await client.get(f"/v1/surveys/recipients/{customer}")
            for customer in (CUSTOMER, survivor, other, stranger)
        }
        return [customer for customer, response in recipients.items() if not response.json()["may_be_asked"]]

    case = Case(survey_database)
    await case.open()
    assert await blocked() == [CUSTOMER]
    await receive(CustomerMerged, CUSTOMER, survivor, 2)
    await receive(CustomerMerged, other, survivor, 2)
    assert await blocked() == [CUSTOMER, survivor, other]
    await case.complete()
    named = await respond(client, survey_database, case, customer_id=survivor)
    assert (named.status_code, named.json()["customer_id"]) == (201, CUSTOMER)
    await receive(CustomerUnmerged, CUSTOMER, survivor, 4)
    await receive(CustomerMerged, CUSTOMER, survivor, 3)
    assert await blocked() == [CUSTOMER]


async def test_the_call_back_survey_exists_once_in_both_languages(client, survey_database):
    async with survey_database.transaction() as session:
        await service.ensure_survey(session, now=NOON)
        await service.ensure_survey(session, now=NOON + DAY)
    survey = (await client.get(f"/v1/surveys/{service.SURVEY_ID}")).json()
    assert [item["code"] for item in survey["items"]] == ["solved", "pleasant"]
    assert all(item["text"]["en"] and item["text"]["zh"] for item in survey["items"])
    assert len(await published_events(survey_database, "heed.survey.published")) == 1


async def test_a_detractor_is_published_unless_the_response_is_anonymous(client, survey_database):
    scale = {"lowest": 0, "highest": 10}
    words = {"en": "Would you recommend us?", "zh": "您会推荐我们吗？"}
    item = {"code": "nps", "text": words, "measure": "recommendation", "scale": scale}
    survey = (await client.post("/v1/surveys", json={"title": "NPS", "items": [item]})).json()
    await client.post(f"/v1/surveys/{survey['id']}/publish")
    for value in range(11):
        for customer_id in (CUSTOMER, None):
            body = {"customer_id": customer_id, "answers": {"nps": value}}
            await client.post(f"/v1/surveys/{survey['id']}/responses", json=body)
    found = await published_events(survey_database, "heed.detractor.found")
    assert [envelope.data["score"] for envelope in found] == [*range(7)]
    assert {envelope.partitionkey for envelope in found} == {CUSTOMER}
