"""What follows from events of this service in the same transaction. The table documents the service."""

from heed_common.contracts.complaint import (
    ComplaintAmended,
    ComplaintClosed,
    ComplaintCommitted,
    ComplaintCompleted,
    ComplaintContacted,
    ComplaintDeclined,
    ComplaintImported,
    ComplaintOpened,
    ComplaintReferred,
    ComplaintReopened,
    ComplaintResumed,
    PromiseBroken,
    RemedyGranted,
    SLABreached,
    SLABreachWithdrawn,
)
from heed_common.contracts.message import ComplaintMessageFailed, ComplaintMessageSent
from heed_common.outbox import Reactions
from heed_complaint.correspondence.delivery import events as delivery
from heed_complaint.correspondence.timers import events as timers
from heed_complaint.correspondence.updates import events as updates
from heed_complaint.resolution.guarantees import payouts
from heed_complaint.resolution.remedies import events as remedies

REACTIONS: Reactions = {
    ComplaintAmended: (remedies.publish_to_new_customers, updates.acknowledge_reported, timers.schedule),
    SLABreachWithdrawn: (payouts.record_withdrawals,),
    SLABreached: (payouts.pay_out,),
    PromiseBroken: (payouts.pay_out,),
    ComplaintOpened: (timers.open_correspondence,),
    ComplaintImported: (timers.schedule_ahead,),
    ComplaintContacted: (timers.schedule,),
    ComplaintCommitted: (timers.schedule,),
    ComplaintResumed: (timers.schedule,),
    ComplaintReopened: (timers.schedule,),
    ComplaintCompleted: (updates.announce_decisions, timers.schedule),
    ComplaintDeclined: (updates.announce_decisions,),
    ComplaintReferred: (updates.announce_decisions,),
    ComplaintClosed: (updates.announce_closings,),
    RemedyGranted: (updates.announce_remedies,),
    ComplaintMessageSent: (delivery.record_sent,),
    ComplaintMessageFailed: (delivery.record_failed,),
}
"""Events of one round are handed to the reactions in this order; what they stage is the next round."""
