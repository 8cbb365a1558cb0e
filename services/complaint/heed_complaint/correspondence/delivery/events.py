"""Reactions to messages that were sent, suppressed, bounced or given up."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.message import ComplaintMessageFailed, ComplaintMessageSent
from heed_common.messages.tables import MessageState
from heed_complaint.correspondence.delivery import rules
from heed_complaint.correspondence.timers import service as timers
from heed_complaint.lifecycle.notifications import service as notifications
from heed_complaint.lifecycle.notifications.rules import MessageKind
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case
from heed_complaint.sla.clock import milestones
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.service import alerts_for


async def record_sent(session: AsyncSession, events: Sequence[ComplaintMessageSent], now: datetime) -> None:
    """Record the state of the messages; an acknowledgement or a progress report reaches its milestone."""
    delivered = await notifications.lock_delivered(session, [event.message_id for event in events])
    kinds: dict[UUID, list[MessageKind]] = {}
    for event in events:
        if (message := delivered.get(event.message_id)) is not None:
            await notifications.record_outcome(
                session, event.message_id, state=MessageState.SENT, reason=None, channel=event.channel, now=now
            )
            kinds.setdefault(message.complaint_id, []).append(message.kind)
    for complaint_id in sorted(kinds):
        change = partial(rules.after_delivery, kinds=kinds[complaint_id], at=now)
        await _change_clocks(session, complaint_id, change, now=now)


async def record_failed(session: AsyncSession, events: Sequence[ComplaintMessageFailed], now: datetime) -> None:
    """Record the state and the reason; milestones that no message can reach any more are cancelled."""
    delivered = await notifications.lock_delivered(session, [event.message_id for event in events])
    unreachable: set[UUID] = set()
    for event in events:
        if (message := delivered.get(event.message_id)) is not None:
            state = MessageState(event.outcome)
            await notifications.record_outcome(
                session, event.message_id, state=state, reason=event.reason, channel=event.channel, now=now
            )
            if rules.is_unreachable(message.kind, event.outcome):
                unreachable.add(message.complaint_id)
    for complaint_id in sorted(unreachable):
        await _change_clocks(session, complaint_id, partial(milestones.unreachable, at=now), now=now)


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
