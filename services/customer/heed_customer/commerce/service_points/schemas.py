"""Requests and responses of service points."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from heed_common.day_fields import Day
from heed_common.fields import (
    Amount,
    Moment,
    RequestModel,
    ResponseModel,
    ShortText,
    Visible,
    at_most,
    validation_error,
)
from heed_common.settings import known_time_zone
from heed_customer.commerce.service_points.rules import DAYS, NewServicePoint, ServicePointKind, invalid_interval

MAX_UNITS, MAX_INTERVALS, MAX_DAYS = 200, 24, 2000

ServicePointCode = Annotated[str, StringConstraints(min_length=1, max_length=200), Visible]
"""As in the `service_point_id` of purchases."""
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), Visible]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ClockTime = Annotated[str, StringConstraints(max_length=5)]
Intervals = Annotated[list[tuple[ClockTime, ClockTime]], Field(max_length=MAX_INTERVALS)]
Days = Annotated[list[Day], Field(max_length=MAX_DAYS)]


class LocalizedName(RequestModel):
    """At least one of the languages."""

    en: ShortText | None = None
    zh: ShortText | None = None

    @model_validator(mode="after")
    def _in_a_language(self) -> Self:
        if self.en is None and self.zh is None:
            raise validation_error("name_missing", "has a name in en or zh")
        return self


class Unit(RequestModel):
    """A department or workshop of the service point."""

    code: ServicePointCode
    """Unique in the service point."""
    name: LocalizedName
    """In at least one language."""


class ServicePointHolidays(RequestModel):
    """The public holidays of a country, and further days off and working days."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    subdivision: Annotated[str, StringConstraints(min_length=1, max_length=64), Visible] | None = None
    off: Days = Field(default_factory=list[date])
    """Its own days off."""
    working: Days = Field(default_factory=list[date])
    """Its own working days, also on public holidays."""


class Calendar(RequestModel):
    """Either `always`, or a time zone with the hours of the week; `24:00` is the end of a day."""

    always: Literal[True] | None = None
    """True: round the clock, every day; without it the hours count."""
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=64), Visible] | None = None
    hours: Annotated[dict[Weekday, Intervals] | None, at_most(len(DAYS))] = Field(None, max_length=len(DAYS))
    """Intervals by weekday, `mon` to `sun`; a day that is missing is off."""
    holidays: ServicePointHolidays | None = None
    """Days that differ from their weekday; null: none."""

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, name: str | None) -> str | None:
        try:
            return None if name is None else known_time_zone(name)
        except ValueError:
            raise validation_error("time_zone_unknown", "is an IANA time zone, such as Asia/Shanghai") from None

    @field_validator("hours")
    @classmethod
    def _separate_intervals(cls, hours: dict[Weekday, Intervals] | None) -> dict[Weekday, Intervals] | None:
        if any(invalid_interval(intervals) is not None for intervals in (hours or {}).values()):
            raise validation_error("hours_invalid", "are intervals of HH:MM within a day that do not overlap")
        return hours

    @model_validator(mode="after")
    def _one_of_two_forms(self) -> Self:
        given = (self.time_zone, self.hours)
        if self.always and (any(part is not None for part in given) or self.holidays):
            raise validation_error("always_alone", "what is always open has no hours")
        if not self.always and None in given:
            raise validation_error("hours_missing", "has either always, or time_zone and hours")
        return self


class ServicePointIn(RequestModel):
    name: LocalizedName
    """In at least one language."""
    kind: ServicePointKind
    """`own` of the organisation, or of a `dealer`."""
    units: Annotated[list[Unit], Field(max_length=MAX_UNITS)] = Field(default_factory=list[Unit])
    """Departments or workshops in it."""
    address: Address | None = None
    """Postal address as one text; null if it is not recorded."""
    calendar: Calendar | None = None
    active: bool = True
    """False for one that is closed; what happened there keeps its code."""

    def to_domain(self) -> NewServicePoint:
        document: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        optional = {name: document.get(name) for name in ("address", "calendar")}
        return NewServicePoint(
            name=document["name"],
            kind=document["kind"],
            units=document["units"],
            active=document["active"],
            **optional,
        )


class UnitOut(ResponseModel):
    code: str
    """Unique in the service point."""
    name: dict[str, str]
    """By language."""


class ServicePointOut(ResponseModel):
    code: str
    """Code in the path; purchases and complaints refer to it."""
    name: dict[str, str]
    kind: ServicePointKind
    units: list[UnitOut]
    address: str | None
    calendar: dict[str, Any] | None
    active: bool
    revision: int
    """Counts up with each change; its ETag contains it."""
    created_at: Moment
    changed_at: Moment


class PurchaseCountOut(ResponseModel):
    month: str
    """`YYYY-MM`, in the time zone of the organisation."""
    kind: str
    """`goods` or `service`."""
    currency: str
    customers: int
    """Different customers who bought."""
    purchases: int
    """Purchases, also those that were returned later."""
    gross: Amount
    returned_purchases: int
    """Those of them of which something was returned."""
    returned_gross: Amount
    """Price of what was returned of them, in `currency`."""


class ServicePointTouchpointsOut(ResponseModel):
    """Purchases by month, kind and currency, the latest month first: visits of a workshop are purchases of services."""

    code: str
    """Code of the service point."""
    name: dict[str, str] | None
    """Null for a code that purchases use but that has no description."""
    items: list[PurchaseCountOut]
