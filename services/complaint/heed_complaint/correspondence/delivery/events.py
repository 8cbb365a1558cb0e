"""Reactions to messages that were sent, suppressed, bounced or given up."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.message import ComplaintMessageFailed, ComplaintMessageSent, MessageEvent
from heed_common.messages.tables import MessageState
from heed_complaint.core import repository as complaints
from heed_complaint.correspondence.delivery import rules
from heed_complaint.correspondence.timers import service as timers
from heed_complaint.lifecycle.notifications import repository
from heed_complaint.lifecycle.notifications.rules import MessageKind
from heed_complaint.lifecycle.notifications.tables import MessageDelivery
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case
from heed_complaint.sla.clock import milestones
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.service import alerts_for

FAILED = "message_failed"
"""Action in the history of a complaint."""


async def record_sent(session: AsyncSession, events: Sequence[ComplaintMessageSent], now: datetime) -> None:
    """Record the state of the messages; an acknowledgement or a progress report reaches its milestone."""
    for complaint_id, kinds in (await _record(session, events, now=now)).items():
        await _change_clocks(session, complaint_id, partial(rules.after_delivery, kinds=kinds, at=now), now=now)


async def record_failed(session: AsyncSession, events: Sequence[ComplaintMessageFailed], now: datetime) -> None:
    """Record the state and the reason; milestones that no message can reach any more are cancelled."""
    outcomes = {event.message_id: event.outcome for event in events}
    deliveries = await repository.deliveries_of(session, list(outcomes))
    await _record(session, events, now=now)
    unreachable = {
        delivery.complaint_id
        for delivery in deliveries.values()
        if rules.is_unreachable(MessageKind(delivery.kind), outcomes[delivery.message_id])
    }
    for complaint_id in sorted(unreachable):
        await _change_clocks(session, complaint_id, partial(milestones.unreachable, at=now), now=now)


async def _record(
    session: AsyncSession, events: Sequence[MessageEvent], *, now: datetime
) -> Mapping[UUID, list[MessageKind]]:
    """Store the states of the messages. Return their kinds by complaint, whose locks are held from then on."""
    deliveries = await repository.deliveries_of(session, [event.message_id for event in events])
    await complaints.lock_complaints(session, {delivery.complaint_id for delivery in deliveries.values()})
    kinds: dict[UUID, list[MessageKind]] = {}
    for event in events:
        delivery = deliveries.get(event.message_id)
        if delivery is not None:
            _store(session, delivery, event, now=now)
            kinds.setdefault(delivery.complaint_id, []).append(MessageKind(delivery.kind))
    await session.flush()
    return dict(sorted(kinds.items()))


def _store(session: AsyncSession, delivery: MessageDelivery, event: MessageEvent, *, now: datetime) -> None:
    before, delivery.state = delivery.state, MessageState.SENT.value
    delivery.reason, delivery.channel, delivery.changed_at = None, event.channel, now
    if isinstance(event, ComplaintMessageFailed):
        delivery.state, delivery.reason = event.outcome.value, event.reason
        after = {"message_id": str(event.message_id), "state": delivery.state, "reason": event.reason}
        complaints.append_history(
            session, delivery.complaint_id, at=now, by=None, action=FAILED, before={"state": before}, after=after
        )


async def _change_clocks(
    session: AsyncSession, complaint_id: UUID, change: Callable[[Clocks], Clocks], *, now: datetime
) -> None:
    """Change the clocks of the complaint. Alerts that are due by now are published before it."""
    case = await cases.lock(session, complaint_id)
    recorded, due = alerts_for(session, case.complaint, case.clocks, now=now)
    changed = change(recorded)
    if changed != case.clocks:
        case = Case(case.complaint, changed)
        await cases.save(session, case, now=now)
        await outbox.stage_all(session, due, now=now)
        await timers.schedule(session, case)
