"""Definitions of quotas and the responses that they count. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heed_common.condition_values import FieldType
from heed_common.conditions import Condition, Facts, parse
from heed_survey.customers.frame.rules import CONTEXT_CONDITION_FIELDS, context_facts

EVERYBODY: Mapping[str, Any] = {"all": []}


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` responses for which the condition is true."""

    name: str
    when: Condition
    limit: int


def quota_fields(items: Mapping[str, FieldType]) -> dict[str, FieldType]:
    """Return the fields of quota conditions: of the items, and of the customer as `customer.region` and so on."""
    return {**items, **CONTEXT_CONDITION_FIELDS}


def quota_facts(items: Facts, context: Mapping[str, object]) -> dict[str, object]:
    """Return what quotas read of a response: the facts of its answers, and the context of its customer."""
    return {**items, **context_facts(context)}


def parse_quotas(
    definitions: Sequence[Mapping[str, Any]], items: Mapping[str, FieldType], *, pointer: str = "/quotas"
) -> tuple[Quota, ...]:
    """Return the quotas of a survey. Raises `ConditionError` with a pointer to the invalid part."""
    fields = quota_fields(items)
    return tuple(
        Quota(
            definition["name"],
            parse(definition.get("when") or dict(EVERYBODY), fields, pointer=f"{pointer}/{index}/when"),
            definition["limit"],
        )
        for index, definition in enumerate(definitions)
    )


def limits_for(quotas: Sequence[Quota], facts: Facts) -> dict[str, int]:
    """Return the limits of the quotas that count the response, by name."""
    return {quota.name: quota.limit for quota in quotas if quota.when.matches(facts)}
