"""Recovery of the complaint service after a restore: every event carries the state, none the texts."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.complaint import (
    ComplaintAmended,
    ComplaintEvent,
    ComplaintImported,
    ComplaintMessageReceived,
    ComplaintOpened,
    ComplaintStatus,
    GuaranteeTriggered,
    RemedyGranted,
)
from heed_common.decoding import ReceivedEvent
from heed_common.messages import recovery as messages
from heed_common.recovery import Finding, Published, RecoveryOutcome, row_version
from heed_complaint.core import repository
from heed_complaint.core.rules import Channel
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.opening.rules import former_customers
from heed_complaint.reactions import REACTIONS
from heed_complaint.resolution.guarantees import repository as guarantees
from heed_complaint.resolution.remedies.rules import RemedyState
from heed_complaint.resolution.remedies.tables import Remedy
from heed_complaint.sla import case as cases
from heed_complaint.sla import repository as clock_repository
from heed_complaint.sla.case import Case
from heed_complaint.sla.clock import milestones
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.service import events_of_change, new_clocks, plan_for

LOST_TEXT = "(Opened after the backup that was restored. What the customer said is lost: please ask.)"
RESTORED = "restored"
"""The `changed` value of the events after a restore: consumers replace their state by the state of the event."""
SAME = (
    *("customer_id", "category", "severity", "kind", "confidential", "merged_into", "received_at", "opened_at"),
    *("completed_at", "ended_at", "solved"),
)
Events = Sequence[tuple[ReceivedEvent[Any], ComplaintEvent]]
"""Events of one complaint, ordered by version."""


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Recover a row of each published complaint, so that the desk can see and close it, and publish its state again."""
    outbox.of(session).reactions = REACTIONS
    events = [(one, one.event) for one in published.events if isinstance(one.event, ComplaintEvent)]
    findings: list[Finding] = []
    for complaint_id, group in groupby(sorted(events, key=lambda one: one[1].complaint_id), key=_complaint_id):
        complaint = await repository.lock_complaint(session, complaint_id)
        version = 0 if complaint is None else complaint.version
        missing = [one for one in group if complaint is None or published.is_missing(one[0], version=version)]
        if not missing:
            continue
        if complaint is None:
            findings += await _create(session, missing, currency=published.currency, now=now)
        else:
            findings += await _take_back(session, complaint, missing, now=now)
    return findings + await messages.recover(session, published, now)


def _complaint_id(event: tuple[ReceivedEvent[Any], ComplaintEvent]) -> UUID:
    return event[1].complaint_id


async def _create(session: AsyncSession, events: Events, *, currency: str, now: datetime) -> list[Finding]:
    """Create a row for a complaint opened after the backup; handling restarts, because the progress is unknown.

    Its deadlines count from its receipt, and a complaint that has ended stays ended.
    """
    complaint = _row(events, currency=currency)
    session.add(complaint)
    await session.flush()
    clocks = new_clocks(complaint, await plan_for(session, complaint))
    if complaint.completed_at is not None:
        clocks = milestones.completed(clocks, complaint.completed_at)
    if complaint.ended_at is not None:
        clocks = milestones.ended(clocks, complaint.ended_at)
    found = Finding("complaint", complaint.id, RecoveryOutcome.LOST, f"its text; it is {complaint.state}, customer "
                    f"{complaint.customer_id}")  # fmt: skip
    return [found, *await _save_and_publish(session, complaint, clocks, events, now=now)]


def _row(events: Events, *, currency: str) -> Complaint:
    received, newest = events[-1]
    opened = next((event for _, event in events if isinstance(event, ComplaintOpened | ComplaintImported)), None)
    is_open = newest.completed_at is None and newest.ended_at is None
    return Complaint(
        id=newest.complaint_id,
        external_id=None if opened is None else opened.external_id,
        fingerprint=NO_FINGERPRINT,
        opening_event_id=events[0][0].id,
        opening_customer_id=next(iter(newest.former_customer_ids), None),
        former_customer_ids=list(newest.former_customer_ids[1:]),
        customer_corrections=len(newest.former_customer_ids),
        channel=Channel.OTHER,
        description=LOST_TEXT,
        occurred_at=newest.received_at,
        currency=currency,
        state=ComplaintStatus.RECEIVED if is_open else newest.state,
        repeat_number=newest.nth,
        version=row_version(received),
        customer_wrote_at=_wrote_at(events),
        revision=1,
        **{name: getattr(newest, name) if name != "kind" else newest.case for name in SAME},
    )


