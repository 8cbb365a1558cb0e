"""Builds the history that reports count: complaints, their handling, purchases."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from heed_common.contracts.complaint import Severity
from heed_common.database import Database
from heed_complaint.core.customers.tables import Customer, CustomerAlias, Purchase, SavedValueForecast
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.resolution.remedies.tables import Remedy
from heed_complaint.sla.case import Case
from heed_complaint.sla.promises.tables import Promise
from tests.complaint.factories import complaints
from tests.conftest import NOON

ACCEPT, CONTACT, COMMIT, COMPLETE = Action.ACCEPT, Action.CONTACT, Action.COMMIT, Action.COMPLETE
DECLINE, CALL_BACK, REOPEN, WITHDRAW = Action.DECLINE, Action.CALL_BACK, Action.REOPEN, Action.WITHDRAW
Step = tuple[Action, float] | tuple[Action, float, dict[str, Any]]


def ago(days: float = 0, hours: float = 0) -> datetime:
    return NOON - timedelta(days=days, hours=hours)


class Past:
    """Rows are written as the service itself, or its event handlers, would have written them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def complaint(self, *steps: Step, at: datetime | None = None, **given: Any) -> UUID:
        """A complaint and its moves, each so many hours after the receipt."""
        received_at = at or ago(days=14)
        async with self._database.transaction() as session:
            case: Case = await complaints.open_complaint(
                session, now=received_at, **({"severity": Severity.MAJOR} | given)
            )
            for action, hours, *more in steps:
                moment = received_at + timedelta(hours=hours)
                case = await complaints.move(session, case, action, now=moment, **(more[0] if more else {}))
            return case.complaint.id

    async def resolved(self, *, hours: float = 1, at: datetime | None = None, **given: Any) -> UUID:
        found = {name: given.pop(name) for name in ("cause", "responsibility") if name in given}
        return await self.complaint((ACCEPT, 0), (COMPLETE, hours, found), at=at, **given)

    async def customer(self, customer_id: UUID | None = None, **known: Any) -> UUID:
        customer = Customer(id=customer_id or uuid4(), **known)
        await self._add(customer)
        return customer.id

    async def merge(self, member: UUID, survivor: UUID) -> None:
        await self._add(CustomerAlias(duplicate_id=member, survivor_id=survivor, version=1))

    async def remedy(self, complaint_id: UUID, amount: str, **given: Any) -> None:
        usual = {"kind": "refund", "currency": "USD", "state": "granted", "requested_at": NOON}
        await self._add(Remedy(id=uuid4(), complaint_id=complaint_id, amount=Decimal(amount), **(usual | given)))

    async def promise(self, complaint_id: UUID, state: str, **given: Any) -> None:
        usual = {"kind": "other", "description": "A new one", "promised_by": NOON, "made_at": NOON, "made_by": "clerk"}
        await self._add(Promise(id=uuid4(), complaint_id=complaint_id, state=state, **(usual | given)))

    async def outlook(self, complaint_id: UUID, saved: str, *, currency: str = "USD") -> None:
        complaint = await self.get(complaint_id)
        await self._add(
            SavedValueForecast(
                complaint_id=complaint_id,
                customer_id=complaint.customer_id,
                risk_if_resolved_quickly=Decimal("0.2"),
                risk_if_unresolved=Decimal("0.5"),
                expected_value_saved=Decimal(saved),
                currency=currency,
                forecast_at=NOON,
                score_version=1,
            )
        )

    async def bought(self, customer_id: UUID, *moments: datetime, returned: int = 0) -> None:
        for moment in moments:
            await self._add(
                Purchase(purchase_id=uuid4(), customer_id=customer_id, occurred_at=moment, units=1, returned=returned)
            )

    async def get(self, complaint_id: UUID) -> Complaint:
        async with self._database.transaction() as session:
            return await session.get_one(Complaint, complaint_id)

    async def change(self, complaint_id: UUID, **values: Any) -> None:
        async with self._database.transaction() as session:
            complaint = await session.get_one(Complaint, complaint_id)
            for name, value in values.items():
                setattr(complaint, name, value)

    async def _add(self, row: object) -> None:
        async with self._database.transaction() as session:
            session.add(row)
