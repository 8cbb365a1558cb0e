"""Pay-out of broken guarantees: in the transaction of the breach, and once on each complaint."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.conditions import Facts
from heed_common.contracts.complaint import (
    ComplaintEvent,
    GuaranteeTriggered,
    PromiseBroken,
    SLABreached,
    SLABreachWithdrawn,
)
from heed_common.identifiers import new_id
from heed_common.outbox import StagedEvent
from heed_complaint.core import repository as complaints
from heed_complaint.core.tables import Complaint
from heed_complaint.resolution.checklists import facts as case_facts
from heed_complaint.resolution.guarantees import repository, rules
from heed_complaint.resolution.guarantees.rules import PROMISE, Guarantee
from heed_complaint.resolution.remedies.events import build_granted_events
from heed_complaint.resolution.remedies.rules import RemedyState, quantize
from heed_complaint.resolution.remedies.tables import Remedy
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import build_event
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.promises import service as promises


class NewBreaches(NamedTuple):
    """Attributes that were newly broken on a complaint, and all that are broken by now."""

    newly: set[str]
    broken: set[str]


async def pay_out(session: AsyncSession, events: Sequence[ComplaintEvent], now: datetime) -> None:
    """Reaction to missed milestones and broken promises: pay out the guarantees that they break."""
    breaches = _new_breaches(events)
    guarantees = [guarantee for guarantee in await list_parsed(session) if guarantee.attributes] if breaches else []
    if not guarantees:
        return
    found = await cases.load_all(session, await complaints.load_complaints(session, breaches))
    facts = await facts_of(session, [case.complaint for case in found])
    for complaint_id in await promises.complaints_with_broken_promises(session, sorted(breaches)):
        breaches[complaint_id].broken.add(PROMISE)
    for case in found:
        newly, broken = breaches[case.id]
        for guarantee in guarantees:
            applies = guarantee.applies(received_at=case.complaint.received_at, facts=facts[case.id])
            if applies and guarantee.is_broken(newly=newly, broken=broken):
                attributes = guarantee.attributes & broken
                staged = await claim(session, case.complaint, case.clocks, guarantee, broken=attributes, now=now)
                await outbox.stage_all(session, staged, now=now)


async def record_withdrawals(session: AsyncSession, events: Sequence[SLABreachWithdrawn], now: datetime) -> None:
    """Reaction to withdrawn breaches: record that the reason of a claim is gone. What was paid is not claimed back."""
    withdrawn: dict[UUID, set[str]] = {}
    for event in events:
        withdrawn.setdefault(event.complaint_id, set()).add(str(event.milestone))
    for row in await repository.active_claims(session, sorted(withdrawn)):
        attributes = sorted(withdrawn[row.complaint_id].intersection(row.broken))
        if not attributes:
            continue
        row.withdrawn_at = now
        after = {"guarantee": row.guarantee, "withdrawn": attributes}
        complaints.append_history(
            session, row.complaint_id, at=now, by=None, action="guarantee_stays", before={}, after=after
        )


async def list_parsed(session: AsyncSession) -> list[Guarantee]:
    """Return all guarantees, parsed. `Guarantee.applies` returns whether one is valid for a complaint."""
    return [
        rules.parse_guarantee(row.name, row.id, row.content, valid_from=row.valid_from, valid_until=row.valid_until)
        for row in await repository.list_all(session)
    ]


async def facts_of(session: AsyncSession, rows: Sequence[Complaint]) -> dict[UUID, Facts]:
    """Return the facts that conditions of guarantees may use: none of those that agents find out later."""
    return await case_facts.gather(session, rows, ())


async def claim(
    session: AsyncSession,
    complaint: Complaint,
    clocks: Clocks,
    guarantee: Guarantee,
    *,
    broken: Collection[str],
    by: str | None = None,
    note: str | None = None,
    now: datetime,
) -> list[StagedEvent]:
    """Record the claim and grant its remedy; return the events, none if it was claimed before.

    The caller holds the lock of the complaint.
    """
    remedy = _build_remedy(complaint, guarantee, by=by, now=now)
    remedy_id = None if remedy is None else remedy.id
    values = {"at": now, "by": by, "broken": sorted(broken), "remedy_id": remedy_id}
    is_first = await repository.record_claim(
        session, {"complaint_id": complaint.id, "guarantee": guarantee.name, **values}
    )
    if not is_first:
        return []
    after = {"guarantee": guarantee.name, "broken": values["broken"], "remedy_id": remedy_id}
    complaints.append_history(
        session, complaint.id, at=now, by=by, action="guarantee", before={}, after=to_jsonable_python(after), note=note
    )
    facts = {"guarantee_id": guarantee.id, "scope": guarantee.scope, "remedy_id": remedy_id}
    triggered = build_event(GuaranteeTriggered, complaint, clocks, occurred_at=now, **facts)
    if remedy is None:
        return [triggered]
    session.add(remedy)
    return [triggered, *build_granted_events(complaint, clocks, [remedy], now=now)]


def _new_breaches(events: Iterable[ComplaintEvent]) -> dict[UUID, NewBreaches]:
    """Return the breaches of each complaint; merged duplicates do not pay.

    Each event carries all milestones that are missed by now, so the last one has the complete list.
    """
    breaches: dict[UUID, NewBreaches] = {}
    for event in events:
        if not isinstance(event, SLABreached | PromiseBroken) or event.merged_into is not None:
            continue
        newly, broken = breaches.setdefault(event.complaint_id, NewBreaches(set(), set()))
        newly.add(PROMISE if isinstance(event, PromiseBroken) else str(event.milestone))
        broken |= {*newly, *map(str, event.breached)}
    return breaches


def _build_remedy(complaint: Complaint, guarantee: Guarantee, *, by: str | None, now: datetime) -> Remedy | None:
    if guarantee.payout is None:
        return None
    amount, currency = rules.payout_amount(
        guarantee.payout, at_stake=complaint.amount_at_stake, currency=complaint.currency
    )
    return Remedy(
        id=new_id(),
        complaint_id=complaint.id,
        kind=guarantee.payout.kind,
        amount=quantize(amount),
        currency=currency,
        state=RemedyState.GRANTED,
        over_limit=False,
        guarantee=guarantee.name,
        requested_by=by,
        requested_at=now,
        decided_at=now,
    )
