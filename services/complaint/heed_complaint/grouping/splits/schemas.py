"""What may be said of a part."""

from typing import Any
from uuid import UUID

from pydantic import field_validator

from heed_common.contracts.complaint import CaseKind, Severity
from heed_common.fields import Code, LongText, Money, RequestModel, ShortText, validation_error


class SplitIn(RequestModel):
    """The part. What is not named is as with the whole; an empty value says that the part has none."""

    category: ShortText
    description: LongText
    kind: CaseKind | None = None
    severity: Severity | None = None
    service_point_id: ShortText | None = None
    product: ShortText | None = None
    purchase_id: UUID | None = None
    amount_at_stake: Money | None = None
    quality_side: Code | None = None
    responsible_unit: ShortText | None = None
    note: LongText | None = None
    """Why; for the desk only."""

    @field_validator("kind", "severity")
    @classmethod
    def _is_never_empty(cls, value: object) -> object:
        if value is None:
            raise validation_error("never_empty", "cannot be empty")
        return value

    def part(self) -> dict[str, Any]:
        """What was named, by name."""
        return {name: getattr(self, name) for name in self.model_fields_set - {"note"}}
