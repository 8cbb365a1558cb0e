"""Complaints as tests need them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import Milestone, Severity
from heed_common.contracts.event import Envelope
from heed_complaint.lifecycle.opening import service
from heed_complaint.lifecycle.opening.rules import NewComplaint
from heed_complaint.lifecycle.transitions import service as moves
from heed_complaint.lifecycle.transitions.rules import Action, Transition
from heed_complaint.sla.case import Case
from heed_complaint.sla.clock.clock import Clock

CLERK = "clerk"

WORDS: dict[Action, dict[str, Any]] = {
    Action.COMMIT: {"promise": "A new one by Friday"},
    Action.COMPLETE: {"resolution": "Replaced", "cause": "misuse", "responsibility": "supplier"},
    Action.CONFIRM: {"accepted": True},
    Action.CALL_BACK: {"solved": True, "pleasant": True},
    Action.DECLINE: {"reason": "Not ours"},
    Action.REFER: {"reason": "The maker's matter"},
    Action.WITHDRAW: {"reason": "Changed their mind"},
    Action.REOPEN: {"reason": "It broke again"},
    Action.WAIT_FOR_CUSTOMER: {"reason": "The serial number is missing"},
}


def make_new(*, now: datetime, **overrides: Any) -> NewComplaint:
    given: dict[str, Any] = {
        "external_id": None,
        "customer_id": uuid4(),
        "channel": "phone",
        "category": "product",
        "severity": Severity.MAJOR,
        "description": "It does not start",
        "occurred_at": overrides.get("received_at") or now,
        "received_at": None,
        "dispatch_received_at": None,
        "service_point_id": None,
        "product": None,
        "purchase_id": None,
        "amount_at_stake": None,
        "currency": None,
    }
    return NewComplaint(**(given | overrides))


async def open_complaint(session: AsyncSession, *, now: datetime, **overrides: Any) -> Case:
    new = make_new(now=now, **overrides)
    case, _ = await service.open_complaint(session, new=new, currency="USD", by=CLERK, now=now)
    return case


def make_move(action: Action, *, at: datetime | None = None, **overrides: Any) -> Transition:
    promised = {"promised_by": at + timedelta(days=1)} if at and action is Action.COMMIT else {}
    return Transition(action, **(WORDS.get(action, {}) | promised | overrides))


async def move(session: AsyncSession, case: Case, action: Action, *, now: datetime, **overrides: Any) -> Case:
    return await moves.transition(
        session,
        complaint_id=case.complaint.id,
        step=make_move(action, at=now, **overrides),
        by=CLERK,
        if_match=None,
        now=now,
    )


async def walk(session: AsyncSession, case: Case, *actions: Action, now: datetime) -> Case:
    for action in actions:
        case = await move(session, case, action, now=now)
    return case


async def staged_events(session: AsyncSession, complaint_id: UUID | None = None) -> list[Envelope]:
    """The events in the outbox, in their order."""
    await outbox.flush(session)
    rows = await session.scalars(text("SELECT payload FROM outbox ORDER BY seq"))
    envelopes = [Envelope.model_validate_json(payload) for payload in rows]
    return [envelope for envelope in envelopes if complaint_id in (None, UUID(envelope.subject))]


def names(envelopes: list[Envelope]) -> list[str]:
    return [envelope.type.removeprefix("heed.").removesuffix(".v1") for envelope in envelopes]


def clock(case: Case, milestone: Milestone) -> Clock:
    return case.clocks[milestone]
