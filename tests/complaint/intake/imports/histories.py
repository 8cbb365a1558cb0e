"""Complaints of another system: random lives that the rules allow, and the same ones lived through here."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintStatus
from heed_common.fields import format_moment
from heed_complaint.intake.imports.lines.schemas import PastComplaintIn
from heed_complaint.lifecycle.opening import service as opening
from heed_complaint.lifecycle.transitions import rules
from heed_complaint.lifecycle.transitions import service as transitions
from heed_complaint.lifecycle.transitions.rules import Action, Transition
from heed_complaint.resolution.callback_answers import service as callback_answers
from heed_complaint.sla import repository as clocks
from heed_complaint.sla import service as sla
from heed_complaint.sla.promises import service as promises

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)
CATEGORIES = ("product", "delivery.late", "billing", "service", "staff")
ENDS = {Action.DECLINE, Action.REFER, Action.WITHDRAW}
CONTENTS: dict[Action, dict[str, Any]] = {
    Action.CONTACT: {"answered_live": True},
    Action.COMPLETE: {"resolution": "Replaced", "cause": "misuse", "responsibility": "supplier"},
    Action.DECLINE: {"reason": "Not ours"},
    Action.REFER: {"reason": "The maker's matter"},
    Action.WITHDRAW: {"reason": "Changed their mind"},
    Action.REOPEN: {"reason": "It broke again"},
    Action.WAIT_FOR_CUSTOMER: {"reason": "The serial number is missing"},
}
NEXT_PROMISE = text("SELECT min(promised_by) FROM promise WHERE state = 'open' AND promised_by < :until")
NEXT_ALERT = text("SELECT min(next_alert_at) FROM milestone WHERE next_alert_at < :until")


def make_histories(
    random: Random, count: int, *, prefix: str, customers: Sequence[UUID], now: datetime, days: int = 200
) -> list[dict[str, Any]]:
    """Lines of a file, in the order of their receipts."""
    moments = sorted(now - random.random() * days * 24 * HOUR for _ in range(count))
    return [
        _history(random, f"{prefix}-{number}", customers[random.randrange(len(customers))], at, now, prefix)
        for number, at in enumerate(moments)
    ]


def _history(
    random: Random, external_id: str, customer_id: UUID, received_at: datetime, now: datetime, prefix: str
) -> dict[str, Any]:
    line: dict[str, Any] = {
        "external_id": external_id,
        "customer_id": str(customer_id),
        "channel": random.choice(["phone", "mail", "web"]),
        "category": random.choice(CATEGORIES),
        "severity": random.choice(["minor", "major", "critical"]),
        "description": f"It does not work, number {random.randrange(40)}",
        "occurred_at": format_moment(received_at - random.randrange(50) * HOUR),
        "received_at": format_moment(received_at),
        "service_point_id": prefix,
        "product": random.choice(["kettle", "Kettle", "toaster", None]),
    }
    if random.random() < 0.1:
        line["dispatch_received_at"] = format_moment(received_at + 2 * MINUTE)
    return line | {"transitions": _moves(random, received_at, now)}


def _moves(random: Random, at: datetime, now: datetime) -> list[dict[str, Any]]:
    moves: list[dict[str, Any]] = []
    state, paused = ComplaintStatus.RECEIVED, False
    for _ in range(random.randrange(1, 12)):
        at += random.choice([0, 0.2, 1, 5, 30, 100]) * HOUR * random.random()
        allowed = [one for one in rules.allowed(state, paused=paused) if one not in ENDS or random.random() < 0.1]
        if at >= now or not allowed:
            break
        move = _move(random, random.choice(allowed), at)
        step = Transition(Action(move["action"]), accepted=move.get("accepted"), solved=move.get("solved"))
        state, paused = rules.state_after(state, step), rules.paused_after(step, paused=paused)
        moves.append(move)
    return moves


def _move(random: Random, action: Action, at: datetime) -> dict[str, Any]:
    move = {"action": action.value, "at": format_moment(at), "by": random.choice(["ann", "bo"])}
    match action:
        case Action.COMMIT:
            promised_by = at + random.choice([1, 24, 100]) * HOUR
            return move | {"promise": "A new one", "promised_by": format_moment(promised_by)}
        case Action.CONFIRM:
            return move | {"accepted": random.random() < 0.8}
        case Action.CALL_BACK:
            return move | {"solved": random.choice([True, True, False, None]), "pleasant": random.random() < 0.7}
        case _:
            return move | CONTENTS.get(action, {})


async def live_through(session: AsyncSession, line: Mapping[str, Any], *, currency: str, now: datetime) -> None:
    """Let the complaint be opened and moved at its moments, with the jobs of the worker running in between."""
    past = PastComplaintIn.model_validate(line).to_domain()
    case, _ = await opening.open_complaint(
        session, new=past.new, currency=currency, by="importer", now=past.received_at
    )
    complaint_id = case.complaint.id
    for move in past.moves:
        await _run_jobs(session, until=move.at)
        await transitions.transition(
            session, complaint_id=complaint_id, step=move.step, by=str(move.by), if_match=None, now=move.at
        )
    policy = await callback_answers.current_policy(session)
    completed_at = case.complaint.completed_at
    if completed_at is not None and completed_at + policy.no_answer_after <= now:
        moment = max(completed_at + policy.no_answer_after, past.moves[-1].at)
        await _run_jobs(session, until=moment)
        await callback_answers.close_or_reopen_unanswered(session, now=moment)
    await _run_jobs(session, until=now)


async def _run_jobs(session: AsyncSession, *, until: datetime) -> None:
    """Run the jobs at each moment at which they are due, as a worker does that is never late."""
    await session.flush()
    while True:
        due = [await session.scalar(query, {"until": until}) for query in (NEXT_ALERT, NEXT_PROMISE)]
        moment = min((one for one in due if one is not None), default=None)
        if moment is None or moment + INSTANT > until:
            return
        if await clocks.next_alert_at(session, now=moment + INSTANT) is not None:
            await sla.fire_due_alerts(session, now=moment + INSTANT)
        await promises.mark_overdue_broken(session, now=moment + INSTANT)
