"""The message policy: which kinds of messages are sent, and whom they reach. Pure: no clock, no tables."""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from heed_common.contact_addresses import email_key
from heed_common.contracts.complaint import CaseKind, Milestone
from heed_common.contracts.message import ContactChannel
from heed_common.languages import LANGUAGES, Language

MAX_RECEIPT_AGE = timedelta(days=7)
"""Complaints that were received longer ago, such as those of an earlier system, are not acknowledged any more."""
RULE = "policy"
"""Author of automatic messages, before the kind."""


class MessageKind(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"
    PROGRESS = "progress"
    """Sent when the customer has heard nothing for some days."""
    DECISION = "decision"
    """The complaint is resolved, declined or referred, with the reason."""
    REMEDY = "remedy"
    CALL_BACK = "call_back"
    """A request to answer whether it is solved, where no survey asks."""
    CLOSED = "closed"
    REPLY = "reply"
    """What an agent writes to the customer."""


TIMED = (MessageKind.PROGRESS, MessageKind.CALL_BACK)
"""Sent by a timer, so many working days after the last news or after the completion."""
BY_MILESTONE = {Milestone.ACKNOWLEDGEMENT: MessageKind.ACKNOWLEDGEMENT, Milestone.PROGRESS: MessageKind.PROGRESS}


@dataclass(frozen=True, slots=True)
class KindPolicy:
    """The settings of one kind of message."""

    enabled: bool
    channels: tuple[ContactChannel, ...]
    """The most preferred first."""
    after_days: int | None = None
    """Working days of the calendar of its milestone; for timed kinds only."""


@dataclass(frozen=True, slots=True)
class MessagePolicy:
    """The operator's settings, and what the processes that send can do."""

    kinds: Mapping[MessageKind, KindPolicy]
    recourse: Mapping[Language, str] = field(default_factory=lambda: MappingProxyType({}))
    """Where a customer can turn who disagrees with a decision."""
    transports: frozenset[ContactChannel] = frozenset()
    reaches_customers: bool = False
    """Whether the customer service can be asked for addresses."""
    public_url: str | None = None
    """The address under which customers reach this service, without a slash at the end."""
    link_days: int = 180
    time_zone: str = "UTC"

    def channels(self, kind: MessageKind, *, has_account: bool) -> tuple[ContactChannel, ...]:
        """Return the channels of this kind that can be used; a sender of a form or mail is reached by mail only."""
        settings = self.kinds[kind]
        if not settings.enabled or (has_account and not self.reaches_customers):
            return ()
        usable = self.transports if has_account else self.transports & {ContactChannel.MAIL}
        return tuple(channel for channel in settings.channels if channel in usable)


@dataclass(frozen=True, slots=True)
class Recipient:
    """The complainant: a customer, whose address the customer service knows, or the address that wrote to us."""

    language: Language
    time_zone: str
    customer_id: UUID | None = None
    address: str | None = None
    name: str | None = None


def reply_subject(subject: str) -> str | None:
    """Return the subject of an answer in this thread; None if the thread has none."""
    plain = " ".join(subject.split())
    if not plain:
        return None
    return plain if plain.lower().startswith(("re:", "re：", "回复")) else f"Re: {plain}"


@dataclass(frozen=True, slots=True)
class NotificationFacts:
    """The facts of a complaint that decide whether its customer gets messages."""

    kind: str
    regulator: bool
    is_part: bool
    """It was split from another complaint, whose receipt was acknowledged."""
    received_at: datetime


def may_be_notified(facts: NotificationFacts) -> bool:
    """Return whether messages are sent at all.

    No customer reported an unvoiced grievance, and with a regulator agents correspond themselves.
    """
    return facts.kind != CaseKind.UNVOICED_GRIEVANCE and not facts.regulator


def milestones_by_message(
    policy: MessagePolicy, facts: NotificationFacts, *, has_account: bool, now: datetime
) -> tuple[Milestone, ...]:
    """Return the milestones that a new complaint has because messages can be sent."""
    if not may_be_notified(facts) or now - facts.received_at > MAX_RECEIPT_AGE:
        return ()
    return tuple(
        milestone
        for milestone, kind in BY_MILESTONE.items()
        if policy.channels(kind, has_account=has_account)
        and not (kind is MessageKind.ACKNOWLEDGEMENT and facts.is_part)
    )


def supported_language(*preferences: str | None) -> Language:
    """Return the first preference that has templates, and else English."""
    for preference in preferences:
        primary = (preference or "").lower().partition("-")[0]
        for language in LANGUAGES:
            if primary == language:
                return language
    return "en"


def moment_text(at: datetime | None, *, language: Language, zone: ZoneInfo) -> str | None:
    """Return day and time in the customer's zone, as they are written in this language."""
    if at is None:
        return None
    local = at.astimezone(zone)
    suffix = " (UTC)" if zone.key == "UTC" else ""
    if language == "zh":
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}{suffix}"
    return f"{local.day} {local:%B %Y, %H:%M}{suffix}"


def recipient_hash(key: str, address: str) -> bytes:
    """Return the hash by which an address is recognised again; without the key it cannot be guessed."""
    return hmac.digest(key.encode(), f"recipient\n{email_key(address)}".encode(), "sha256")


def first_known(values: Collection[str | None], default: str) -> str:
    """Return the first value that is set."""
    return next((value for value in values if value), default)
