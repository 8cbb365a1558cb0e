"""Words of complaints that are used by all districts. Pure."""

from enum import StrEnum

from heed_common.contracts.complaint import ComplaintStatus as State

ENDED = frozenset({State.DECLINED, State.REFERRED, State.CLOSED, State.WITHDRAWN})


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
