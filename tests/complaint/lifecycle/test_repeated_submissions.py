"""What is sent twice is one thing: requests under a key, complaints in the same words, answers of one customer."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from heed_common.contracts.survey import DetractorFound
from heed_complaint.core.customers import repository as customers
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.opening import service
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.resolution.callback_answers import service as answers
from tests.complaint.factories.complaints import CLERK, names, open_complaint, staged_events, walk
from tests.complaint.factories.events import received, take_in
from tests.complaint.lifecycle.repeats.test_repeats import escalations, opened
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
pytestmark = pytest.mark.asyncio


def make_detractor(customer_id, **overrides):
    given = {
        "occurred_at": NOON,
        "survey_id": uuid4(),
        "survey_version": 1,
        "response_id": uuid4(),
        "customer_id": customer_id,
        "score": 2,
        "lowest": 0,
        "highest": 10,
    }
    return DetractorFound(**(given | overrides))


async def complaints_of(session):
    return (await session.scalars(select(Complaint).order_by(Complaint.id))).all()


async def attached(session, complaint):
    history = await service.list_history(session, complaint_id=complaint.id, after=0, limit=99)
    return [entry for entry in history if entry.action == "detractor"]


async def test_i_want_a_dry_run_not_to_be_taken_for_the_real_call_under_one_key(client):
    """Truxify#2885: a key that does not see the address."""
    incident = (await client.post("/v1/complaints/incidents", json={"title": "Outage"})).json()
    path, key = f"/v1/complaints/incidents/{incident['id']}:attach-matching", {"Idempotency-Key": "one"}
    body = {"category": "service"}
    given = {"customer_id": str(uuid4()), "channel": "phone", "category": "service", "severity": "minor"}
    given |= {"description": "No network", "occurred_at": "2026-03-02T11:00:00Z"}
    assert (await client.post("/v1/complaints", json=given)).status_code == 201
    dry = await client.post(f"{path}?dry_run=true", json=body, headers=key)
    assert [item["status"] for item in dry.json()["items"]] == ["found"]
    real = await client.post(path, json=body, headers=key)
    assert (real.status_code, real.json()["code"]) == (422, "idempotency_key_reused")
    attached = await client.post(path, json=body, headers={"Idempotency-Key": "two"})
    assert [item["status"] for item in attached.json()["items"]] == ["attached"]


async def test_i_want_an_answer_that_is_sent_twice_to_open_one_complaint(session):
    customer = uuid4()
    first, second = make_detractor(customer), make_detractor(customer, occurred_at=NOON + MINUTE)
    await take_in(session, first, second)
    (complaint,) = await complaints_of(session)
    assert complaint.external_id == f"detractor:{first.response_id}"
    (entry,) = await attached(session, complaint)
    assert (entry.actor, entry.after["response_id"]) == ("customer", str(second.response_id))
    assert "2 (0-10)" in entry.note


async def test_i_want_the_answer_of_a_customer_who_has_complained_beside_their_complaint(session):
    customer = uuid4()
    older = await open_complaint(session, customer_id=customer, now=NOON - DAY)
    newer = await open_complaint(session, customer_id=customer, now=NOON)
    praise = await open_complaint(session, customer_id=customer, kind="praise", now=NOON)
    await take_in(session, make_detractor(customer), now=NOON + DAY)
    assert len(await complaints_of(session)) == 3
    found = [len(await attached(session, case.complaint)) for case in (older, newer, praise)]
    assert found == [0, 1, 0]
    assert names(await staged_events(session, newer.complaint.id)) == ["complaint.opened"]


async def test_i_want_each_answer_beside_the_complaint_once(session):
    customer = uuid4()
    case = await open_complaint(session, customer_id=customer, now=NOON)
    answer = make_detractor(customer)
    for _ in range(2):
        await answers.open_for_low_answers(session, [received(answer)], currency="USD", now=NOON)
    assert len(await attached(session, case.complaint)) == 1


async def test_i_want_another_complaint_once_the_earlier_one_was_resolved(session):
    customer = uuid4()
    case = await open_complaint(session, customer_id=customer, now=NOON)
    await walk(session, case, Action.ACCEPT, Action.COMPLETE, now=NOON)
    await take_in(session, make_detractor(customer), now=NOON + DAY)
    assert len(await complaints_of(session)) == 2


