"""Follow-up policies. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from heed_common.condition_values import FieldType
from heed_common.conditions import Condition, ConditionError, Facts, parse


class FollowUpAction(StrEnum):
    COMPLAINT = "complaint"
    CARE_TASK = "care_task"


class Matter(StrEnum):
    """What it is about: the first level of the categories of complaints."""

    PRODUCT = "product"
    SERVICE = "service"
    DELIVERY = "delivery"
    BILLING = "billing"
    STAFF = "staff"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """A policy as an operator writes it."""

    when: Mapping[str, Any]
    action: FollowUpAction
    matter: Matter
    within_days: int
    owner: str | None
    due_in_days: int | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    when: Condition
    action: FollowUpAction
    matter: Matter
    within: timedelta
    """Period in which a second response of the customer about the matter leads to nothing."""
    owner: str | None
    due_in_days: int


def parse_when(when: Mapping[str, Any], fields: Mapping[str, FieldType]) -> Condition:
    """Return the condition. Raises `ConditionError` with a pointer to the invalid part."""
    return parse(dict(when), fields, pointer="/when")


def parse_when_possible(when: Mapping[str, Any], fields: Mapping[str, FieldType]) -> Condition | None:
    """Return the condition; None where it reads an item that this version of the questionnaire does not have."""
    try:
        return parse_when(when, fields)
    except ConditionError:
        return None


def matching(policies: Iterable[Policy], facts: Facts) -> list[Policy]:
    """Return the policies that apply: of several with one action and matter only the first by name."""
    found: dict[tuple[FollowUpAction, Matter], Policy] = {}
    for policy in sorted(policies, key=lambda policy: policy.name):
        if policy.when.matches(facts):
            found.setdefault((policy.action, policy.matter), policy)
    return list(found.values())
