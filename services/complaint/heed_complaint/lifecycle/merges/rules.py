"""Which complaints may be merged, and the effect on their clocks. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from heed_common.contracts.complaint import CaseKind, Milestone
from heed_complaint.core.errors import ComplaintEnded, ComplaintIsMerged
from heed_complaint.lifecycle.merges.errors import AlreadyMerged, LessConfidential, MergeCycle, SurvivorIsUnvoiced
from heed_complaint.sla.clock import clock as one
from heed_complaint.sla.clock import pauses
from heed_complaint.sla.clock.clock import Clock
from heed_complaint.sla.clock.milestones import STOPPED_BY_WAITING, Clocks
from heed_complaint.sla.clock.pauses import Ledger


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """The facts that decide whether a complaint may be merged."""

    id: UUID
    kind: str
    confidential: bool
    ended: bool
    merged_into: UUID | None


class ReceiptTimes(NamedTuple):
    """When the complaint was received, and when its cause occurred."""

    received_at: datetime
    occurred_at: datetime


def check_merge(survivor: MergeFacts, duplicate: MergeFacts) -> None:
    """Raise the error that forbids the merge. Cycles are impossible, because a survivor is merged into none."""
    if survivor.merged_into == duplicate.id:
        raise MergeCycle(pointer="/duplicate_id")
    if duplicate.merged_into is not None:
        raise AlreadyMerged(pointer="/duplicate_id")
    if survivor.merged_into is not None:
        raise ComplaintIsMerged(survivor.merged_into)
    if survivor.ended:
        raise ComplaintEnded
    if survivor.kind == CaseKind.UNVOICED_GRIEVANCE != duplicate.kind:
        raise SurvivorIsUnvoiced
    if duplicate.confidential and not survivor.confidential:
        raise LessConfidential


def first_unanswered(survivor: datetime | None, duplicate: datetime | None) -> datetime | None:
    """Return when the first unanswered message of a customer was written."""
    return min((at for at in (survivor, duplicate) if at is not None), default=None)


def pending_milestones(clocks: Clocks) -> list[Milestone]:
    """Return the milestones whose clocks have not stopped: a merge cancels them, and an unmerge restores them."""
    return [milestone for milestone, clock in clocks.items() if clock.stopped_at is None]


def restore_clocks(clocks: Clocks, milestones: Collection[str], *, merged_at: datetime, paused: bool) -> Clocks:
    """Return the clocks as if these milestones had never been cancelled: the customer has waited all the time."""
    return {
        milestone: _restore_clock(clock, merged_at, paused=paused) if milestone in milestones else clock
        for milestone, clock in clocks.items()
    }


def with_received_at(clocks: Clocks, moment: datetime, *, instead_of: datetime) -> Clocks:
    """Return the clocks after a change of the receipt: what counted from the receipt counts from the new one."""

    def moved(clock: Clock) -> Clock:
        counts = clock.runs and clock.runs[0].started_at == instead_of
        return one.restart(clock, moment) if counts else clock

    return {milestone: one.map_clocks(clock, moved) for milestone, clock in clocks.items()}


def _restore_clock(clock: Clock, merged_at: datetime, *, paused: bool) -> Clock:
    waits = paused and clock.milestone in STOPPED_BY_WAITING
    ledger = _reopen_pause(clock.ledger, merged_at) if waits else clock.ledger
    last = tuple(replace(run, ended_at=None) for run in clock.runs[-1:])
    return replace(clock, runs=(*clock.runs[:-1], *last), ledger=ledger, cancelled_at=None)


def _reopen_pause(ledger: Ledger, ended_at: datetime) -> Ledger:
    """Reopen the pause that the merge ended; one that had begun at that very moment was not stored."""
    if ledger and ledger[-1].end == ended_at:
        return (*ledger[:-1], replace(ledger[-1], end=None))
    return pauses.start_pause(ledger, ended_at)
