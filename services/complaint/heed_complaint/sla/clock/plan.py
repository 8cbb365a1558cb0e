"""What is granted to a complaint: for each milestone how long, by which calendar, and who is called when. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock.working_time import Calendar

WARN_AT = 0.75


class OnReopen(StrEnum):
    """What a policy wants of the clock of a complaint that comes back."""

    CONTINUE = "continue"
    """It goes on with the time that was left."""
    RESET = "reset"
    """It gets the whole time again; what was late stays late."""
    NEW = "new"
    """Another clock is started; the old one keeps its verdict."""


class PolicyKey(NamedTuple):
    """One version of a policy; a version never changes."""

    name: str
    version: int


class Step(NamedTuple):
    """One step of an escalation chain: who is called when the milestone is still not reached."""

    at: float | timedelta
    """A share of the target, or so much working time after the deadline."""
    to: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy grants a milestone. Equal terms are those that measure alike, whichever policy they come from."""

    target: timedelta
    calendar: Calendar
    warn_at: float = WARN_AT
    """After which share of the target somebody is warned."""
    warn_within: Calendar | None = None
    """Where it is given, warnings wait for its working time; else for that of the milestone itself."""
    pause_counts: bool = False
    """Whether the time that we wait for the customer is used up all the same."""
    escalation: tuple[Step, ...] = ()
    """In the order in which they are taken."""
    policy: PolicyKey = field(default=PolicyKey("default", 1), compare=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What holds for one complaint. The terms name the policy that each of them comes from."""

    policy: str
    """The first one that holds: it says what a reopening does, and whether a change counts from the start."""
    policy_version: int
    agreement_id: UUID | None
    terms: Mapping[Milestone, Terms]
    on_reopen: OnReopen = OnReopen.CONTINUE
    retroactive: bool = True
    escalation: tuple[Step, ...] = ()
    """The chain of every milestone whose terms have none of their own."""
    revision: int = 0
    """As of which change of the terms."""
