"""Events invite customers: once for each event and step, after the delay, within the budget."""

from datetime import timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import inbox
from heed_common.contracts.complaint import ComplaintCalledBack, ComplaintClosed, ComplaintStatus
from heed_common.contracts.customer import InteractionRecorded, PurchaseRecorded
from heed_common.contracts.scoring import RhythmBroken
from heed_common.failed_work.isolation import RowByRow
from heed_survey.handlers import HANDLERS
from heed_survey.invitations.triggers import service
from tests.conftest import NOON
from tests.entity_tags import revision_of
from tests.scoring.factories import received
from tests.survey.call_backs.test_call_backs import Case
from tests.survey.factories import create_published
from tests.survey.invitations.factories import invite, list_invitations, publish_anonymous

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PURCHASE = {"event": "purchase", "delays": ["P3D"], "channels": ["mail"]}
VERSIONS = count(1)
pytestmark = pytest.mark.asyncio


class Triggered:
    """A survey with a trigger, and the events that reach the service."""

    def __init__(self, client, database, clock, survey):
        self.client, self.database, self.clock, self.survey = client, database, clock, survey

    async def put(self, body, *, name="after", headers=None):
        path = f"/v1/surveys/{self.survey['id']}/triggers/{name}"
        return await self.client.put(path, json=body, headers=headers or {})

    async def receive(self, *events):
        async with self.database.transaction() as session:
            await inbox.build_batch_handler(HANDLERS)(session, events, self.clock.now())

    async def after(self, time):
        """Let time pass, and return the number of occasions that were due."""
        self.clock.advance(time)
        async with self.database.transaction() as session:
            return await service.invite_due(session, now=self.clock.now())

    async def outcomes(self):
        path = f"/v1/surveys/{self.survey['id']}/triggers"
        (listed,) = (await self.client.get(path)).json()["items"]
        assert listed == (await self.client.get(f"{path}/{listed['name']}")).json()
        return listed["outcomes"]

    async def invitations(self):
        return await list_invitations(self.client, self.survey)


@pytest_asyncio.fixture
async def triggered(client, survey_database, clock):
    return Triggered(client, survey_database, clock, await create_published(client))


def purchase(customer, **overrides):
    fields = {
        "customer_id": customer,
        "purchase_id": uuid4(),
        "occurred_at": NOON,
        "kind": "goods",
        "currency": "USD",
        "units": Decimal(1),
        "gross": Decimal(20),
        "margin": Decimal(5),
        "margin_estimated": False,
        "categories": ("music",),
    }
    return received(PurchaseRecorded(**(fields | overrides)), aggversion=1)


async def test_a_purchase_invites_after_its_delay_and_not_sooner(triggered):
    assert (await triggered.put(PURCHASE)).status_code == 201
    customer = uuid4()
    await triggered.receive(purchase(customer))
    assert await triggered.after(2 * DAY) == 0
    assert await triggered.after(DAY) == 1
    (invitation,) = await triggered.invitations()
    assert invitation["customer_id"] == str(customer)
    assert await triggered.after(DAY) == 0


async def test_a_repeated_event_invites_once(triggered):
    await triggered.put(PURCHASE)
    event = purchase(uuid4())
    await triggered.receive(event, event)
    await triggered.receive(event)
    assert await triggered.after(3 * DAY) == 1
    assert len(await triggered.invitations()) == 1


async def test_the_condition_reads_the_event_and_the_customer(triggered):
    large = {"field": "purchase.amount", "op": "ge", "value": "100"}
    in_shop = {"field": "purchase.service_point_id", "op": "eq", "value": "hall-3"}
    regional = {"field": "customer.service_point_id", "op": "eq", "value": "hall-3"}
    await triggered.put(PURCHASE | {"when": {"all": [large, in_shop, regional]}})
    expected = uuid4()
    await triggered.receive(
        purchase(uuid4(), gross=Decimal(99), service_point_id="hall-3"),
        purchase(uuid4(), gross=Decimal(100), service_point_id="hall-4"),
        purchase(expected, gross=Decimal(100), service_point_id="hall-3"),
    )
    assert await triggered.after(3 * DAY) == 1
    assert [item["customer_id"] for item in await triggered.invitations()] == [str(expected)]


