"""Four eyes: who handled a complaint neither asks the customer how it went nor approves what goes beyond the limits.

The one place that decides so; the rule of the house is one of the desk's settings. Pure.
"""

from dataclasses import dataclass
from enum import StrEnum


class FourEyes(StrEnum):
    """For whom two people are needed."""

    OFF = "off"
    AGENTS = "agents"
    """For the owner and for every agent of the desk: a programme that speaks for many people is nobody's eyes."""
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Handlers:
    """Those who have handled a complaint."""

    owner: str | None
    completed_by: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    """Those among them whom the desk knows as its agents."""

    def include(self, caller: str, rule: FourEyes) -> bool:
        """Whether the caller is one of them, as far as the rule asks."""
        if caller == self.owner:
            return True
        return caller in self.completed_by and (rule is FourEyes.EVERYBODY or caller in self.agents)


def may_call_back(caller: str, handlers: Handlers, rule: FourEyes) -> bool:
    """Whether the customer may be asked by this caller whether it was solved and pleasant."""
    return rule is FourEyes.OFF or not handlers.include(caller, rule)


def may_approve(caller: str, handlers: Handlers, rule: FourEyes, *, asked_by: str) -> bool:
    """Whether this caller may approve a remedy over the limit: never whoever asks for it."""
    return rule is FourEyes.OFF or (caller != asked_by and not handlers.include(caller, rule))
