"""Request and response schemas of calendars."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from heed_common.day_fields import Day
from heed_common.fields import Moment, RequestModel, ResponseModel, Visible, at_most, validation_error
from heed_complaint.sla.clock.opening_hours import DAYS
from heed_complaint.sla.terms.calendars.rules import parse_holidays
from heed_complaint.sla.terms.calendars.tables import CalendarVersion

NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
MAX_INTERVALS, MAX_DAYS = 24, 2000

CalendarName = Annotated[str, StringConstraints(pattern=NAME)]
"""The name of a calendar, as policies use it."""


def _require_unique(days: list[date]) -> list[date]:
    if len(set(days)) < len(days):
        raise validation_error("day_twice", "names a day twice")
    return days


Days = Annotated[list[Day], Field(max_length=MAX_DAYS), AfterValidator(_require_unique)]
Intervals = Annotated[list[tuple[str, str]], Field(max_length=MAX_INTERVALS)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Subdivision = Annotated[str, StringConstraints(min_length=1, max_length=64), Visible]


class Holidays(RequestModel):
    """A country's holidays and make-up days, and the organisation's own days, which take precedence."""

    country: Country | None = None
    subdivision: Subdivision | None = None
    off: Days = Field(default_factory=list)
    """The organisation's own days off, which take precedence over the country's."""
    working: Days = Field(default_factory=list)
    """The organisation's own working days, which take precedence over the country's."""

    @model_validator(mode="after")
    def _part_of_a_country(self) -> Self:
        if self.subdivision is not None and self.country is None:
            raise validation_error("country_missing", "a subdivision is part of a country")
        return self


class CalendarIn(RequestModel):
    """Either `always`, or a time zone with the hours of the week. `24:00` is the end of a day."""

    always: Literal[True] | None = None
    """True: round the clock, every day; without it the hours count."""
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=64), Visible] | None = None
    hours: Annotated[dict[str, Intervals] | None, at_most(len(DAYS))] = Field(None, max_length=len(DAYS))
    """Intervals by weekday, `mon` to `sun`; a day that is missing is off."""
    holidays: Holidays | None = None
    """Days that differ from their weekday; null: none."""

    @model_validator(mode="after")
    def _one_of_two_forms(self) -> Self:
        given = (self.time_zone, self.hours)
        if self.always and (any(part is not None for part in given) or self.holidays):
            raise validation_error("always_alone", "what is always open has no hours")
        if not self.always and None in given:
            raise validation_error("hours_missing", "has either always, or time_zone and hours")
        return self

    def to_document(self) -> dict[str, Any]:
        """Return the document to store: the given fields only, without defaults."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


class PublicDaysOut(ResponseModel):
    """The known years of the country's holidays; days from `provisional_from` on may still move."""

    first_year: int
    """First year whose holidays are known."""
    last_year: int
    """Last year whose holidays are known."""
    provisional_from: date | None
    """From this day on the country may still move days; null: all are announced."""


class CalendarOut(ResponseModel):
    """One version; `by` is its author, null for the built-in one."""

    name: str
    """Name in the path; targets refer to it."""
    version: int
    """Counts up with each change."""
    always: bool
    """Whether it is open round the clock."""
    time_zone: str | None
    hours: dict[str, list[tuple[str, str]]] | None
    """Intervals by weekday; null if it is always open."""
    holidays: Holidays | None
    public_days: PublicDaysOut | None
    """What is known of the country's holidays; null without a country."""
    at: Moment
    """When this version was written."""
    by: str | None
    """Caller who wrote it; null for the built-in one."""

    @classmethod
    def from_row(cls, row: CalendarVersion) -> "CalendarOut":
        document = row.document
        hours = (
            {day: document["hours"][day] for day in DAYS if day in document["hours"]} if "hours" in document else None
        )
        return cls(
            name=row.name,
            version=row.version,
            always="always" in document,
            time_zone=document.get("time_zone"),
            hours=None if hours is None else {day: hours[day] for day in DAYS if day in hours},
            holidays=Holidays.model_validate(document["holidays"]) if "holidays" in document else None,
            public_days=_public_days(row),
            at=row.at,
            by=row.by,
        )


def _public_days(row: CalendarVersion) -> PublicDaysOut | None:
    public = parse_holidays(row.public)
    if public is None:
        return None
    return PublicDaysOut(
        # The first and the last stored year are incomplete: at the turn of the year zones differ by a day.
        first_year=public.years.start + 1,
        last_year=public.years.stop - 2,
        provisional_from=public.provisional_from,
    )