async def test_the_budget_limits_how_often_a_customer_is_invited(triggered):
    await triggered.put(PURCHASE | {"budget": {"invitations": 2, "period": "P30D"}})
    customer = uuid4()
    await triggered.receive(*(purchase(customer) for _ in range(5)))
    assert await triggered.after(3 * DAY) == 5
    assert len(await triggered.invitations()) == 2
    await triggered.receive(purchase(customer, occurred_at=NOON + 31 * DAY))
    assert await triggered.after(31 * DAY) == 1
    assert len(await triggered.invitations()) == 3


async def test_a_sequence_invites_at_each_of_its_steps(triggered):
    await triggered.put(PURCHASE | {"delays": ["P1D", "P10D"], "budget": {"invitations": 2, "period": "P90D"}})
    await triggered.receive(purchase(uuid4()))
    assert [await triggered.after(DAY), await triggered.after(9 * DAY)] == [1, 1]
    assert len(await triggered.invitations()) == 2


async def test_an_import_of_old_purchases_invites_no_customer(triggered):
    await triggered.put(PURCHASE)
    await triggered.receive(*(purchase(uuid4(), occurred_at=NOON - days * DAY) for days in (6, 60, 600)))
    assert await triggered.after(DAY) == 0


async def test_an_open_complaint_postpones_the_invitation_for_two_days_at_most(triggered):
    await triggered.put(PURCHASE)
    ended, lasting = (Case(triggered.database, customer_id=uuid4()) for _ in range(2))
    for case in (ended, lasting):
        await triggered.receive(purchase(case.customer_id))
        await case.open()
    assert await triggered.after(3 * DAY) == 2
    assert (await triggered.invitations(), await triggered.outcomes()) == ([], {"waiting": 2})
    await ended.end(ComplaintClosed, ComplaintStatus.CLOSED)
    assert [await triggered.after(HOUR / 2), await triggered.after(HOUR / 2)] == [0, 2]
    assert [item["customer_id"] for item in await triggered.invitations()] == [str(ended.customer_id)]
    assert [await triggered.after(2 * DAY - HOUR), await triggered.after(DAY)] == [1, 0]
    assert await triggered.outcomes() == {"invited": 1, "complaint_open": 1}


async def test_a_call_back_triggers_and_a_closing_without_one_does_not(triggered):
    await triggered.put({"event": "call_back", "delays": ["P2D"]})
    called, closed = (Case(triggered.database, customer_id=uuid4()) for _ in range(2))
    for case in (called, closed):
        await case.complete()
    await called.receive(called.event(ComplaintCalledBack, ComplaintStatus.CALLED_BACK))
    for case in (called, closed):
        await case.end(ComplaintClosed, ComplaintStatus.CLOSED)
    assert await triggered.after(2 * DAY) == 1
    assert [item["customer_id"] for item in await triggered.invitations()] == [str(called.customer_id)]


async def test_a_closing_triggers_but_not_of_a_complaint_that_was_merged(triggered):
    is_solved = {"field": "complaint.solved", "op": "eq", "value": True}
    await triggered.put({"event": "closing", "delays": ["PT0S"]}, name="closed")
    await triggered.put({"event": "closing", "delays": ["P1D"], "when": is_solved}, name="solved")
    by_itself, solved, merged = (Case(triggered.database, customer_id=uuid4()) for _ in range(3))
    ended = {"selling_suspended": False, "ended_at": NOON}
    for case, overrides in ((by_itself, {}), (solved, {"solved": True}), (merged, {"merged_into": uuid4()})):
        await case.complete()
        await case.receive(case.event(ComplaintClosed, ComplaintStatus.CLOSED, **ended, **overrides))
    assert await triggered.after(timedelta()) == 2
    assert {item["customer_id"] for item in await triggered.invitations()} == {
        str(by_itself.customer_id),
        str(solved.customer_id),
    }
    assert await triggered.after(DAY) == 1


async def test_who_was_invited_by_a_trigger_is_not_invited_by_a_request_in_the_same_wave(triggered):
    await triggered.put(PURCHASE)
    customer, other = uuid4(), uuid4()
    await triggered.receive(purchase(customer))
    assert await triggered.after(3 * DAY) == 1
    batch = await invite(triggered.client, triggered.survey, [str(customer), str(other)])
    assert [item["outcome"] for item in batch["items"]] == ["already_invited", "queued"]
    await triggered.receive(purchase(other, occurred_at=NOON + 3 * DAY))
    assert await triggered.after(3 * DAY) == 1
    assert len(await triggered.invitations()) == 3


