"""Fields of the customer frame, and who counts as lost. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Self

from heed_common.business_days import UTC_DAYS, BusinessDays
from heed_common.condition_values import BOOLEAN, FREE_TEXT, NUMBER, TEXT, FieldType, choice, ordered_choice
from heed_common.contracts.customer import BuyerType, CustomerKind, CustomerRole
from heed_survey.settings import Settings

PREFIX = "customer."
CONTEXT_FIELDS: Mapping[str, FieldType] = MappingProxyType(
    {
        "kind": choice(*CustomerKind),
        "role": choice(*CustomerRole),
        "buyer_type": choice(*BuyerType),
        "region": FREE_TEXT,
        "language": TEXT,
        "tier": ordered_choice("D", "C", "B", "A"),
        "churn_band": ordered_choice("low", "elevated", "high", "critical"),
        "loyalty_class": choice("none", "spurious", "latent", "true"),
        "lifecycle_stage": choice("exploration", "formation", "stability", "decline"),
        "service_point_id": TEXT,
    }
)
"""Texts that are stored with each response of the customer, as they were then."""
FRAME_FIELDS: Mapping[str, FieldType] = MappingProxyType(
    {
        **CONTEXT_FIELDS,
        "churn_risk": NUMBER,
        "purchases": NUMBER,
        "days": NUMBER,
        "days_since_purchase": NUMBER,
        "lost": BOOLEAN,
        "selling_suspended": BOOLEAN,
    }
)
NUMERIC_FIELDS = ("churn_risk", "purchases", "days", "days_since_purchase")
CONDITION_FIELDS: Mapping[str, FieldType] = MappingProxyType(
    {f"{PREFIX}{name}": kind for name, kind in FRAME_FIELDS.items()}
)
"""Fields of conditions on the frame of a sample."""
CONTEXT_CONDITION_FIELDS: Mapping[str, FieldType] = MappingProxyType(
    {f"{PREFIX}{name}": kind for name, kind in CONTEXT_FIELDS.items()}
)
"""Fields of conditions on one response, whose context does not change any more."""
DEFAULT_LOST_AFTER = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class FramePolicy:
    """What the derived fields depend on."""

    days: BusinessDays = UTC_DAYS
    lost_after: timedelta = DEFAULT_LOST_AFTER
    """A customer who has bought before, but not for this time, is lost; and so is one whose risk is critical."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(BusinessDays.of(settings.time_zone), timedelta(days=settings.lost_after_days))


DEFAULT_POLICY = FramePolicy()


@dataclass(frozen=True, slots=True)
class Cell:
    """Customers of the frame with the same values of the fields that were read."""

    values: tuple[object, ...]
    ids: bytes
    """Their ids, 16 bytes each."""


def query_params(policy: FramePolicy, *, now: datetime) -> dict[str, Any]:
    """Return the parameters of the derived fields: days are those of the organisation's time zone."""
    return {
        "today": policy.days.day_of(now),
        "time_zone": policy.days.time_zone,
        "lost_after_days": policy.lost_after.days,
    }


def context_facts(context: Mapping[str, object]) -> dict[str, object]:
    """Return the stored context of a response as facts of conditions."""
    return {f"{PREFIX}{name}": value for name, value in context.items() if name in CONTEXT_FIELDS}
