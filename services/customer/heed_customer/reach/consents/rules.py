"""Which decision of a customer counts. Pure: no clock, no tables.

A customer who was registered twice may have decided differently under each id. Merged, the most restrictive of their
current decisions counts, until the customer decides again: a decision replaces those of all members merged by then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from heed_common.contracts.customer import ConsentPurpose

AGE_OF_CONSENT = 14
"""Personal Information Protection Law of China, article 31."""
FOR_GUARDIANS = frozenset({ConsentPurpose.PROFILING, ConsentPurpose.SENSITIVE})
"""What a child cannot consent to alone."""


class ConsentStatus(StrEnum):
    GRANTED = "granted"
    REFUSED = "refused"
    EXPIRED = "expired"
    """It was granted until a moment that has passed."""
    UNDECIDED = "undecided"


RESTRICTIVENESS = (ConsentStatus.REFUSED, ConsentStatus.GRANTED, ConsentStatus.EXPIRED, ConsentStatus.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a customer decided about one purpose and channel."""

    id: UUID
    customer_id: UUID
    granted: bool
    valid_from: datetime
    valid_to: datetime | None
    replaces_of: frozenset[UUID]
    recorded_at: datetime
    by_guardian: bool = False

    def status(self, *, now: datetime) -> ConsentStatus:
        """Return the status that the decision gives; a refusal that has ended leaves the matter undecided."""
        if self.valid_to is None or now < self.valid_to:
            return ConsentStatus.GRANTED if self.granted else ConsentStatus.REFUSED
        return ConsentStatus.EXPIRED if self.granted else ConsentStatus.UNDECIDED


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether something is allowed now, and by which decision."""

    status: ConsentStatus
    allowed: bool
    decision: Decision | None = None
    needs_guardian: bool = False
    """A child granted it without a guardian, so it is not allowed."""

    @property
    def refused_until(self) -> datetime | None:
        return self.decision.valid_to if self.decision and self.status is ConsentStatus.REFUSED else None


def consent(purpose: ConsentPurpose, decisions: Iterable[Decision], *, minor: bool, now: datetime) -> Consent:
    """Return whether the purpose is allowed over a channel, by all decisions of the merged customers about it.

    `decisions` has of each customer the latest one that has begun.
    """
    current = _most_restrictive(_unreplaced(list(decisions)), now=now)
    if current is None:
        return Consent(ConsentStatus.UNDECIDED, allowed=purpose is ConsentPurpose.SERVICE)
    status = current.status(now=now)
    needs_guardian = status is ConsentStatus.GRANTED and is_guardian_needed(
        purpose, minor=minor, by_guardian=current.by_guardian
    )
    by_default = purpose is ConsentPurpose.SERVICE and status is ConsentStatus.UNDECIDED
    allowed = by_default or (status is ConsentStatus.GRANTED and not needs_guardian)
    return Consent(status, allowed, current, needs_guardian)


def is_guardian_needed(purpose: ConsentPurpose, *, minor: bool, by_guardian: bool) -> bool:
    """Return whether a grant needs a guardian whom it does not have."""
    return minor and purpose in FOR_GUARDIANS and not by_guardian


def decides_alone_from(birth_date: date) -> date:
    """Return the birthday from which a person may consent without a guardian."""
    try:
        return birth_date.replace(year=birth_date.year + AGE_OF_CONSENT)
    except ValueError:  # Born on 29 February, and there is none in that year.
        return date(birth_date.year + AGE_OF_CONSENT, 3, 1)


def _unreplaced(decisions: Sequence[Decision]) -> list[Decision]:
    """Return the decisions without those that a later one of another member replaced."""
    return [
        decision
        for decision in decisions
        if not any(
            decision.customer_id in later.replaces_of
            and (later.recorded_at, later.id) > (decision.recorded_at, decision.id)
            for later in decisions
        )
    ]


def _most_restrictive(decisions: Iterable[Decision], *, now: datetime) -> Decision | None:
    return min(
        decisions,
        key=lambda decision: (RESTRICTIVENESS.index(decision.status(now=now)), decision.recorded_at),
        default=None,
    )
