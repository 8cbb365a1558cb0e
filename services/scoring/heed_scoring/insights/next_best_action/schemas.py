"""The next best action as callers read it."""

from datetime import date
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from heed_common.fields import ResponseModel
from heed_common.languages import Language
from heed_scoring.insights.next_best_action import texts
from heed_scoring.insights.next_best_action.rules import Bond, Choice, LoyaltyClass, Situation


class BondOut(ResponseModel):
    level: Bond
    label: str


class SeenOut(ResponseModel):
    """What the rules looked at."""

    class_: LoyaltyClass = Field(alias="class", serialization_alias="class")
    class_label: str
    churn_band: Literal["low", "elevated", "high", "critical"]
    defection_reason: str
    tier: Literal["A", "B", "C", "D"]
    lifecycle_stage: str
    satisfaction: float | None
    has_bought: bool
    has_open_complaint: bool
    stopped_category: str | None


class ActionOut(ResponseModel):
    """What to do next; `may_sell` is false while the customer has a grievance."""

    customer_id: UUID
    scored_day: date
    action: str
    label: str
    bond: BondOut | None
    may_sell: bool
    rule: str
    reason: str
    seen: SeenOut

    @classmethod
    def of(cls, customer_id: UUID, *, scored_on: date, seen: Situation, choice: Choice, language: Language) -> Self:
        bond = choice.bond
        return cls(
            customer_id=customer_id,
            scored_day=scored_on,
            action=choice.action,
            label=texts.ACTIONS[choice.action][language],
            bond=BondOut(level=bond, label=texts.BONDS[bond][language]) if bond else None,
            may_sell=choice.may_sell,
            rule=choice.rule,
            reason=texts.RULES[choice.rule][language],
            seen=_seen(seen, language=language),
        )


def _seen(seen: Situation, *, language: Language) -> SeenOut:
    return SeenOut.model_validate(
        {
            "class": seen.loyalty_class,
            "class_label": texts.CLASSES[seen.loyalty_class][language],
            "churn_band": seen.band,
            "defection_reason": seen.reason,
            "tier": seen.tier,
            "lifecycle_stage": seen.stage,
            "satisfaction": seen.satisfaction,
            "has_bought": seen.has_bought,
            "has_open_complaint": seen.has_open_complaint,
            "stopped_category": seen.stopped_category,
        }
    )
