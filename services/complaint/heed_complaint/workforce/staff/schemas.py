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
    """Intervals by weekday, `mon` to `sun`; a day that is missing is free."""


class Absence(RequestModel):
    """A period of absence."""

    since: Moment
    """First moment of the absence."""
    until: Moment
    """End of the absence, exclusive."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.since >= self.until:
            raise validation_error("absence_order", "must end after it begins")
        return self


class AgentIn(RequestModel):
    """An agent; missing fields have their defaults."""

    name: ShortText | None = None
    """For people; null if it is not recorded."""
    team: ShortText | None = None
    """Team of the agent; null if none."""
    queues: Names = Field(default_factory=list)
    """Queues whose complaints the agent takes; empty: all."""
    skills: Codes = Field(default_factory=list)
    """Categories that the agent is skilled in, of either level; empty: a generalist for all."""
    languages: Languages = Field(default_factory=list)
    """Languages that the agent speaks; complaints go to who speaks the customer's, if anyone does."""
    service_points: Names = Field(default_factory=list)
    """Service points whose complaints the agent takes; empty: all."""
    max_load: Load = 20
    """Open complaints at which the rule assigns no more."""
    present: StrictBool = True
    """Whether the agent is at work; `…/presence` changes it alone."""
    shifts: Shifts | None = None
    """Working hours; null: any time."""
    absences: Annotated[list[Absence], Field(max_length=100)] = Field(default_factory=list)
    """Periods in which nothing is assigned."""
    handles_confidential: StrictBool = False
    """Whether confidential complaints may be assigned."""

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
    """Whether the agent is at work from now on."""


class AgentOut(ResponseModel):
    id: str
    """Id in the path, as in `owner` of complaints."""
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
    """Name for people; null: the name in the path is shown."""
    place: QueuePosition = 100
    """Queues are tried from the lowest on; the first that takes the complaint gets it."""
    categories: Codes = Field(default_factory=list)
    """Categories of either level that it takes; empty: all."""
    service_points: Names = Field(default_factory=list)
    """Service points whose complaints it takes; empty: all."""

    def to_columns(self) -> dict[str, Any]:
        return self.model_dump(exclude={"place"}) | {"position": self.place}


class QueueOut(ResponseModel):
    name: str
    """Name in the path; complaints refer to it."""
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
    """Whether an accepted complaint gets an owner by the rule at once."""
    four_eyes: FourEyes
    """Who may not approve or call back what they handled: no one (`off`), agents, or every caller."""

    def to_columns(self) -> dict[str, Any]:
        return {"auto_assign": self.assigns_on_acceptance, "four_eyes": self.four_eyes}


class DeskOut(ResponseModel):
    assigns_on_acceptance: bool
    four_eyes: FourEyes

    @classmethod
    def from_row(cls, desk: Desk) -> "DeskOut":
        return cls(assigns_on_acceptance=desk.auto_assign, four_eyes=FourEyes(desk.four_eyes))
