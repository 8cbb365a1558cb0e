"""How the rules of acceptance are written."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from heed_common.fields import (
    Code,
    LongText,
    RequestModel,
    ResponseModel,
    ShortText,
    validation_error,
)
from heed_complaint.lifecycle.acceptance.rules import Outcome
from heed_complaint.lifecycle.acceptance.service import Verdict
from heed_complaint.lifecycle.acceptance.tables import Acceptance

MOST_RULES = 100


class TellIn(RequestModel):
    en: LongText
    zh: LongText


class RuleIn(RequestModel):
    """The first rule whose condition holds decides."""

    name: Code
    when: dict[str, Any]
    outcome: Outcome
    reason: Annotated[ShortText | None, Field(description="Needed to decline and to refer.")] = None
    to: Annotated[ShortText | None, Field(description="Needed to refer, and only then.")] = None
    tell: Annotated[TellIn | None, Field(description="What the customer reads on the private page.")] = None

    @model_validator(mode="after")
    def _says_what_its_outcome_needs(self) -> Self:
        if self.outcome is not Outcome.ACCEPT and self.reason is None:
            raise validation_error("reason_missing", "needs a reason to decline or to refer")
        if (self.outcome is Outcome.REFER) is (self.to is None):
            raise validation_error("to_misplaced", "names whom it refers to, and only where it refers")
        return self


class RulesIn(RequestModel):
    """All rules in their order; what is not among them does not hold any more."""

    rules: Annotated[list[RuleIn], Field(max_length=MOST_RULES)]

    def written(self) -> list[dict[str, Any]]:
        return [rule.model_dump(mode="json") for rule in self.rules]


class TellOut(ResponseModel):
    en: str
    zh: str


class RuleOut(ResponseModel):
    name: str
    when: dict[str, Any]
    outcome: Outcome
    reason: str | None
    to: str | None
    tell: TellOut | None


class VerdictOut(ResponseModel):
    """Of a complaint that waits, what the rules would do to it."""

    complaint_id: UUID
    rule: str
    outcome: Outcome

    @classmethod
    def of(cls, verdict: Verdict) -> "VerdictOut":
        return cls(complaint_id=verdict.complaint_id, rule=verdict.rule.name, outcome=verdict.rule.outcome)


class RulesOut(ResponseModel):
    rules: list[RuleOut]
    looked_at: int | None = None
    """With `dry_run`: how many of the newest complaints that wait were tried."""
    decided: list[VerdictOut] | None = None

    @classmethod
    def of(cls, acceptance: Acceptance) -> "RulesOut":
        return cls(rules=[RuleOut.model_validate(rule) for rule in acceptance.rules])
