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
    """What would bind the customer: money, contact, or a structure such as shared systems."""
    label: str
    """The bond in the language that `Accept-Language` prefers."""


class SeenOut(ResponseModel):
    """What the rules looked at."""

    class_: LoyaltyClass = Field(alias="class", serialization_alias="class")
    """Loyalty class; `unknown` while nothing is known."""
    class_label: str
    """The class in the language that `Accept-Language` prefers."""
    churn_band: Literal["low", "elevated", "high", "critical"]
    """Band of the churn risk."""
    defection_reason: str
    """Code of the likeliest reason to leave."""
    tier: Literal["A", "B", "C", "D"]
    lifecycle_stage: str
    """Code of the stage of the relationship."""
    satisfaction: float | None
    """By the customer's answers, from 0 to 1; null without any."""
    has_bought: bool
    """Whether there is any purchase."""
    has_open_complaint: bool
    """Whether a complaint is open that the caller may see."""
    stopped_category: str | None
    """Category in which the customer stopped buying; null if in none."""


class ActionOut(ResponseModel):
    """What to do next; `may_sell` is false while the customer has a grievance."""

    customer_id: UUID
    scored_day: date
    """Day of the score that was looked at."""
    action: str
    """Code of the recommendation."""
    label: str
    """The recommendation in words, in the language that `Accept-Language` prefers."""
    bond: BondOut | None
    """Bond that the action builds; null if it builds none."""
    may_sell: bool
    """False while the customer has a grievance: then nothing is offered."""
    rule: str
    """Code of the first rule that matched."""
    reason: str
    """The rule in words, in the language that `Accept-Language` prefers."""
    seen: SeenOut
    """What the rules looked at."""

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
