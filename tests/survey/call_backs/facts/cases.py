"""Complaints and promises as the survey service receives them, a day being the unit of time."""

from datetime import timedelta
from typing import Any, Self
from uuid import UUID, uuid4

from heed_common import inbox
from heed_common.contracts.complaint import (
    ComplaintCompleted,
    ComplaintEvent,
    ComplaintReopened,
    ComplaintStatus,
    PromiseBroken,
    PromiseKept,
    RemedyGranted,
)
from heed_common.contracts.customer import PromiseSettled
from heed_common.database import Database
from heed_common.decoding import ReceivedEvent
from heed_survey.handlers import HANDLERS
from tests.conftest import NOON
from tests.scoring.factories import received

DAY = timedelta(days=1)


class Case:
    """A complaint whose events are collected; of days, 0 is that of the answer."""

    def __init__(self, customer_id: UUID, **fields: Any) -> None:
        self.id = uuid4()
        self.events: list[ReceivedEvent[Any]] = []
        start = NOON - 200 * DAY
        common = {"complaint_id": self.id, "customer_id": customer_id, "severity": "major", "category": "service"}
        self.fields = common | {"opened_at": start, "received_at": start} | fields

    def add(self, event_type: type[ComplaintEvent], /, *, day: float, **fields: Any) -> Self:
        fields = {"state": ComplaintStatus.ACCEPTED, "occurred_at": NOON + day * DAY} | self.fields | fields
        self.events.append(received(event_type(**fields), aggversion=len(self.events) + 1))
        return self

    def complete(self, *, day: float, within: bool | None = True, **fields: Any) -> Self:
        fields = {
            "state": ComplaintStatus.COMPLETED,
            "completed_at": NOON + day * DAY,
            "within_target": within,
        } | fields
        return self.add(ComplaintCompleted, day=day, **fields)

    def reopen(self, *, day: float) -> Self:
        return self.add(ComplaintReopened, day=day)

    def promise(self, *, day: float, met: bool) -> Self:
        kind = PromiseKept if met else PromiseBroken
        return self.add(kind, day=day, promise_id=uuid4(), promised_by=NOON)

    def remedy(self, *, day: float) -> Self:
        return self.add(RemedyGranted, day=day, remedy_id=uuid4(), kind="refund", currency="USD")


def settled(customer_id: UUID, *, day: float, met: bool) -> ReceivedEvent[Any]:
    moment = NOON + day * DAY
    return received(
        PromiseSettled(customer_id=customer_id, promise_id=uuid4(), occurred_at=moment, due_at=moment, kept=met)
    )


async def receive(database: Database, *events: ReceivedEvent[Any]) -> None:
    async with database.transaction() as session:
        await inbox.build_batch_handler(HANDLERS)(session, events, NOON)
