"""Four-eyes principle: a caller who handled a complaint neither makes its call-back nor approves excess remedies.

The only rule of this kind; its mode is a setting of the desk. Pure.
"""

from dataclasses import dataclass
from enum import StrEnum


class FourEyes(StrEnum):
    """The callers to whom the four-eyes principle applies."""

    OFF = "off"
    AGENTS = "agents"
    """The owner and every agent of the desk; a program that acts for many people does not count as a person."""
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class PreviousHandlers:
    """The callers who have handled a complaint."""

    owner: str | None
    completed_by: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    """Those among `completed_by` who are agents of the desk."""

    def include(self, caller: str, rule: FourEyes) -> bool:
        """Return whether the caller is one of them, as far as the rule applies."""
        if caller == self.owner:
            return True
        return caller in self.completed_by and (rule is FourEyes.EVERYBODY or caller in self.agents)


def may_call_back(caller: str, handlers: PreviousHandlers, rule: FourEyes) -> bool:
    """Return whether this caller may ask the customer if it was solved and pleasant."""
    return rule is FourEyes.OFF or not handlers.include(caller, rule)


def may_approve(caller: str, handlers: PreviousHandlers, rule: FourEyes, *, requested_by: str) -> bool:
    """Return whether this caller may approve a remedy over the limit; the one who requested it never may."""
    return rule is FourEyes.OFF or (caller != requested_by and not handlers.include(caller, rule))
