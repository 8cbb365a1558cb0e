"""Random histories of remedies, approvals and guarantees: never above the limits, nothing paid or published twice."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

import pytest

from heed_common import outbox
from heed_common.contracts.complaint import RemedyKind
from heed_complaint.lifecycle.opening import service
from heed_complaint.resolution.guarantees import service as guarantees
from heed_complaint.resolution.guarantees.errors import AlreadyTriggered
from heed_complaint.resolution.guarantees.schemas import GuaranteeIn
from heed_complaint.resolution.remedies import service as remedies
from heed_complaint.resolution.remedies.errors import OverLimit
from heed_complaint.resolution.remedies.rules import ExchangeRates, RemedyRequest, RemedyState
from heed_complaint.sla import case as cases
from heed_complaint.sla.service import fire_due_alerts
from tests.complaint.factories.complaints import names, open_complaint, staged_events
from tests.complaint.factories.remedies import CLERK, HEAD_OF_DESK, make_guarantee
from tests.conftest import NOON
from tests.examples import seeds

EXCHANGE_RATES = ExchangeRates("USD", {})
LIMITS = {"refund": 500, "goodwill": 100, "compensation": 200}
TOTAL = 500
STEPS = 30
pytestmark = pytest.mark.asyncio


class Life:
    """One complaint, and whatever may happen to it."""

    def __init__(self, session, complaint_id, seed):
        self.session, self.complaint_id, self.random, self.now = session, complaint_id, Random(seed), NOON
        self.customers = []
        """Whom it was filed under, with the version of the complaint from which on."""

    async def live(self):
        case = await cases.load(self.session, complaint_id=self.complaint_id)
        self.customers.append((0, case.complaint.customer_id))
        happenings = [self.wait, self.correct, self.file_under_another, self.ask, self.ask, self.decide, self.complain]
        for _ in range(STEPS):
            await self.random.choice(happenings)()
            await outbox.react(self.session)  # as at the end of each request

    async def wait(self):
        self.now += timedelta(hours=self.random.choice([1, 30, 200]))
        await fire_due_alerts(self.session, now=self.now)

    async def correct(self):
        await self._amend(severity=self.random.choice(["minor", "major", "critical"]))

    async def file_under_another(self):
        case = await self._amend(customer_id=(customer_id := uuid4()))
        self.customers.append((case.complaint.version, customer_id))

    async def ask(self):
        kind, amount = self.random.choice(sorted(LIMITS)), Decimal(self.random.choice([0, 30, 60, 250, 600]))
        request = RemedyRequest(RemedyKind(kind), amount, None, None, None, self.random.random() < 0.5)
        try:
            await remedies.request(
                self.session,
                complaint_id=self.complaint_id,
                request=request,
                exchange_rates=EXCHANGE_RATES,
                by=CLERK,
                now=self.now,
            )
        except OverLimit:
            assert not request.request_approval

    async def decide(self):
        waiting = [remedy.id for remedy in await self.remedies() if remedy.state == RemedyState.PENDING]
        if waiting:
            await self.random.choice([remedies.approve, remedies.reject])(
                self.session,
                complaint_id=self.complaint_id,
                remedy_id=self.random.choice(waiting),
                note=None,
                by=HEAD_OF_DESK,
                scopes={"settings:write"},
                now=self.now,
            )

    async def complain(self):
        if self.random.random() > 0.2:
            return
        try:
            await guarantees.invoke(
                self.session, complaint_id=self.complaint_id, name="happy", note=None, by=CLERK, now=self.now
            )
        except AlreadyTriggered:
            return

    async def remedies(self):
        return await remedies.list_remedies(self.session, complaint_id=self.complaint_id, after=None, limit=200)

    async def _amend(self, **changes):
        case = await cases.load(self.session, complaint_id=self.complaint_id)
        return await service.update_complaint(
            self.session,
            complaint_id=self.complaint_id,
            changes=changes,
            by=CLERK,
            if_match=case.complaint.revision,
            now=self.now,
        )


async def promised(session, name, **overrides):
    body = GuaranteeIn.model_validate(make_guarantee(**overrides))
    content = body.to_content(currency="USD")
    await guarantees.put(
        session,
        name=name,
        content=content,
        valid_from=body.valid_from,
        valid_until=None,
        by=CLERK,
        if_match=None,
        now=NOON,
    )


def first_of_each(events):
    """Return the first event of each remedy, in order."""
    found = {}
    for event in events:
        found.setdefault(UUID(event.data["remedy_id"]), event)
    return found


@pytest.mark.parametrize("seed", seeds(16))
async def test_remedies_never_exceed_the_limits_and_nothing_is_granted_twice(session, seed):
    await promised(session, "in_time")
    await promised(session, "happy", scope="combined", attributes=["commitment"])
    life = Life(session, (await open_complaint(session, now=NOON)).complaint.id, seed)
    await life.live()
    events, rows = await staged_events(session), {remedy.id: remedy for remedy in await life.remedies()}
    granted = [event for event in events if names([event]) == ["remedy.granted"]]

    given, of_kind = Decimal(0), Counter()
    for remedy_id, event in first_of_each(granted).items():
        given += Decimal(event.data["amount"])
        of_kind[event.data["kind"]] += Decimal(event.data["amount"])
        alone = not rows[remedy_id].over_limit and rows[remedy_id].guarantee is None
        if alone and Decimal(event.data["amount"]) > 0:
            assert given <= TOTAL
            assert of_kind[event.data["kind"]] <= LIMITS[event.data["kind"]]

    recipients = Counter((UUID(event.data["remedy_id"]), event.data["customer_id"]) for event in granted)
    assert set(recipients.values()) <= {1}
    assert {remedy_id for remedy_id, _ in recipients} == {
        remedy.id for remedy in rows.values() if remedy.state == RemedyState.GRANTED
    }
    now_filed_under = str(life.customers[-1][1])
    assert {remedy_id for remedy_id, customer_id in recipients if customer_id == now_filed_under} == first_of_each(
        granted
    ).keys()

    triggered = [event for event in events if names([event]) == ["guarantee.triggered"]]
    paid = Counter(rows[UUID(event.data["remedy_id"])].guarantee for event in triggered)
    assert set(paid.values()) <= {1}
    missed = {event.data["milestone"] for event in events if names([event]) == ["sla.breached"]}
    assert ("resolution" in missed) is ("in_time" in paid)
    assert "commitment" not in missed or "happy" in paid
    assert [event.aggversion for event in events] == list(range(1, len(events) + 1))
