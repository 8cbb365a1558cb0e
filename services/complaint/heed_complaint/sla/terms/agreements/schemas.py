"""Request and response schemas of agreements."""

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
    """An agreement with one customer, or with all customers that match the condition `segment`.

    It is in force for complaints received from `valid_from` on and before `valid_until`, once it is signed.
    """

    customer_id: UUID | None = None
    segment: dict[str, Any] | None = None
    """Condition on customers; null if it is with one customer."""
    title: ShortText | None = None
    """For people; null if it has none."""
    needs: LongText
    """The service needs of the customer."""
    quality_plan: LongText
    """How the needs are met, in free text."""
    signed_by: ShortText | None = None
    """Who signed for the customer; null: it is a draft, which has no effect."""
    signed_on: Day | None = None
    """Day of the signature; null together with `signed_by`."""
    valid_from: Moment
    valid_until: Moment | None = None
    policy: GrantIn = Field(default_factory=GrantIn)
    """The settings; missing ones come from the policies that apply."""
    calendar: CalendarName | None = None
    """The customer's calendar, which replaces those of policies except for targets counted round the clock."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.customer_id is None) is (self.segment is None):
            raise validation_error("one_party", "is with either a customer_id or a segment")
        if (self.signed_by is None) is not (self.signed_on is None):
            raise validation_error("half_signed", "has both signed_by and signed_on, or neither")
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise validation_error("term_backwards", "ends after it begins")
        return self

    def to_document(self) -> dict[str, Any]:
        """Return the document to store: the given fields only."""
        return self.model_dump(mode="json", exclude_none=True)


class AgreementOut(ResponseModel):
    """One version of an agreement."""

    id: UUID
    version: int
    """Counts up with each change."""
    customer_id: UUID | None
    segment: dict[str, Any] | None
    title: str | None
    needs: str
    """The service needs of the customer, in free text."""
    quality_plan: str
    signed_by: str | None
    signed_on: date | None
    valid_from: Moment
    valid_until: Moment | None
    in_force: bool
    """Whether it applies to a complaint that is received now."""
    policy: GrantIn
    """The settings; missing ones come from the policies that apply."""
    calendar: str | None
    """The customer's calendar, which replaces those of policies; null: theirs count."""
    at: Moment
    """When this version was written."""
    by: str
    """Caller who wrote it."""

    @classmethod
    def from_row(cls, row: AgreementVersion, *, now: datetime) -> "AgreementOut":
        document = AgreementIn.model_validate(row.document)
        is_valid = row.valid_from <= now and (row.valid_until is None or now < row.valid_until)
        return cls(
            **{name: getattr(document, name) for name in AgreementIn.model_fields},
            id=row.id,
            version=row.version,
            in_force=row.signed and is_valid,
            at=row.at,
            by=row.by,
        )


class ReviewIn(RequestModel):
    """Findings about how the agreement works, and the improvement to make."""

    held_on: Day
    """Day of the review."""
    findings: LongText
    """How the agreement works, in free text."""
    improvement: LongText | None = None
    """What is to be improved; null if nothing."""


class ReviewOut(ResponseModel):
    id: UUID
    version: int
    """The version of the agreement that was reviewed."""
    held_on: date
    findings: str
    improvement: str | None
    at: Moment
    """When it was recorded."""
    by: str
    """Caller who recorded it."""

    @classmethod
    def from_row(cls, row: AgreementReview) -> "ReviewOut":
        return cls.model_validate(row)
