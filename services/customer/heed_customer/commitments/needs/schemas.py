"""Requests and responses of needs."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, WithJsonSchema

from heed_common.day_fields import ReportDay
from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText
from heed_customer.commitments.needs.rules import NeedKind, NewNeed

UNSET: Any = None
"""Default of a field that a patch may omit but not clear."""

Confidence = Annotated[
    Decimal,
    Field(ge=0, le=1, decimal_places=2, allow_inf_nan=False),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.01, "examples": [0.8]}),
]


class NeedIn(RequestModel):
    description: LongText
    """What the customer needs, in free text."""
    kind: NeedKind
    """`explicit` if the customer named it, `tacit` if it is inferred."""
    source: Annotated[ShortText, Field(description="Where it is known from, such as a visit or a survey.")]
    confidence: Annotated[Confidence, Field(description="How certain it is, from 0 to 1.")]
    since: Annotated[ReportDay | None, Field(description="By default today.")] = None
    confirmed: Annotated[bool, Field(description="Whether the customer has confirmed it.")] = False

    def to_domain(self) -> NewNeed:
        return NewNeed(
            description=self.description,
            kind=self.kind,
            source=self.source,
            confidence=self.confidence,
            since=self.since,
            confirmed=self.confirmed,
        )


class NeedPatch(RequestModel):
    description: LongText = Field(UNSET, validate_default=False)
    kind: NeedKind = Field(UNSET, validate_default=False)
    source: ShortText = Field(UNSET, validate_default=False)
    confidence: Confidence = Field(UNSET, validate_default=False)
    since: ReportDay = Field(UNSET, validate_default=False)
    confirmed: bool = Field(UNSET, validate_default=False)

    def changes(self) -> dict[str, object]:
        return self.model_dump(exclude_unset=True)


class NeedOut(ResponseModel):
    id: UUID
    customer_id: UUID
    description: str
    kind: NeedKind
    source: str
    """Where it is known from, such as a visit or a survey."""
    confidence: float
    """How certain it is, from 0 to 1."""
    since: date
    """Day since when it is known."""
    confirmed: bool
    """Whether the customer has confirmed it."""
    recorded_at: Moment
    recorded_by: str
    changed_at: Moment