async def _take_back(session: AsyncSession, complaint: Complaint, events: Events, *, now: datetime) -> list[Finding]:
    """Restore the state of the backup; customers that it was filed under since then become former customers."""
    received, newest = events[-1]
    complaint.version = max(complaint.version, row_version(received))
    for customer_id in dict.fromkeys(event.customer_id for _, event in events):
        if customer_id != complaint.customer_id:
            opening = complaint.opening_customer_id = complaint.opening_customer_id or complaint.customer_id
            complaint.former_customer_ids = former_customers(
                complaint.former_customer_ids, opening=opening, left=customer_id, now_of=complaint.customer_id
            )
    clocks = (await clock_repository.load_clocks(session, [complaint.id], lock=True))[complaint.id]
    complaint.customer_wrote_at = complaint.customer_wrote_at or _wrote_at(events)
    what = f"it is {complaint.state}, and was {newest.state}"
    return [
        Finding("complaint", complaint.id, RecoveryOutcome.TAKEN_BACK, what),
        *await _save_and_publish(session, complaint, clocks, events, now=now),
    ]


def _wrote_at(events: Events) -> datetime | None:
    """Return when the customer wrote first: the text is lost, and an agent has to ask for it."""
    return next((event.occurred_at for _, event in events if isinstance(event, ComplaintMessageReceived)), None)


async def _save_and_publish(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, events: Events, *, now: datetime
) -> list[Finding]:
    """Recover remedies, so that none is paid again, then save the complaint and publish its state."""
    findings = await _recover_remedies(session, complaint, events)
    after = {"state": complaint.state}
    repository.append_history(session, complaint.id, at=now, by=None, action="restore", before={}, after=after)
    clocks, staged = events_of_change(
        session, ComplaintAmended, complaint, clocks, occurred_at=now, now=now, changed=(RESTORED,)
    )
    await cases.save(session, Case(complaint, clocks), now=now)
    await outbox.stage_all(session, staged, now=now)
    return findings


async def _recover_remedies(session: AsyncSession, complaint: Complaint, events: Events) -> list[Finding]:
    granted = {event.remedy_id: event for _, event in events if isinstance(event, RemedyGranted)}
    triggered = [event for _, event in events if isinstance(event, GuaranteeTriggered)]
    names = {row.id: row.name for row in await guarantees.list_all(session)}
    for event in triggered:
        if event.guarantee_id in names:
            called = {"complaint_id": complaint.id, "guarantee": names[event.guarantee_id], "at": event.occurred_at}
            broken = [milestone.value for milestone in event.breached]
            await guarantees.record_claim(session, called | {"broken": broken, "remedy_id": event.remedy_id})
    paid_for = {event.remedy_id: names.get(event.guarantee_id) for event in triggered}
    missing = [event for id_, event in granted.items() if await session.get(Remedy, id_) is None]
    session.add_all(_remedy(event, guarantee=paid_for.get(event.remedy_id)) for event in missing)
    await session.flush()
    return [Finding("remedy", event.remedy_id, RecoveryOutcome.RECOVERED, "without its note") for event in missing]


def _remedy(event: RemedyGranted, *, guarantee: str | None) -> Remedy:
    return Remedy(
        id=event.remedy_id,
        complaint_id=event.complaint_id,
        kind=event.kind,
        amount=event.amount,
        currency=event.currency,
        cost=event.cost,
        state=RemedyState.GRANTED,
        over_limit=False,
        guarantee=guarantee,
        requested_at=event.occurred_at,
        decided_at=event.occurred_at,
    )