async def test_i_want_merged_customers_to_have_one_complaint_of_their_answers(session):
    survivor, duplicate = uuid4(), uuid4()
    await customers.upsert_aliases(session, [{"duplicate_id": duplicate, "survivor_id": survivor, "version": 1}])
    await take_in(session, make_detractor(duplicate), make_detractor(survivor, occurred_at=NOON + MINUTE))
    (complaint,) = await complaints_of(session)
    assert complaint.customer_id == duplicate
    assert len(await attached(session, complaint)) == 1


async def test_i_want_a_complaint_that_is_sent_three_times_not_to_count_as_the_third_failure(session):
    customer = uuid4()
    sent = {"customer_id": customer, "description": "It leaks"}
    complaints = [await opened(session, now=NOON + second * timedelta(seconds=1), **sent) for second in range(3)]
    assert [(complaint.repeat_number, complaint.escalation_level) for complaint in complaints] == [(1, 0)] * 3
    assert [await escalations(session, complaint) for complaint in complaints] == [[], [], []]
    assert (await opened(session, customer_id=customer)).repeat_number == 2


async def test_i_want_the_third_failure_to_be_heard_once_though_it_is_sent_twice(session):
    customer = uuid4()
    for letter in ("It leaks", "It leaks again"):
        await opened(session, customer_id=customer, description=letter)
    third, again = [await opened(session, customer_id=customer, description="For the third time!") for _ in range(2)]
    assert [(complaint.repeat_number, complaint.escalation_level) for complaint in (third, again)] == [(3, 1), (3, 0)]
    corrected = await service.update_complaint(
        session, complaint_id=again.id, changes={"customer_id": uuid4()}, by=CLERK, if_match=again.revision, now=NOON
    )
    assert corrected.complaint.repeat_number == 1


@pytest.mark.parametrize(("minutes", "nth"), [(10, 1), (11, 2)])
async def test_i_want_the_same_words_after_a_while_to_be_another_failure(session, minutes, nth):
    sent = {"customer_id": uuid4(), "description": "It leaks"}
    await opened(session, **sent)
    assert (await opened(session, now=NOON + minutes * MINUTE, **sent)).repeat_number == nth


async def test_i_want_a_complaint_that_was_sent_twice_to_be_shown_as_a_duplicate(client):
    given = {"customer_id": str(uuid4()), "channel": "phone", "category": "product", "severity": "minor"}
    given |= {"description": "It leaks", "product": "kettle", "occurred_at": "2026-03-02T11:00:00Z"}
    first, again = [(await client.post("/v1/complaints", json=given)).json() for _ in range(2)]
    assert (first["nth"], again["nth"]) == (1, 1)
    (likely,) = (await client.get(f"/v1/complaints/{again['id']}/duplicates")).json()["items"]
    assert (likely["complaint_id"], likely["score"]) == (first["id"], 90)


async def test_i_want_to_repeat_a_complaint_with_what_the_first_reply_names(client, clock):
    given = {"customer_id": str(uuid4()), "channel": "phone", "category": "product", "severity": "minor"}
    given |= {"description": "It leaks", "occurred_at": "2026-03-02T11:00:00Z", "external_id": "crm-1"}
    first = await client.post("/v1/complaints", json=given)
    clock.advance(MINUTE)
    named = {name: first.json()[name] for name in ("received_at", "currency")}
    again = await client.post("/v1/complaints", json=given | named)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    other = await client.post("/v1/complaints", json=given | {"currency": "CNY"})
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")


async def test_i_want_two_answers_at_once_of_merged_customers_to_open_one_complaint(complaint_database):
    """They have different keys, so two workers may have them at the same moment."""
    survivor, duplicate = uuid4(), uuid4()
    async with complaint_database.transaction() as session:
        await customers.upsert_aliases(session, [{"duplicate_id": duplicate, "survivor_id": survivor, "version": 1}])

    async def answer(customer_id):
        async with complaint_database.transaction() as session:
            await take_in(session, make_detractor(customer_id))
            await asyncio.sleep(0.05)

    await asyncio.gather(answer(survivor), answer(duplicate))
    async with complaint_database.transaction() as session:
        (complaint,) = await complaints_of(session)
        assert len(await attached(session, complaint)) == 1
