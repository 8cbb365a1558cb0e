"""Door 2: what each event means for a customer's scores; every other event is only noted."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.business_days import UTC_DAYS, BusinessDays
from heed_common.clock import Clock
from heed_common.contracts import complaint, customer, scoring, survey
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_scoring.ledger import entry as ledger
from heed_scoring.ledger.entry import LedgerRow
from heed_scoring.scores import service

Handler = Callable[[ReceivedEvent[Any], BusinessDays], LedgerRow]


async def take_in(session: AsyncSession, batch: Sequence[ReceivedEvent[Event]], *, clock: Clock) -> int:
    """A batch as it was polled, the same event twice in it or not. Answers how many events were new."""
    once = {received.id: received for received in batch}

    def rows(days: BusinessDays) -> list[LedgerRow]:
        return [row for received in once.values() for row in ledger_rows(received, days)]

    return await service.take_in(session, rows, clock=clock)


def ledger_rows(received: ReceivedEvent[Event], days: BusinessDays = UTC_DAYS) -> list[LedgerRow]:
    """The event as rows of the ledger: one, and one more for each customer whom it does not concern any longer."""
    handler: Handler = HANDLERS.get(type(received.event), ledger.ignored)
    row = handler(received, days)
    if isinstance(received.event, customer.MergeEvent):
        return [row, ledger.survivor(cast("ReceivedEvent[customer.MergeEvent]", received), days)]
    if isinstance(received.event, complaint.ComplaintEvent) and received.event.former_customer_ids:
        return [row, *ledger.removed_from_customer(cast("ReceivedEvent[complaint.ComplaintEvent]", received), days)]
    return [row]


HANDLERS: Mapping[type[Event], Handler] = {
    customer.CustomerRegistered: ledger.registered,
    customer.CustomerUpdated: ledger.hand_over,
    customer.CustomerMerged: ledger.merge,
    customer.CustomerUnmerged: ledger.merge,
    customer.PurchaseRecorded: ledger.purchase,
    customer.PurchaseReturned: ledger.purchase_return,
    customer.InteractionRecorded: ledger.interaction,
    customer.ReferralRecorded: ledger.referral,
    complaint.ComplaintOpened: ledger.complaint,
    complaint.ComplaintAccepted: ledger.complaint,
    complaint.ComplaintDeclined: ledger.complaint,
    complaint.ComplaintReferred: ledger.complaint,
    complaint.ComplaintContacted: ledger.complaint,
    complaint.ComplaintCommitted: ledger.complaint,
    complaint.ComplaintPaused: ledger.complaint,
    complaint.ComplaintResumed: ledger.complaint,
    complaint.ComplaintCompleted: ledger.complaint,
    complaint.ComplaintConfirmed: ledger.complaint,
    complaint.ComplaintCalledBack: ledger.complaint,
    complaint.ComplaintReopened: ledger.complaint,
    complaint.ComplaintClosed: ledger.complaint,
    complaint.ComplaintWithdrawn: ledger.complaint,
    complaint.ComplaintAmended: ledger.complaint,
    complaint.ComplaintAssigned: ledger.complaint,
    complaint.PromiseKept: ledger.complaint,
    complaint.PromiseBroken: ledger.complaint,
    complaint.SLAWarned: ledger.complaint,
    complaint.SLABreached: ledger.complaint,
    complaint.SLABreachWithdrawn: ledger.complaint,
    complaint.SLAEscalated: ledger.complaint,
    complaint.RemedyGranted: ledger.remedy,
    survey.ResponseReceived: ledger.response,
}
LEADS_TO: Mapping[type[Event], tuple[type[Event], ...]] = dict.fromkeys(
    HANDLERS, (scoring.ScoreChanged, scoring.ThresholdCrossed, scoring.RhythmBroken)
)
"""What may be told because of each of them; a test looks for circles in it, over all services."""
