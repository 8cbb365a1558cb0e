"""Requests and responses of classification."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from heed_common.fields import Code, LongText, Moment, RequestModel, ResponseModel, at_most, format_decimal
from heed_customer.accounts.classification.rules import Aspect
from heed_customer.accounts.classification.service import AspectRules, Classification, Classified, DryRun

MAX_RULES = 100


class ClassificationRuleIn(RequestModel):
    """The first rule whose condition is true gives the value."""

    name: Code
    value: Code
    when: dict[str, Any]


class ClassificationRulesIn(RequestModel):
    """The whole list in its order; rules that are not in it are deleted."""

    rules: Annotated[list[ClassificationRuleIn], Field(max_length=MAX_RULES), at_most(MAX_RULES)]

    def to_documents(self) -> list[dict[str, Any]]:
        return [rule.model_dump(mode="json") for rule in self.rules]


class OverrideIn(RequestModel):
    value: Code
    reason: LongText


class ClassificationRuleOut(ResponseModel):
    name: str
    value: str
    when: dict[str, Any]


class DerivedChangeOut(ResponseModel):
    customer_id: UUID
    before: str | None
    after: str | None
    rule: str | None


class ClassificationRulesOut(ResponseModel):
    rules: list[ClassificationRuleOut]
    examined: int | None = None
    """With `dry_run`: for how many of the newest customers the rules were evaluated."""
    values: dict[str, int] | None = None
    changes: list[DerivedChangeOut] | None = None

    @classmethod
    def from_domain(cls, rules: AspectRules) -> "ClassificationRulesOut":
        return cls(rules=[ClassificationRuleOut.model_validate(rule) for rule in rules.documents])

    @classmethod
    def from_dry_run(cls, documents: list[dict[str, Any]], result: DryRun) -> "ClassificationRulesOut":
        return cls(
            rules=[ClassificationRuleOut.model_validate(document) for document in documents],
            examined=result.examined,
            values=dict(result.values),
            changes=[DerivedChangeOut.model_validate(change) for change in result.changes],
        )


class OverrideOut(ResponseModel):
    id: UUID
    customer_id: UUID
    aspect: Aspect
    value: str | None
    """None where the decision ended an override."""
    reason: str | None
    decided_at: Moment
    decided_by: str


class AspectOut(ResponseModel):
    """What applies, and what the rules derive with the facts that their rule read."""

    value: str | None
    derived: str | None
    rule: str | None
    evidence: dict[str, Any]
    override: OverrideOut | None

    @classmethod
    def from_domain(cls, classified: Classified) -> "AspectOut":
        derived, override = classified.derived, classified.override
        return cls(
            value=classified.value,
            derived=derived.value,
            rule=derived.rule,
            evidence=_to_json(derived.evidence),
            override=None if override is None else OverrideOut.model_validate(override),
        )


class ClassificationOut(ResponseModel):
    customer_id: UUID
    buyer_type: AspectOut
    key_account: AspectOut
    relationship_level: AspectOut
    facts: dict[str, Any]

    @classmethod
    def from_domain(cls, classification: Classification) -> "ClassificationOut":
        aspects = {name: AspectOut.from_domain(value) for name, value in classification.aspects.items()}
        return cls(
            customer_id=classification.customer_id,
            buyer_type=aspects[Aspect.BUYER_TYPE],
            key_account=aspects[Aspect.KEY_ACCOUNT],
            relationship_level=aspects[Aspect.RELATIONSHIP_LEVEL],
            facts=_to_json(classification.facts),
        )


def _to_json(facts: Mapping[str, object]) -> dict[str, Any]:
    return {name: format_decimal(value) if isinstance(value, Decimal) else value for name, value in facts.items()}
