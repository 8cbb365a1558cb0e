"""Requests and responses of contacts."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from heed_common.contracts.customer import ContactKind, ContactState
from heed_common.fields import (
    Code,
    Moment,
    RequestModel,
    ResponseModel,
    ShortText,
    Visible,
    at_most,
    validation_error,
)
from heed_customer.reach.contacts.content import ReadableContact
from heed_customer.reach.contacts.rules import ContactContent, NewContact

UNSET: Any = None
"""Default of a field that a patch may omit but not clear."""
MAX_INTERVALS = 10
TIME_OF_DAY = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"


def _check_intervals(intervals: list[list[str]]) -> list[list[str]]:
    """Return the intervals of a day. Times of day compare as texts do."""
    ends = [time for interval in intervals for time in interval]
    if any(begin >= end for begin, end in intervals) or ends != sorted(ends):
        raise validation_error("hours_order", "must be intervals within the day, in order and without overlaps")
    return intervals


TimeOfDay = Annotated[str, StringConstraints(pattern=TIME_OF_DAY)]
Interval = Annotated[list[TimeOfDay], Field(min_length=2, max_length=2)]
Intervals = Annotated[
    list[Interval], Field(max_length=MAX_INTERVALS), at_most(MAX_INTERVALS), AfterValidator(_check_intervals)
]
ContactValue = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Visible,
    Field(description="As it was written; what cannot be read is stored, too.", examples=["138 0013 8000"]),
]
Verified = Annotated[bool, Field(description="The caller has checked that the contact is the customer's.")]
Preferred = Annotated[bool, Field(description="How this customer wants to be reached; of each customer, one contact.")]


class HoursIn(RequestModel):
    """When the customer prefers to be reached, in the customer's time zone."""

    mon: Intervals | None = Field(None, examples=[[["09:00", "12:00"], ["13:30", "18:00"]]])
    """Intervals of Monday, as `HH:MM`; null: not on this day."""
    tue: Intervals | None = None
    """Intervals of Tuesday; null: not on this day."""
    wed: Intervals | None = None
    """Intervals of Wednesday; null: not on this day."""
    thu: Intervals | None = None
    """Intervals of Thursday; null: not on this day."""
    fri: Intervals | None = None
    """Intervals of Friday; null: not on this day."""
    sat: Intervals | None = None
    """Intervals of Saturday; null: not on this day."""
    sun: Intervals | None = None
    """Intervals of Sunday; null: not on this day."""

    @model_validator(mode="after")
    def _has_days(self) -> "HoursIn":
        if not self.to_domain():
            raise validation_error("hours_empty", "must have the hours of at least one day")
        return self

    def to_domain(self) -> dict[str, list[list[str]]]:
        """Return the days that have hours."""
        return {day: intervals for day, intervals in self.model_dump().items() if intervals}


class PersonIn(RequestModel):
    """The contact person of an organization."""

    name: ShortText
    """Full name; personal data, stored encrypted."""
    role: Code | None = Field(None, examples=["purchasing"])
    """Code of the role in the organization, such as `purchasing`; null if it is not known."""


class ContactIn(RequestModel):
    kind: ContactKind
    """What the value is; it decides how it is read and by which channels it is used."""
    value: ContactValue
    label: ShortText | None = None
    """For people, such as "office"; null if none."""
    preferred: Preferred = False
    verified: Verified = False
    hours: HoursIn | None = None
    """When the customer prefers to be reached; null: no preference."""
    person: PersonIn | None = None
    """Whose contact it is, of an organization; null if it is not that of one person."""

    def to_domain(self) -> NewContact:
        return NewContact(
            kind=self.kind,
            value=self.value,
            label=self.label,
            preferred=self.preferred,
            verified=self.verified,
            hours=None if self.hours is None else self.hours.to_domain(),
            person=None if self.person is None else self.person.name,
            person_role=None if self.person is None else self.person.role,
        )


class ContactPatch(RequestModel):
    value: ContactValue = Field(UNSET, validate_default=False)
    label: ShortText | None = None
    preferred: Preferred = Field(UNSET, validate_default=False)
    verified: Verified = Field(UNSET, validate_default=False)
    hours: HoursIn | None = None
    person: PersonIn | None = None

    def changes(self) -> dict[str, Any]:
        given = self.model_dump(exclude_unset=True, exclude={"person", "hours"})
        if "hours" in self.model_fields_set:
            given["hours"] = None if self.hours is None else self.hours.to_domain()
        if "person" in self.model_fields_set:
            given["person"] = self.person and self.person.name
            given["person_role"] = self.person and self.person.role
        return given


class PersonOut(ResponseModel):
    name: str
    role: str | None


class ContactOut(ResponseModel):
    id: UUID
    customer_id: UUID
    kind: ContactKind
    value: str | None = Field(description="E.164, a lower-case mail, or the text; null if it could not be read.")
    raw: str = Field(description="As it was written.")
    masked: bool = Field(description="Whether value and raw are hidden, because the token lacks contacts:read.")
    label: str | None
    preferred: bool
    """Whether it is used before the others; at most one of a customer is."""
    state: ContactState
    """`verified` by a code or by a caller, `bounced` once a message came back, else `unverified`."""
    hours: dict[str, list[list[str]]] | None
    """Intervals by weekday, in the customer's time zone; null: no preference."""
    person: PersonOut | None
    revision: int = Field(description="What its ETag contains.")
    created_at: Moment
    changed_at: Moment
    verified_at: Moment | None
    bounced_at: Moment | None
    """When a message came back last; null if none did."""

    @classmethod
    def from_domain(cls, contact: ReadableContact, *, masked: bool) -> "ContactOut":
        row = contact.row
        content = contact.content.masked(row.kind) if masked else contact.content
        return cls(
            id=row.id,
            customer_id=row.customer_id,
            kind=ContactKind(row.kind),
            value=content.value,
            raw=content.raw,
            masked=masked,
            label=content.label,
            preferred=row.preferred,
            state=ContactState(row.state),
            hours=row.hours,
            person=_person(content, row.person_role),
            revision=row.revision,
            created_at=row.created_at,
            changed_at=row.changed_at,
            verified_at=row.verified_at,
            bounced_at=row.bounced_at,
        )


def _person(content: ContactContent, role: str | None) -> PersonOut | None:
    return None if content.person is None else PersonOut(name=content.person, role=role)
