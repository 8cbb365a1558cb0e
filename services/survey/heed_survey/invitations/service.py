"""What other districts use of invitations."""

from heed_survey.invitations.outcomes.service import (
    disposition_counts,
    mark_ended,
    mark_started,
    record_failures,
    record_responses,
    record_sent,
)
from heed_survey.invitations.records.service import (
    find_sample,
    get_invitation,
    invite,
    invite_to_call_backs,
    terms_of,
)

__all__ = [
    "disposition_counts",
    "find_sample",
    "get_invitation",
    "invite",
    "invite_to_call_backs",
    "mark_ended",
    "mark_started",
    "record_failures",
    "record_responses",
    "record_sent",
    "terms_of",
]
