"""How agreements are written and shown."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from heed_common.day_fields import Day
from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText, validation_error
from heed_complaint.sla.terms.agreements.tables import AgreementReview, AgreementVersion
from heed_complaint.sla.terms.calendars.schemas import CalendarName
from heed_complaint.sla.terms.policies.schemas import GrantIn


class AgreementIn(RequestModel):
    """With one customer, or with all customers of whom the condition `segment` holds.

    It is in force for complaints received from `valid_from` on and before `valid_until`, once it is signed.
    """

    customer_id: UUID | None = None
    segment: dict[str, Any] | None = None
    title: ShortText | None = None
    needs: LongText
    """The service needs that were found."""
    quality_plan: LongText
    signed_by: ShortText | None = None
    signed_on: Day | None = None
    valid_from: Moment
    valid_until: Moment | None = None
    policy: GrantIn = Field(default_factory=GrantIn)
    """What is granted; the rest comes from the policies that hold."""
    calendar: CalendarName | None = None
    """The customer's own: it takes the place of those that policies name, but for what is counted round the clock."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.customer_id is None) is (self.segment is None):
            raise validation_error("one_party", "is with either a customer_id or a segment")
        if (self.signed_by is None) is not (self.signed_on is None):
            raise validation_error("half_signed", "is signed by somebody on some day, or not yet")
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise validation_error("term_backwards", "ends after it begins")
        return self

    def as_document(self) -> dict[str, Any]:
        """What is kept: what was said, and nothing that was not."""
        return self.model_dump(mode="json", exclude_none=True)


class AgreementOut(ResponseModel):
    """One version of it."""

    id: UUID
    version: int
    customer_id: UUID | None
    segment: dict[str, Any] | None
    title: str | None
    needs: str
    quality_plan: str
    signed_by: str | None
    signed_on: date | None
    valid_from: Moment
    valid_until: Moment | None
    in_force: bool
    """Whether a complaint that is received now comes under it."""
    policy: GrantIn
    calendar: str | None
    at: Moment
    by: str

    @classmethod
    def of(cls, row: AgreementVersion, *, now: datetime) -> "AgreementOut":
        said = AgreementIn.model_validate(row.document)
        lasts = row.valid_from <= now and (row.valid_until is None or now < row.valid_until)
        return cls(
            **{name: getattr(said, name) for name in AgreementIn.model_fields},
            id=row.id,
            version=row.version,
            in_force=row.signed and lasts,
            at=row.at,
            by=row.by,
        )


class ReviewIn(RequestModel):
    """How the agreement was found to work, and what is to become better."""

    held_on: Day
    findings: LongText
    improvement: LongText | None = None


class ReviewOut(ResponseModel):
    id: UUID
    version: int
    """Of the agreement that was looked at."""
    held_on: date
    findings: str
    improvement: str | None
    at: Moment
    by: str

    @classmethod
    def of(cls, row: AgreementReview) -> "ReviewOut":
        return cls.model_validate(row)
