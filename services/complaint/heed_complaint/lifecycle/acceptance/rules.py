"""Which complaints are accepted, declined or referred by themselves. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from heed_common.conditions import Condition, Facts
from heed_common.conditions import parse as parse_condition
from heed_complaint.core.condition_fields import FIELDS
from heed_complaint.lifecycle.acceptance.errors import RuleTwice
from heed_complaint.lifecycle.transitions.rules import Action, Move


class Outcome(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    REFER = "refer"


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to the complaints that its condition holds of."""

    name: str
    when: Condition
    outcome: Outcome
    reason: str | None
    to: str | None
    tell: Mapping[str, str] | None
    """What the customer reads about it on the private page, by language."""

    def as_move(self) -> Move:
        return Move(Action(self.outcome), reason=self._said())

    def _said(self) -> str | None:
        return f"{self.to}: {self.reason}" if self.to else self.reason


def parse(written: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules in their order. Raises `ConditionError`, `RuleTwice` that point into them."""
    names: set[str] = set()
    rules = []
    for place, rule in enumerate(written):
        if rule["name"] in names:
            raise RuleTwice(pointer=f"/rules/{place}/name")
        names.add(rule["name"])
        when = parse_condition(rule["when"], FIELDS, pointer=f"/rules/{place}/when")
        rules.append(Rule(rule["name"], when, Outcome(rule["outcome"]), rule["reason"], rule["to"], rule["tell"]))
    return tuple(rules)


def first_that_holds(rules: Sequence[Rule], facts: Facts) -> Rule | None:
    """The first one decides; where none holds, people do."""
    return next((rule for rule in rules if rule.when.matches(facts)), None)
