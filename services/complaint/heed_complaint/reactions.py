"""What follows from events of this service in the same transaction. The table documents the service."""

from heed_common.contracts.complaint import ComplaintAmended, PromiseBroken, SLABreached, SLABreachWithdrawn
from heed_common.outbox import Reactions
from heed_complaint.resolution.guarantees import payouts
from heed_complaint.resolution.remedies import events as remedies

REACTIONS: Reactions = {
    ComplaintAmended: (remedies.publish_to_new_customers,),
    SLABreachWithdrawn: (payouts.record_withdrawals,),
    SLABreached: (payouts.pay_out,),
    PromiseBroken: (payouts.pay_out,),
}
"""Events of one round are handed to the reactions in this order; what they stage is the next round."""
