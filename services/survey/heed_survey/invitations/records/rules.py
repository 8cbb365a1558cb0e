"""States of invitations, their messages, and who may be invited. Pure."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid5

from heed_common.contracts.message import ContactChannel
from heed_common.contracts.survey import InvitationKind
from heed_common.languages import LANGUAGES
from heed_survey.surveys.questionnaire.items import Translated

ABOUT = "invitation"
"""Type of the resource that the messages are about."""
INVITATION, REMINDER, CALL_BACK, THANKS = "survey.invitation", "survey.reminder", "survey.call_back", "survey.thanks"
"""Templates of the messages."""
DEFAULT_LIFETIME = timedelta(days=30)
TEMPLATE_OF = {InvitationKind.SURVEY: INVITATION, InvitationKind.CALL_BACK: CALL_BACK}
OPTED_OUT = frozenset({"opted_out"})
"""Reasons of the permit by which the customer refuses surveys."""


class InvitationState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    """A mail server or a gateway accepted the message."""
    NOT_SENT = "not_sent"
    BOUNCED = "bounced"
    REFUSED = "refused"
    STARTED = "started"
    """Some answers are stored, not yet a response."""
    ANSWERED = "answered"
    INELIGIBLE = "ineligible"
    """The form screened the customer out, or a quota was full."""


REMINDABLE = frozenset({InvitationState.SENT, InvitationState.STARTED})
ENDED = frozenset(
    {
        *(InvitationState.NOT_SENT, InvitationState.BOUNCED, InvitationState.REFUSED),
        *(InvitationState.ANSWERED, InvitationState.INELIGIBLE),
    }
)


class Outcome(StrEnum):
    """What came of the wish to invite a customer, as far as this service decides it."""

    QUEUED = "queued"
    ALREADY_INVITED = "already_invited"
    """In this wave, the customer or one merged with it: by a request or a trigger, or for the same event."""
    COMPLAINT_OPEN = "complaint_open"
    """Selling is suspended, and so are surveys."""
    DUPLICATE = "duplicate"
    """Merged with a customer that comes before it in the same request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """How often and at which distance to remind."""

    count: int = 0
    every: timedelta = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How to invite: the same for all customers of a request or of a trigger."""

    survey_id: UUID
    wave: str = ""
    anonymous: bool = False
    kind: InvitationKind = InvitationKind.SURVEY
    channels: tuple[ContactChannel, ...] = (ContactChannel.MAIL,)
    reminders: Reminders = field(default_factory=Reminders)
    lifetime: timedelta = DEFAULT_LIFETIME
    thanks: bool = False
    """Whether to thank for the response. Not for anonymous surveys: who responded is unknown."""
    batch_id: UUID | None = None
    trigger_id: UUID | None = None
    sample_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A customer to be invited."""

    customer_id: UUID
    occasion: str = ""
    """Within a wave a customer is invited once for each event that triggers; empty for requests, which invite only
    who has no invitation at all."""
    invitation_id: UUID | None = None
    complaint_id: UUID | None = None


class Decision(NamedTuple):
    candidate: Candidate
    outcome: Outcome
    person_id: UUID


def decide(
    candidates: list[Candidate],
    *,
    families: Mapping[UUID, Set[UUID]],
    blocked: Set[UUID],
    invited: Set[tuple[UUID, str]],
) -> list[Decision]:
    """Decide about each candidate. `invited` are customers with the occasions that they were invited for."""
    seen: set[tuple[UUID, str]] = set()
    customers_invited = {customer_id for customer_id, _ in invited}
    decisions = []
    for candidate in candidates:
        family = families[candidate.customer_id]
        # The same for all members of a family, so that a unique index stops a concurrent second invitation.
        person_id = min(family)
        key = (person_id, candidate.occasion)
        outcome = Outcome.QUEUED
        pairs = {(member, candidate.occasion) for member in family}
        if pairs & invited if candidate.occasion else family & customers_invited:
            outcome = Outcome.ALREADY_INVITED
        elif candidate.customer_id in blocked:
            outcome = Outcome.COMPLAINT_OPEN
        elif key in seen:
            outcome = Outcome.DUPLICATE
        seen.add(key)
        decisions.append(Decision(candidate, outcome, person_id))
    return decisions


def titles(title: Translated) -> dict[str, str]:
    """Return the title for templates in either language; where one lacks it is that of the other."""
    return {f"title_{language}": title.text(language) for language in LANGUAGES}


def message_id(invitation_id: UUID, part: int | str) -> UUID:
    """Return the id of the invitation's message, or of the reminder of this number: queued twice, it is sent once."""
    return uuid5(invitation_id, str(part))


def dedupe_key(survey_id: UUID, *, wave: str, occasion: str, number: int) -> str:
    """Return the key by which the customer service lets one person get it once, merged customers included."""
    return f"survey {survey_id} {wave} {occasion} {number}"


def next_reminder_at(every: timedelta, *, left: int, after: datetime, expires_at: datetime) -> datetime | None:
    """Return when to remind again; None if never, or if the link has expired by then."""
    due = after + every
    return due if left > 0 and due < expires_at else None


def state_after_failure(outcome: str, reason: str, *, bounced: bool, was_sent: bool) -> InvitationState:
    """Return the state after a message that did not reach the customer."""
    if bounced or outcome == "bounced":
        return InvitationState.BOUNCED
    if reason in OPTED_OUT:
        return InvitationState.REFUSED
    return InvitationState.SENT if was_sent else InvitationState.NOT_SENT
