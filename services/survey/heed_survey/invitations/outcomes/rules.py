"""Dispositions of invitations by the codes of AAPOR. Pure.

AAPOR, Standard Definitions, 10th edition, 2023: internet surveys of specifically named persons. The code of an
invitation that never left is "no invitation sent", of one without a response "nothing ever returned": in both cases it
is unknown whether the person would be eligible.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from heed_survey.invitations.records.rules import OPTED_OUT, InvitationState


class Disposition(StrEnum):
    COMPLETE = "complete"
    PARTIAL = "partial"
    REFUSED = "refused"
    OPTED_OUT = "opted_out"
    """Refuses surveys in general; found when the message was to be sent."""
    BREAK_OFF = "break_off"
    """Began and did not finish."""
    NOT_SENT = "not_sent"
    QUEUED = "queued"
    NOTHING_RETURNED = "nothing_returned"
    UNDELIVERED = "undelivered"
    INELIGIBLE = "ineligible"
    QUOTA_FULL = "quota_full"


AAPOR_CODES: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.COMPLETE: "1.1",
        Disposition.PARTIAL: "1.2",
        Disposition.REFUSED: "2.11",
        Disposition.OPTED_OUT: "2.11",
        Disposition.BREAK_OFF: "2.20",
        Disposition.NOT_SENT: "3.11",
        Disposition.QUEUED: "3.11",
        Disposition.NOTHING_RETURNED: "3.19",
        Disposition.UNDELIVERED: "3.30",
        Disposition.INELIGIBLE: "4.10",
        Disposition.QUOTA_FULL: "4.80",
    }
)
OUTCOME_GROUPS: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.COMPLETE: "complete",
        Disposition.PARTIAL: "partial",
        Disposition.REFUSED: "refusal",
        Disposition.OPTED_OUT: "refusal",
        Disposition.BREAK_OFF: "refusal",
        Disposition.NOT_SENT: "unknown_other",
        Disposition.QUEUED: "unknown_other",
        Disposition.NOTHING_RETURNED: "unknown_other",
        Disposition.UNDELIVERED: "unknown_other",
        Disposition.INELIGIBLE: "not_eligible",
        Disposition.QUOTA_FULL: "not_eligible",
    }
)
"""The counts of `heed_measures.surveys.response_rates.Outcomes` that each disposition belongs to."""
QUOTA_REASON = "quota_full"
BY_STATE: Mapping[InvitationState, Disposition] = MappingProxyType(
    {
        InvitationState.QUEUED: Disposition.QUEUED,
        InvitationState.SENT: Disposition.NOTHING_RETURNED,
        InvitationState.NOT_SENT: Disposition.NOT_SENT,
        InvitationState.BOUNCED: Disposition.UNDELIVERED,
        InvitationState.REFUSED: Disposition.REFUSED,
        InvitationState.STARTED: Disposition.BREAK_OFF,
        InvitationState.ANSWERED: Disposition.COMPLETE,
        InvitationState.INELIGIBLE: Disposition.INELIGIBLE,
    }
)


def disposition(state: InvitationState, reason: str | None) -> Disposition:
    """Return the disposition as it would be final now."""
    if state is InvitationState.REFUSED and reason in OPTED_OUT:
        return Disposition.OPTED_OUT
    if state is InvitationState.INELIGIBLE and reason == QUOTA_REASON:
        return Disposition.QUOTA_FULL
    return BY_STATE[state]
