"""Request body of a split."""

from typing import Any
from uuid import UUID

from pydantic import field_validator

from heed_common.contracts.complaint import CaseKind, Severity
from heed_common.fields import Code, LongText, Money, RequestModel, ShortText, validation_error


class SplitIn(RequestModel):
    """The part. Absent fields have the values of the whole; null means that the part has none."""

    category: ShortText
    description: LongText
    """The part of the matter that the new complaint is about."""
    kind: CaseKind | None = None
    """Kind of case of the part; by default that of the whole."""
    severity: Severity | None = None
    service_point_id: ShortText | None = None
    product: ShortText | None = None
    purchase_id: UUID | None = None
    amount_at_stake: Money | None = None
    quality_side: Code | None = None
    responsible_unit: ShortText | None = None
    note: LongText | None = None
    """Why; shown to agents only."""

    @field_validator("kind", "severity")
    @classmethod
    def _check_not_null(cls, value: object) -> object:
        if value is None:
            raise validation_error("never_empty", "cannot be empty")
        return value

    def changes(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set - {"note"}}
