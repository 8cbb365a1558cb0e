"""Request and response schemas of the staff."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from heed_common.fields import (
    Code,
    Moment,
    RequestModel,
    ResponseModel,
    ShortText,
    at_most,
    format_moment,
    validation_error,
)
from heed_complaint.workforce.four_eyes import FourEyes
from heed_complaint.workforce.staff.availability import parse_availability
from heed_complaint.workforce.staff.tables import Agent, Desk, Queue

LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"

Names = Annotated[list[ShortText], Field(max_length=100)]
Codes = Annotated[list[Code], Field(max_length=200)]
Languages = Annotated[list[Annotated[str, Field(pattern=LANGUAGE)]], Field(max_length=50)]
Load = Annotated[StrictInt, Field(ge=0, le=10_000)]
QueuePosition = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
TimeOfDay = Annotated[str, Field(max_length=5)]
Day = Annotated[list[tuple[TimeOfDay, TimeOfDay]], Field(max_length=24)]


class Shifts(RequestModel):
    """Working hours, as in a calendar."""

    time_zone: ShortText
    hours: Annotated[dict[str, Day], Field(max_length=7), at_most(7)]


class Absence(RequestModel):
    """A period of absence."""

    since: Moment
    until: Moment

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.since >= self.until:
            raise validation_error("absence_order", "must end after it begins")
        return self


class AgentIn(RequestModel):
    """An agent; missing fields have their defaults."""

    name: ShortText | None = None
    team: ShortText | None = None
    queues: Names = Field(default_factory=list)
    skills: Codes = Field(default_factory=list)
    languages: Languages = Field(default_factory=list)
    service_points: Names = Field(default_factory=list)
    max_load: Load = 20
    present: StrictBool = True
    shifts: Shifts | None = None
    absences: Annotated[list[Absence], Field(max_length=100)] = Field(default_factory=list)
    handles_confidential: StrictBool = False

    def to_columns(self) -> dict[str, Any]:
        return self.model_dump(exclude={"present", "shifts", "absences"}) | {
            "is_present": self.present,
            "shifts": self.shifts and self.shifts.model_dump(mode="json"),
            "absences": [
                {"since": format_moment(absence.since), "until": format_moment(absence.until)}
                for absence in self.absences
            ],
        }


class PresenceIn(RequestModel):
    present: StrictBool


class AgentOut(ResponseModel):
    id: str
    name: str | None
    team: str | None
    queues: list[str]
    skills: list[str]
    languages: list[str]
    service_points: list[str]
    max_load: int
    present: bool
    on_duty: bool
    """Present, within a shift and not absent, at this moment."""
    shifts: Shifts | None
    absences: list[Absence]
    handles_confidential: bool

    @classmethod
    def from_row(cls, agent: Agent, *, now: datetime) -> "AgentOut":
        present = agent.is_present
        availability = parse_availability(present=present, shifts=agent.shifts, absences=agent.absences)
        fields = {name: getattr(agent, name) for name in cls.model_fields.keys() - {"present", "on_duty"}}
        return cls.model_validate(fields | {"present": present, "on_duty": availability.on_duty(now)})


class QueueIn(RequestModel):
    """A queue of the complaints of its categories and service points; naming none means any."""

    label: ShortText | None = None
    place: QueuePosition = 100
    categories: Codes = Field(default_factory=list)
    service_points: Names = Field(default_factory=list)

    def to_columns(self) -> dict[str, Any]:
        return self.model_dump(exclude={"place"}) | {"position": self.place}


class QueueOut(ResponseModel):
    name: str
    label: str | None
    place: int
    categories: list[str]
    service_points: list[str]

    @classmethod
    def from_row(cls, queue: Queue) -> "QueueOut":
        fields = {name: getattr(queue, name) for name in cls.model_fields.keys() - {"place"}}
        return cls.model_validate(fields | {"place": queue.position})


class DeskIn(RequestModel):
    """The settings of the desk."""

    assigns_on_acceptance: StrictBool
    four_eyes: FourEyes

    def to_columns(self) -> dict[str, Any]:
        return {"auto_assign": self.assigns_on_acceptance, "four_eyes": self.four_eyes}


class DeskOut(ResponseModel):
    assigns_on_acceptance: bool
    four_eyes: FourEyes

    @classmethod
    def from_row(cls, desk: Desk) -> "DeskOut":
        return cls(assigns_on_acceptance=desk.auto_assign, four_eyes=FourEyes(desk.four_eyes))
