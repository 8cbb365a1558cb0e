"""Factories of the desk: agents, queues, settings and assignments."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.customers.tables import SavedValueForecast
from heed_complaint.core.priority_rank import repository as refresh
from heed_complaint.lifecycle.transitions import service as moves
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla.case import Case
from heed_complaint.workforce.assignment import service
from heed_complaint.workforce.assignment.service import AssignmentRequest, AssignmentResult
from heed_complaint.workforce.staff import service as staff
from heed_complaint.workforce.staff.schemas import AgentIn, DeskIn, QueueIn
from heed_complaint.workforce.staff.tables import Agent, Desk
from tests.complaint.factories.complaints import CLERK, make_move


async def make_agent(session: AsyncSession, agent_id: str, **overrides: Any) -> Agent:
    values = AgentIn(**overrides).to_columns()
    return (await staff.put_agent(session, agent_id=agent_id, values=values, if_match=None)).row


async def make_queue(session: AsyncSession, name: str, **overrides: Any) -> None:
    await staff.put_queue(session, name=name, values=QueueIn(**overrides).to_columns(), if_match=None)


async def set_desk(session: AsyncSession, **overrides: Any) -> Desk:
    before = await staff.get_desk(session)
    fields = {"assigns_on_acceptance": before.auto_assign, "four_eyes": before.four_eyes} | overrides
    return await staff.put_desk(session, values=DeskIn(**fields).to_columns(), if_match=before.revision)


async def assign(
    session: AsyncSession, case: Case, *, now: datetime, by: str = CLERK, **request: Any
) -> AssignmentResult:
    return await service.assign(
        session, complaint_id=case.complaint.id, request=AssignmentRequest(**request), by=by, if_match=None, now=now
    )


async def move_as(session: AsyncSession, case: Case, by: str, *actions: Action, now: datetime) -> Case:
    for action in actions:
        case = await moves.transition(
            session,
            complaint_id=case.complaint.id,
            step=make_move(action, at=now),
            by=by,
            if_match=None,
            now=now,
        )
    return case


async def save_forecast(session: AsyncSession, complaint_id: UUID, amount: str, *, now: datetime) -> None:
    """Save a forecast as scoring would send it."""
    session.add(
        SavedValueForecast(
            complaint_id=complaint_id,
            customer_id=uuid4(),
            risk_if_resolved_quickly=Decimal("0.1"),
            risk_if_unresolved=Decimal("0.5"),
            expected_value_saved=Decimal(amount),
            currency="USD",
            forecast_at=now,
            score_version=1,
        )
    )
    await session.flush()
    await refresh.lock_and_refresh_ranks(session, [complaint_id])
