"""What follows from events of this service in the same transaction. The table documents the service."""

from heed_common.contracts.message import SurveyMessageFailed, SurveyMessageSent
from heed_common.contracts.survey import InvitationIssued, ResponseReceived
from heed_common.outbox import Reactions
from heed_survey.actions.policies import service as policies
from heed_survey.invitations import service as invitations

REACTIONS: Reactions = {
    InvitationIssued: (invitations.invite_to_call_backs,),
    SurveyMessageSent: (invitations.record_sent,),
    SurveyMessageFailed: (invitations.record_failures,),
    ResponseReceived: (invitations.record_responses, policies.apply_policies),
}
"""Events of one round are handed to the reactions in this order; what they stage is the next round."""
