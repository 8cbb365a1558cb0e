"""Event handlers of scoring: the ledger rows of each event type. All other events are recorded without effect."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.business_days import UTC_DAYS, BusinessDays
from heed_common.clock import Clock
from heed_common.contracts import complaint, customer, scoring, survey
from heed_common.contracts.event import Event
from heed_common.contracts.registry import EVENTS
from heed_common.decoding import ReceivedEvent
from heed_scoring.ledger import entry as ledger
from heed_scoring.ledger.entry import LedgerRow
from heed_scoring.scores import service

RowBuilder = Callable[[ReceivedEvent[Any], BusinessDays], LedgerRow]
RowsBuilder = Callable[[ReceivedEvent[Any], BusinessDays], list[LedgerRow]]


async def process_batch(
    session: AsyncSession, batch: Sequence[ReceivedEvent[Event]], _: datetime | None = None, *, clock: Clock
) -> int:
    """Process a batch as it was polled, with or without duplicates. Return how many events were new.

    The moment of the poll is not used: the service reads the clock again, under its locks.
    """
    unique = {received.id: received for received in batch}

    def build_rows(days: BusinessDays) -> list[LedgerRow]:
        return [row for received in unique.values() for row in ledger_rows(received, days)]

    return await service.process_batch(session, build_rows, clock=clock)


def ledger_rows(received: ReceivedEvent[Event], days: BusinessDays = UTC_DAYS) -> list[LedgerRow]:
    """Return the rows of the event: one, and one more for each customer that it no longer concerns."""
    kind = type(received.event)
    build: RowBuilder = HANDLERS.get(kind, ledger.ignored)
    build_others = OTHER_CUSTOMERS.get(kind)
    row = build(received, days)
    return [row] if build_others is None else [row, *build_others(received, days)]


COMPLAINT_EVENTS: tuple[type[Event], ...] = (
    complaint.ComplaintOpened,
    complaint.ComplaintImported,
    complaint.ComplaintAccepted,
    complaint.ComplaintDeclined,
    complaint.ComplaintReferred,
    complaint.ComplaintContacted,
    complaint.ComplaintCommitted,
    complaint.ComplaintPaused,
    complaint.ComplaintResumed,
    complaint.ComplaintCompleted,
    complaint.ComplaintConfirmed,
    complaint.ComplaintCalledBack,
    complaint.ComplaintReopened,
    complaint.ComplaintClosed,
    complaint.ComplaintWithdrawn,
    complaint.ComplaintAmended,
    complaint.ComplaintAssigned,
    complaint.PromiseKept,
    complaint.PromiseBroken,
    complaint.SLAWarned,
    complaint.SLABreached,
    complaint.SLABreachWithdrawn,
    complaint.SLAEscalated,
)
"""All with the public state of the complaint: the one of the highest version is in force."""
HANDLERS: Mapping[type[Event], RowBuilder] = {
    customer.CustomerRegistered: ledger.registered,
    customer.CustomerUpdated: ledger.hand_over,
    customer.CustomerMerged: ledger.merge,
    customer.CustomerUnmerged: ledger.merge,
    customer.PurchaseRecorded: ledger.purchase,
    customer.PurchaseReturned: ledger.purchase_return,
    customer.InteractionRecorded: ledger.interaction,
    customer.ReferralRecorded: ledger.referral,
    **dict.fromkeys(COMPLAINT_EVENTS, ledger.complaint),
    complaint.RemedyGranted: ledger.remedy,
    survey.ResponseReceived: ledger.response,
}
OTHER_CUSTOMERS: Mapping[type[Event], RowsBuilder] = {
    kind: ledger.survivor if issubclass(kind, customer.MergeEvent) else ledger.removed_from_customer
    for kind in EVENTS.values()
    if issubclass(kind, customer.MergeEvent | complaint.ComplaintEvent)
}
"""Events that may concern other customers too. Found by the type: `isinstance` of a contract is slow."""
MAY_STAGE: Mapping[type[Event], tuple[type[Event], ...]] = dict.fromkeys(
    HANDLERS, (scoring.ScoreChanged, scoring.ThresholdCrossed, scoring.RhythmBroken)
)
"""Events that may be published because of each of them; a test checks all services for cycles."""
