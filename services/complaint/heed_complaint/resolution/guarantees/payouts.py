"""A broken guarantee pays by itself: in the transaction that tells of the breach, and once on each complaint."""

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
from heed_complaint.resolution.checklists import facts as knowledge
from heed_complaint.resolution.guarantees import repository, rules
from heed_complaint.resolution.guarantees.rules import PROMISE, Guarantee
from heed_complaint.resolution.remedies import events as telling
from heed_complaint.resolution.remedies.rules import RemedyState, quantize
from heed_complaint.resolution.remedies.tables import Remedy
from heed_complaint.sla import case as cases
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.event_factory import build_event


class News(NamedTuple):
    """What has just been broken on a complaint, and what is broken by now."""

    newly: set[str]
    broken: set[str]


async def pay_out(session: AsyncSession, events: Sequence[ComplaintEvent], now: datetime) -> None:
    """Reaction to missed milestones and broken promises: pay what the guarantees in force promise for them."""
    news = _news(events)
    guarantees = [guarantee for guarantee in await in_force(session) if guarantee.attributes] if news else []
    if not guarantees:
        return
    found = await cases.load_all(session, await complaints.load_complaints(session, news))
    known = await facts_of(session, [case.complaint for case in found])
    for complaint_id in await repository.complaints_with_broken_promises(session, sorted(news)):
        news[complaint_id].broken.add(PROMISE)
    for case in found:
        newly, broken = news[case.id]
        for guarantee in guarantees:
            promised = guarantee.applies(received_at=case.complaint.received_at, facts=known[case.id])
            if promised and guarantee.is_broken(newly=newly, broken=broken):
                what = guarantee.attributes & broken
                paid = await trigger(session, case.complaint, case.clocks, guarantee, broken=what, now=now)
                await outbox.stage_all(session, paid, now=now)


async def record_withdrawals(session: AsyncSession, events: Sequence[SLABreachWithdrawn], now: datetime) -> None:
    """Reaction to withdrawn breaches: record that the reason of a claim is gone. What was paid is not claimed back."""
    withdrawn: dict[UUID, set[str]] = {}
    for event in events:
        withdrawn.setdefault(event.complaint_id, set()).add(str(event.milestone))
    for claim in await repository.active_claims(session, sorted(withdrawn)):
        gone = sorted(withdrawn[claim.complaint_id].intersection(claim.broken))
        if not gone:
            continue
        claim.withdrawn_at = now
        after = {"guarantee": claim.guarantee, "withdrawn": gone}
        complaints.append_history(
            session, claim.complaint_id, at=now, by=None, action="guarantee_stays", before={}, after=after
        )


async def in_force(session: AsyncSession) -> list[Guarantee]:
    """Return all guarantees, parsed. `Guarantee.applies` tells whether one is valid for a complaint."""
    return [
        rules.parse_guarantee(row.name, row.id, row.content, valid_from=row.valid_from, valid_until=row.valid_until)
        for row in await repository.list_all(session)
    ]


async def facts_of(session: AsyncSession, found: Sequence[Complaint]) -> dict[UUID, Facts]:
    """Return the facts that conditions of guarantees may use: none of those that agents find out later."""
    return await knowledge.gather(session, found, ())


async def trigger(
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
    """Pays for it, unless that was done before. The caller holds the lock of the complaint."""
    remedy = _remedy(complaint, guarantee, by=by, now=now)
    remedy_id = None if remedy is None else remedy.id
    called = {"at": now, "by": by, "broken": sorted(broken), "remedy_id": remedy_id}
    is_first = await repository.record_claim(
        session, {"complaint_id": complaint.id, "guarantee": guarantee.name, **called}
    )
    if not is_first:
        return []
    after = {"guarantee": guarantee.name, "broken": called["broken"], "remedy_id": remedy_id}
    complaints.append_history(
        session, complaint.id, at=now, by=by, action="guarantee", before={}, after=to_jsonable_python(after), note=note
    )
    facts = {"guarantee_id": guarantee.id, "scope": guarantee.scope, "remedy_id": remedy_id}
    triggered = build_event(GuaranteeTriggered, complaint, clocks, occurred_at=now, **facts)
    if remedy is None:
        return [triggered]
    session.add(remedy)
    return [triggered, *telling.build_granted_events(complaint, clocks, [remedy], now=now)]


def _news(told: Iterable[ComplaintEvent]) -> dict[UUID, News]:
    """Each event carries all milestones that are missed by now; the last one knows best. Duplicates do not pay."""
    news: dict[UUID, News] = {}
    for event in told:
        if not isinstance(event, SLABreached | PromiseBroken) or event.merged_into is not None:
            continue
        newly, broken = news.setdefault(event.complaint_id, News(set(), set()))
        newly.add(PROMISE if isinstance(event, PromiseBroken) else str(event.milestone))
        broken |= {*newly, *map(str, event.breached)}
    return news


def _remedy(complaint: Complaint, guarantee: Guarantee, *, by: str | None, now: datetime) -> Remedy | None:
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
