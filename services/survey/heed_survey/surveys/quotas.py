"""Definitions of quotas: at most so many responses for which a condition is true. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heed_common.condition_values import FieldType
from heed_common.conditions import Condition, Facts, parse
from heed_survey.customers.frame.rules import CONTEXT_CONDITION_FIELDS, context_facts
from heed_survey.surveys.errors import QuotaNamesRepeated, QuotaNotAnonymous
from heed_survey.surveys.questionnaire.conditions import Answers, condition_fields, item_facts
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` responses for which the condition is true."""

    name: str
    when: Condition
    limit: int


def parse_quotas(definitions: Sequence[Mapping[str, Any]], questionnaire: Questionnaire) -> tuple[Quota, ...]:
    """Return the quotas of a survey.

    Their conditions are on items, and on the customer as `customer.region` and so on: fields that are stored with each
    response. Raises `QuotaNamesRepeated`, and `ConditionError` with a pointer to the invalid part.
    """
    names = [definition["name"] for definition in definitions]
    if len(set(names)) != len(names):
        raise QuotaNamesRepeated(pointer="/quotas")
    fields = response_fields(questionnaire)
    return tuple(
        Quota(
            definition["name"],
            parse(definition["when"], fields, pointer=f"/quotas/{index}/when"),
            definition["limit"],
        )
        for index, definition in enumerate(definitions)
    )


def check_quotas(definitions: Sequence[Mapping[str, Any]], questionnaire: Questionnaire, *, anonymous: bool) -> None:
    """Check the quotas of a survey. Raises `QuotaNotAnonymous`, and the errors of `parse_quotas`."""
    items = frozenset(condition_fields(questionnaire.items))
    for index, quota in enumerate(parse_quotas(definitions, questionnaire)):
        if anonymous and quota.when.required_fields() & items:
            raise QuotaNotAnonymous(pointer=f"/quotas/{index}/when")


def response_fields(questionnaire: Questionnaire) -> dict[str, FieldType]:
    """Return the fields of conditions on a response: of its items, and of its customer."""
    return {**condition_fields(questionnaire.items), **CONTEXT_CONDITION_FIELDS}


def quota_facts(questionnaire: Questionnaire, answers: Answers, context: Mapping[str, object]) -> dict[str, object]:
    """Return what quotas and policies read of a response: its answers, and the context of its customer."""
    facts: dict[str, object] = {}
    for item in questionnaire.items:
        facts |= item_facts(item, answers.get(item.code))
    return facts | context_facts(context)


def limits_for(quotas: Sequence[Quota], facts: Facts) -> dict[str, int]:
    """Return the limits of the quotas that count the response, by name."""
    return {quota.name: quota.limit for quota in quotas if quota.when.matches(facts)}
