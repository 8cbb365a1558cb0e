"""Terms and plan of a complaint: for each milestone its target, its calendar and its escalation chain. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock.working_time import Calendar

DEFAULT_WARN_AT = 0.75


class OnReopen(StrEnum):
    """Policy for the clock of a reopened complaint."""

    CONTINUE = "continue"
    """It goes on with the time that was left."""
    RESET = "reset"
    """It gets the whole time again; a breach remains."""
    NEW = "new"
    """Another clock is started; the old one retains its result."""


class PolicyKey(NamedTuple):
    """One version of a policy; a version never changes."""

    name: str
    version: int


class EscalationStep(NamedTuple):
    """One step of an escalation chain: the recipient to call when the milestone is still not reached."""

    at: float | timedelta
    """A share of the target, or working time after the deadline."""
    to: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one milestone. Terms that measure alike are equal, from whichever policy they come."""

    target: timedelta
    calendar: Calendar
    warn_at: float = DEFAULT_WARN_AT
    """The share of the target after which a warning is sent."""
    warn_within: Calendar | None = None
    """The calendar in whose working time alerts are sent; by default that of the milestone itself."""
    pause_counts: bool = False
    """Whether the time spent waiting for the customer is consumed all the same."""
    escalation: tuple[EscalationStep, ...] = ()
    """In the order in which the steps are taken."""
    policy: PolicyKey = field(default=PolicyKey("default", 1), compare=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """The terms of one complaint. Each names the policy that it comes from."""

    policy: str
    """The first policy that applies: it decides about reopening, and whether a change counts from the start."""
    policy_version: int
    agreement_id: UUID | None
    terms: Mapping[Milestone, Terms]
    on_reopen: OnReopen = OnReopen.CONTINUE
    retroactive: bool = True
    escalation: tuple[EscalationStep, ...] = ()
    """The chain of every milestone whose terms have none of their own."""
    revision: int = 0
    """The revision of the terms by which it was made."""
