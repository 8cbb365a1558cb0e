"""Which complaints may become one, and what that does to their clocks. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from heed_common.contracts.complaint import CaseKind, Milestone
from heed_complaint.core.errors import ComplaintHasEnded, ComplaintIsMerged
from heed_complaint.lifecycle.merges.errors import AlreadyMerged, LessConfidential, MergeCycle, SurvivorIsUnvoiced
from heed_complaint.sla.clock import clock as one
from heed_complaint.sla.clock import pauses
from heed_complaint.sla.clock.clock import Clock
from heed_complaint.sla.clock.milestones import STOPPED_BY_WAITING, Clocks
from heed_complaint.sla.clock.pauses import Ledger


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether a complaint may be merged."""

    id: UUID
    kind: str
    confidential: bool
    ended: bool
    merged_into: UUID | None


class Receipt(NamedTuple):
    """When it was received, and when it had gone wrong."""

    received_at: datetime
    occurred_at: datetime


def check_merge(survivor: Facts, duplicate: Facts) -> None:
    """Raises what stands against it. A circle cannot close: whoever survives is merged into nobody."""
    if survivor.merged_into == duplicate.id:
        raise MergeCycle(pointer="/duplicate_id")
    if duplicate.merged_into is not None:
        raise AlreadyMerged(pointer="/duplicate_id")
    if survivor.merged_into is not None:
        raise ComplaintIsMerged(survivor.merged_into)
    if survivor.ended:
        raise ComplaintHasEnded
    if survivor.kind == CaseKind.UNVOICED_GRIEVANCE != duplicate.kind:
        raise SurvivorIsUnvoiced
    if duplicate.confidential and not survivor.confidential:
        raise LessConfidential


def first_unanswered(survivor: datetime | None, duplicate: datetime | None) -> datetime | None:
    """Return when a customer wrote the first message that no agent has answered."""
    return min((at for at in (survivor, duplicate) if at is not None), default=None)


def owed(clocks: Clocks) -> list[Milestone]:
    """The milestones that have not stopped yet: a merge cancels them, and an un-merge owes them again."""
    return [milestone for milestone, clock in clocks.items() if clock.stopped_at is None]


def revived(clocks: Clocks, milestones: Collection[str], *, merged_at: datetime, paused: bool) -> Clocks:
    """As if they had never been cancelled: the customer has waited all the time."""
    return {
        milestone: _revived(clock, merged_at, paused=paused) if milestone in milestones else clock
        for milestone, clock in clocks.items()
    }


def received_at(clocks: Clocks, moment: datetime, *, instead_of: datetime) -> Clocks:
    """The complaint was received at another moment: what counted from the receipt counts from there."""

    def moved(clock: Clock) -> Clock:
        counts = clock.runs and clock.runs[0].started_at == instead_of
        return one.restart(clock, moment) if counts else clock

    return {milestone: one.map_clocks(clock, moved) for milestone, clock in clocks.items()}


def _revived(clock: Clock, merged_at: datetime, *, paused: bool) -> Clock:
    waits = paused and clock.milestone in STOPPED_BY_WAITING
    ledger = _lasting_again(clock.ledger, merged_at) if waits else clock.ledger
    last = tuple(replace(run, ended_at=None) for run in clock.runs[-1:])
    return replace(clock, runs=(*clock.runs[:-1], *last), ledger=ledger, cancelled_at=None)


def _lasting_again(ledger: Ledger, ended_at: datetime) -> Ledger:
    """The pause that the merge ended goes on; one that had begun at that very moment had left no trace."""
    if ledger and ledger[-1].end == ended_at:
        return (*ledger[:-1], replace(ledger[-1], end=None))
    return pauses.start_pause(ledger, ended_at)
