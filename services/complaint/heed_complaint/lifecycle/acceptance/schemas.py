"""Acceptance rules as JSON."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from heed_common.fields import Code, LongText, RequestModel, ResponseModel, ShortText, validation_error
from heed_complaint.lifecycle.acceptance.rules import AcceptanceDecision
from heed_complaint.lifecycle.acceptance.service import RuleMatch
from heed_complaint.lifecycle.acceptance.tables import Acceptance

MAX_RULES = 100


class CustomerTextIn(RequestModel):
    en: LongText
    zh: LongText


class AcceptanceRuleIn(RequestModel):
    """The first rule whose condition holds decides."""

    name: Code
    """Code of the rule; decisions by it name it in the history."""
    when: dict[str, Any]
    """Condition on the complaint and its customer."""
    outcome: AcceptanceDecision
    """What happens to a complaint for which the condition holds."""
    reason: Annotated[ShortText | None, Field(description="Needed to decline and to refer.")] = None
    to: Annotated[ShortText | None, Field(description="Needed to refer, and only then.")] = None
    tell: Annotated[CustomerTextIn | None, Field(description="The message to the customer on the status page.")] = None

    @model_validator(mode="after")
    def _check_fields_of_outcome(self) -> Self:
        if self.outcome is not AcceptanceDecision.ACCEPT and self.reason is None:
            raise validation_error("reason_missing", "needs a reason to decline or to refer")
        if (self.outcome is AcceptanceDecision.REFER) is (self.to is None):
            raise validation_error("to_misplaced", "names whom it refers to, and only where it refers")
        return self


class AcceptanceRulesIn(RequestModel):
    """The whole list in its order; rules that are not in it are deleted."""

    rules: Annotated[list[AcceptanceRuleIn], Field(max_length=MAX_RULES)]
    """In the order in which they are tried when a complaint is opened; none: agents decide."""

    def to_documents(self) -> list[dict[str, Any]]:
        return [rule.model_dump(mode="json") for rule in self.rules]


class CustomerTextOut(ResponseModel):
    en: str
    zh: str


class AcceptanceRuleOut(ResponseModel):
    name: str
    when: dict[str, Any]
    outcome: AcceptanceDecision
    reason: str | None
    """Stored with a decline or referral; null for acceptances."""
    to: str | None
    """Whom complaints are referred to; null unless the outcome is `refer`."""
    tell: CustomerTextOut | None
    """What the customer reads on the status page, in both languages; null: nothing."""


class RuleMatchOut(ResponseModel):
    """The decision of the rules on an undecided complaint."""

    complaint_id: UUID
    rule: str
    """Name of the first rule whose condition holds."""
    outcome: AcceptanceDecision
    """What the rule decides."""

    @classmethod
    def from_domain(cls, match: RuleMatch) -> "RuleMatchOut":
        return cls(complaint_id=match.complaint_id, rule=match.rule.name, outcome=match.rule.decision)


class AcceptanceRulesOut(ResponseModel):
    rules: list[AcceptanceRuleOut]
    looked_at: int | None = None
    """With `dry_run`: how many of the newest undecided complaints were evaluated."""
    decided: list[RuleMatchOut] | None = None
    """With `dry_run`: the complaints that the rules would decide; null otherwise."""

    @classmethod
    def from_domain(cls, acceptance: Acceptance) -> "AcceptanceRulesOut":
        return cls(rules=[AcceptanceRuleOut.model_validate(rule) for rule in acceptance.rules])