async def test_silence_and_interactions_trigger(triggered):
    await triggered.put({"event": "silence", "delays": ["PT0S"]}, name="silent")
    is_visit = {"field": "interaction.kind", "op": "eq", "value": "visit"}
    await triggered.put({"event": "interaction", "delays": ["PT0S"], "when": is_visit}, name="visited")
    silent, visited = uuid4(), uuid4()
    broken = RhythmBroken(
        customer_id=silent,
        occurred_at=NOON,
        kind="all",
        category=None,
        last_bought=NOON.date(),
        usual_interval_days=Decimal(20),
    )
    interactions = [
        InteractionRecorded(
            customer_id=customer, occurred_at=NOON, interaction_id=uuid4(), kind=kind, channel="visit", currency="USD"
        )
        for customer, kind in ((visited, "visit"), (uuid4(), "newsletter"))
    ]
    await triggered.receive(*(received(event, aggversion=next(VERSIONS)) for event in (broken, *interactions)))
    assert await triggered.after(timedelta()) == 2
    assert {UUID(item["customer_id"]) for item in await triggered.invitations()} == {silent, visited}


async def test_a_trigger_that_is_off_does_nothing(triggered):
    await triggered.put(PURCHASE)
    await triggered.receive(purchase(uuid4()))
    assert (await triggered.put(PURCHASE | {"active": False}, headers={"If-Match": '"1"'})).status_code == 200
    await triggered.receive(purchase(uuid4()))
    assert await triggered.after(3 * DAY) == 1
    assert await triggered.invitations() == []


async def test_an_occasion_that_fails_does_not_stop_the_others(triggered):
    await triggered.put(PURCHASE)
    failing, *others = (uuid4() for _ in range(4))
    await triggered.receive(*(purchase(customer) for customer in (failing, *others)))
    triggered.clock.advance(3 * DAY)
    async with triggered.database.transaction() as session:
        constraint = f"ALTER TABLE invitation ADD CONSTRAINT broken CHECK (customer_id <> '{failing}')"
        await session.execute(text(constraint))
    isolation = RowByRow()
    async with triggered.database.transaction() as session:
        assert await service.invite_due(session, now=triggered.clock.now(), isolate=isolation) == 4
    assert len(isolation.failures) == 1
    assert {UUID(item["customer_id"]) for item in await triggered.invitations()} == set(others)


async def test_a_trigger_is_replaced_by_if_match_listed_and_deleted(triggered):
    created = await triggered.put(PURCHASE)
    assert (created.status_code, created.headers["ETag"]) == (201, '"1"')
    assert (await triggered.put(PURCHASE)).status_code == 428
    assert (await triggered.put(PURCHASE, headers={"If-Match": '"7"'})).status_code == 412
    replaced = await triggered.put(PURCHASE | {"delays": ["P1D"]}, headers={"If-Match": '"1"'})
    assert (replaced.status_code, replaced.json()["delays"]) == (200, ["P1D"])
    path = f"/v1/surveys/{triggered.survey['id']}/triggers"
    assert [item["name"] for item in (await triggered.client.get(path)).json()["items"]] == ["after"]
    assert revision_of(await triggered.client.get(f"{path}/after")) == 2
    assert (await triggered.client.delete(f"{path}/after")).status_code == 204
    assert (await triggered.client.get(f"{path}/after")).json()["code"] == "trigger_not_found"


async def test_an_anonymous_survey_has_no_triggers(client, triggered):
    triggered.survey = await publish_anonymous(client)
    response = await triggered.put(PURCHASE)
    assert (response.status_code, response.json()["code"]) == (409, "trigger_of_anonymous_survey")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"event": "moon"}, "/event"),
        ({"delays": []}, "/delays"),
        ({"delays": ["P400D"]}, "/delays/0"),
        ({"when": {"field": "silence.kind", "op": "eq", "value": "all"}}, "/when/field"),
        ({"when": {"field": "purchase.amount", "op": "ge", "value": True}}, "/when/value"),
        ({"budget": {"invitations": 0}}, "/budget/invitations"),
    ],
)
async def test_bad_triggers_are_refused_with_the_place(triggered, change, pointer):
    response = await triggered.put(PURCHASE | change)
    assert response.status_code == 422, response.text
    assert pointer in {error["pointer"] for error in response.json()["errors"]}
