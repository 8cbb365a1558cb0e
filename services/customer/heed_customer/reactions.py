"""What follows from events of this service in the same transaction. The table documents the service."""

from heed_common.contracts.customer import CustomerRegistered, CustomerUpdated
from heed_common.outbox import Reactions
from heed_customer.accounts.ownership import service as ownership

REACTIONS: Reactions = {
    CustomerRegistered: (ownership.record_owners,),
    CustomerUpdated: (ownership.record_owners,),
}
"""Events of one round are handed to the reactions in this order; what they stage is the next round."""
