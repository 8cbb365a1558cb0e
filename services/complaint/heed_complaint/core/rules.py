"""Words of complaints that are used by all districts. Pure."""

from enum import StrEnum

from heed_common.contracts.complaint import ComplaintStatus as State

ENDED = frozenset({State.DECLINED, State.REFERRED, State.CLOSED, State.WITHDRAWN})
STATES_IN_WORK = (State.RECEIVED, State.ACCEPTED, State.CONTACTED, State.COMMITTED)
"""States that count as load: a completed complaint waits for the customer."""


class Channel(StrEnum):
    PHONE = "phone"
    VISIT = "visit"
    WEB = "web"
    MAIL = "mail"
    LETTER = "letter"
    CHAT = "chat"
    SOCIAL = "social"
    CALL_CENTRE = "call_centre"
    OTHER = "other"
