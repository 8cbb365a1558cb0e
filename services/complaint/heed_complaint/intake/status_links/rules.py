"""Private links, and what a customer is told: never whose fault it was, nor why. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from heed_common.contracts.complaint import ComplaintStatus as State
from heed_common.languages import Language

TOKEN_BYTES = 24
"""192 bits."""

Words = dict[Language, str]


class Standing(StrEnum):
    """What is told beside the states."""

    WAITING = "waiting_for_you"
    MESSAGE_RECEIVED = "message_received"
    """The customer wrote, and no agent has answered yet."""


IN_THEIR_WORDS: dict[State | Standing, Words] = {
    State.RECEIVED: {"en": "We have received it.", "zh": "我们已经收到。"},
    State.ACCEPTED: {"en": "We have taken it up.", "zh": "我们已经受理。"},
    State.REFERRED: {"en": "Somebody better placed looks after it.", "zh": "已转交给更合适的部门处理。"},
    State.DECLINED: {"en": "We cannot take it up.", "zh": "很抱歉，我们无法受理。"},
    State.CONTACTED: {"en": "We are in touch with you about it.", "zh": "我们正在与您联系。"},
    State.COMMITTED: {"en": "We have made you a promise.", "zh": "我们已向您作出承诺。"},
    State.COMPLETED: {
        "en": "We believe that it is solved. Please tell us if not.",
        "zh": "我们认为问题已经解决。如果没有，请告诉我们。",
    },
    State.CONFIRMED: {"en": "You told us that it is solved.", "zh": "您已确认问题解决。"},
    State.CALLED_BACK: {"en": "We have asked you how it went.", "zh": "我们已经对您进行了回访。"},
    State.CLOSED: {"en": "It is closed.", "zh": "已经结案。"},
    State.WITHDRAWN: {"en": "You have withdrawn it.", "zh": "您已撤回。"},
    Standing.WAITING: {"en": "We are waiting for an answer from you.", "zh": "我们正在等待您的答复。"},
    Standing.MESSAGE_RECEIVED: {
        "en": "We have received your message and will answer it.",
        "zh": "我们已收到您的留言，会尽快答复您。",
    },
}
TOGETHER: Words = {
    "en": "It is handled together with another report about the same matter.",
    "zh": "已与同一问题的其他反映合并处理。",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A private link as its holder gets it; it cannot be shown a second time."""

    token: str
    expires_at: datetime

    @property
    def path(self) -> str:
        return f"/c/{self.token}"


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def expiry(made_at: datetime, *, days: int) -> datetime:
    return made_at + timedelta(days=days)


def standing(state: State, *, paused: bool, customer_wrote: bool) -> State | Standing:
    """What the customer is told about where it stands."""
    if customer_wrote:
        return Standing.MESSAGE_RECEIVED
    return Standing.WAITING if paused else state
