"""Acceptance rules: parsing and evaluation. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from heed_common.conditions import Condition, Facts
from heed_common.conditions import parse as parse_condition
from heed_complaint.core.condition_fields import FIELDS
from heed_complaint.lifecycle.acceptance.errors import DuplicateRule
from heed_complaint.lifecycle.transitions.rules import Action, Transition


class AcceptanceDecision(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    REFER = "refer"


@dataclass(frozen=True, slots=True)
class AcceptanceRule:
    """A condition, and the decision on complaints that meet it."""

    name: str
    when: Condition
    decision: AcceptanceDecision
    reason: str | None
    refer_to: str | None
    customer_text: Mapping[str, str] | None
    """The message to the customer on the status page, by language."""

    def to_transition(self) -> Transition:
        reason = f"{self.refer_to}: {self.reason}" if self.refer_to else self.reason
        return Transition(Action(self.decision), reason=reason)


def parse_rules(documents: Sequence[Mapping[str, Any]]) -> tuple[AcceptanceRule, ...]:
    """Return the rules in their order. Raises `ConditionError`, `DuplicateRule` with pointers into the documents."""
    names: set[str] = set()
    rules = []
    for index, document in enumerate(documents):
        if document["name"] in names:
            raise DuplicateRule(pointer=f"/rules/{index}/name")
        names.add(document["name"])
        rules.append(
            AcceptanceRule(
                document["name"],
                parse_condition(document["when"], FIELDS, pointer=f"/rules/{index}/when"),
                AcceptanceDecision(document["outcome"]),
                document["reason"],
                document["to"],
                document["tell"],
            )
        )
    return tuple(rules)


def first_match(rules: Sequence[AcceptanceRule], facts: Facts) -> AcceptanceRule | None:
    """Return the first rule whose condition holds; without one an agent decides."""
    return next((rule for rule in rules if rule.when.matches(facts)), None)
