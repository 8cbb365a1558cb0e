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
    """Code of the rule; what it derives names it."""
    value: Code
    """What the aspect is for customers for whom the condition holds."""
    when: dict[str, Any]
    """Condition on the customer, its purchases and its scores."""


class ClassificationRulesIn(RequestModel):
    """The whole list in its order; rules that are not in it are deleted."""

    rules: Annotated[list[ClassificationRuleIn], Field(max_length=MAX_RULES), at_most(MAX_RULES)]
    """In the order in which they are tried; none: the aspect is not derived."""

    def to_documents(self) -> list[dict[str, Any]]:
        return [rule.model_dump(mode="json") for rule in self.rules]


class OverrideIn(RequestModel):
    value: Code
    """What applies whatever the rules derive."""
    reason: LongText
    """Why the rules are overridden; stored with the decision."""


class ClassificationRuleOut(ResponseModel):
    name: str
    value: str
    when: dict[str, Any]


class DerivedChangeOut(ResponseModel):
    customer_id: UUID
    before: str | None
    """What the rules in force derive; null: nothing."""
    after: str | None
    """What the new rules would derive; null: nothing."""
    rule: str | None
    """Name of the new rule that matched; null if none did."""


class ClassificationRulesOut(ResponseModel):
    rules: list[ClassificationRuleOut]
    examined: int | None = None
    """With `dry_run`: for how many of the newest customers the rules were evaluated."""
    values: dict[str, int] | None = None
    """With `dry_run`: number of examined customers by derived value; null otherwise."""
    changes: list[DerivedChangeOut] | None = None
    """With `dry_run`: examined customers whose value would change; null otherwise."""

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
    """Which aspect was overridden."""
    value: str | None
    """None where the decision ended an override."""
    reason: str | None
    """Why; null where the decision ended an override."""
    decided_at: Moment
    decided_by: str


class AspectOut(ResponseModel):
    """What applies, and what the rules derive with the facts that their rule read."""

    value: str | None
    """What applies: the override if there is one, or else `derived`; null if neither."""
    derived: str | None
    """What the rules derive; null if none matches."""
    rule: str | None
    """Name of the rule that matched; null if none did."""
    evidence: dict[str, Any]
    """Facts that the rule read, by name."""
    override: OverrideOut | None
    """The decision of a person that takes precedence; null without one."""

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
    """Whether its loss would cost more than its own purchases."""
    relationship_level: AspectOut
    """How much contact follows a sale, from `basic` to `partnership`."""
    facts: dict[str, Any]
    """All facts that rules can read, with their values now."""

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
